"""What stands before the page's app: who may ask at all, and how much."""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

__all__ = ["Guard", "Hosts"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY = 64 * 1024  # bytes: a message is a line
SLOWEST = 10.0  # seconds that a body may take
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Hosts:
    """The names under which the page may be asked for: what a rebound name is not.

    `names` are whole values of the header, such as ``"127.0.0.1:8000"``. Where the page listens
    on all addresses, `any_address` is its port: a name of somebody's DNS is no address.
    """

    def __init__(self, names: Iterable[str], any_address: int | None = None) -> None:
        self._names = {name.lower() for name in names}
        self._any_address = any_address

    def __contains__(self, header: object) -> bool:
        if not isinstance(header, str):
            return False
        if header.lower() in self._names:
            return True
        host, _, port = header.rpartition(":")
        if self._any_address is None or port != str(self._any_address):
            return False
        try:
            ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True


class Guard:
    """Refuse foreign hosts, foreign pages, large bodies and slow ones; add headers to all else.

    An ASGI app around the page's app.
    """

    def __init__(self, app: Any, hosts: Hosts, slowest: float = SLOWEST) -> None:
        self.app = app
        self.hosts = hosts
        self.slowest = slowest

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # a web socket: the page has none
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = _Headed(send)
        refusal = self._refusal(scope)
        if refusal is not None:
            await answer.refuse(*refusal)
            return
        await self.app(scope, _Bounded(receive, self.slowest), answer)

    def _refusal(self, scope: Message) -> tuple[int, str] | None:
        headers: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name = raw.decode("latin-1")
            if name in headers and name in {"host", "origin", "content-length"}:
                return 400, f"`{name}` must be said once."
            headers[name] = value.decode("latin-1")
        host = headers.get("host", "")
        if host not in self.hosts:
            return 403, "this page is not served under that name."
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}", f"https://{host}"}:
            return 403, "another page may not ask here."
        if not _is_own(headers, scope):
            return 403, "another page may not ask here."
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            return 400, "`content-length` must be a number."
        if int(length) > LARGEST_BODY:
            return 413, f"a message must have at most {LARGEST_BODY} bytes."
        return None


def _is_own(headers: dict[str, str], scope: Message) -> bool:
    """Tell whether the browser says that our own page, or a person, asks."""
    site = headers.get("sec-fetch-site", "none")
    if site in {"none", "same-origin"}:
        return True
    # a link in a mail that is read in the browser: it shows the empty page, which holds nothing
    opens = headers.get("sec-fetch-mode") == "navigate"
    opens = opens and headers.get("sec-fetch-dest") == "document"
    return opens and scope["method"] == "GET" and scope["path"] == "/"


class _Bounded:
    """A body of bounded length that comes in bounded time."""

    def __init__(self, receive: Receive, slowest: float) -> None:
        self._receive = receive
        self._slowest = slowest
        self._size = 0
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()  # waits for the end of the connection, however long
        try:
            message = await asyncio.wait_for(self._receive(), self._slowest)
        except TimeoutError:
            raise HTTPException(408, "a message must come in time.") from None
        self._size += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        if self._size > LARGEST_BODY:
            raise HTTPException(413, f"a message must have at most {LARGEST_BODY} bytes.")
        return message


class _Headed:
    """A `send` that adds our headers to every answer."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *RAW_HEADERS]
        await self._send(message)

    async def refuse(self, status: int, why: str) -> None:
        body = json.dumps({"error": why}).encode()
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        headers.append((b"content-length", str(len(body)).encode()))
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": body})
