"""Run the page on a port of this machine."""

import ipaddress
import socket
import threading
import webbrowser
import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from skal.labeling.web._app import make_app
from skal.labeling.web._guard import SLOWEST, Hosts

__all__ = ["PageServer", "serve"]

LARGEST_HEAD = 16 * 1024  # bytes
MOST_CONNECTIONS = 256
PORTS = (20000, 32000)  # below those that systems lend for outgoing connections
STARTING = 20.0  # seconds


class PageServer:
    """Run an app in a thread of its own until it is stopped.

    Parameters
    ----------
    app : ASGI app
    sockets : list of socket
        Bound already; they are closed at the end.
    links : dict of str to str
        Annotator to the link that opens the page for that person.

    Examples
    --------
    >>> from skal.labeling.web import PageServer
    >>> server = PageServer(app=None, sockets=[], links={"anna": "http://127.0.0.1:8000/#t=abc"})
    >>> server.links["anna"]
    'http://127.0.0.1:8000/#t=abc'
    """

    def __init__(self, app: Any, sockets: list[socket.socket], links: dict[str, str]) -> None:
        self.links = links
        self._sockets = sockets
        config = uvicorn.Config(
            app,
            http=_Impatient,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="skal-page", daemon=True)
        self._up = threading.Event()

    def start(self) -> "PageServer":
        """Start to serve; return when the page can be asked for."""
        self._thread.start()
        waited = 0.0
        while not self._server.started and self._thread.is_alive() and waited < STARTING:
            self._up.wait(0.01)
            waited += 0.01
        if not self._server.started:
            raise OSError("the page's server did not start; look for its message above.")
        return self

    def stop(self) -> None:
        """Stop to serve, and close the port."""
        self._server.should_exit = True
        self._thread.join()

    def wait(self) -> None:
        """Run until the server stops, or until a keyboard interrupt, which is passed on."""
        while self._thread.is_alive():
            self._thread.join(0.2)  # a join without a limit would hold an interrupt back

    def __enter__(self) -> "PageServer":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self._server.run(sockets=self._sockets)
        finally:
            for one in self._sockets:
                one.close()


def serve(
    session: Any,
    *,
    who: Sequence[str] = (),
    host: str = "127.0.0.1",
    port: int | None = None,
    names: Sequence[str] = (),
    browser: bool = False,
    block: bool = False,
) -> PageServer:
    """Open the labelling page of a session on a port of this machine.

    Parameters
    ----------
    session : LabelingSession
    who : list of str, default=()
        Names of those who label; each gets a link. Who was invited before keeps theirs.
    host : str, default="127.0.0.1"
        The address to listen on. Another one than loopback opens the page to the network: who
        has a link can label, and without a TLS proxy others can read along.
    port : int, default=None
        None takes a port that stays equal for one store while it is free, so that a page that
        is still open goes on after a restart; 0 takes any.
    names : list of str, default=()
        More names under which the page is asked for, such as that of a TLS proxy.
    browser : bool, default=False
        Whether to open the page of the first person in the browser.
    block : bool, default=False
        Whether to return only when the server is stopped.

    Returns
    -------
    server : PageServer
        With `links`, a dict of each person's link, and `stop()`.

    Raises
    ------
    OSError
        If the address or the port cannot be had.

    Examples
    --------
    >>> from skal.labeling.web import serve
    >>> serve(session, who=["anna"], browser=True)  # doctest: +SKIP
    """
    sockets = _listen(host, port, session.token)
    number = sockets[0].getsockname()[1]
    for name in who:
        session.invite(name)
    shown = _shown(host)
    links = {
        name: f"http://{shown}:{number}/#t={token}&who={quote(name, safe='')}"
        for token, name in session.people.items()
    }
    app = make_app(session, hosts=_hosts(host, number, names))
    server = PageServer(app, sockets, links).start()
    if browser and links:
        webbrowser.open(links[who[0]] if who else next(iter(links.values())))
    if block:
        with server:
            server.wait()
    return server


class _Impatient(H11Protocol):
    """Close a connection whose request does not come in time: uvicorn waits for ever."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._timer: Any = self.loop.call_later(SLOWEST, self._give_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            if self._timer is None:
                self._timer = self.loop.call_later(SLOWEST, self._give_up)
        else:
            self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.abort()


def _listen(host: str, port: int | None, token: str) -> list[socket.socket]:
    """Bind the address, and the other loopback where it is loopback."""
    if port is not None and not 0 <= port < 2**16:
        raise ValueError(f"`port` must be in [0, 65535], got {port}; 0 takes any.")
    low, high = PORTS
    usual = low + zlib.crc32(token.encode()) % (high - low)
    try:
        first = _bind(host, usual if port is None else port)
    except OSError as error:
        if port is not None:
            raise OSError(
                f"`port` must be free on {host}, got {port} ({error.strerror})."
            ) from error
        first = _bind(host, 0)
    found = [first]
    if host in {"127.0.0.1", "localhost"}:
        try:
            found.append(_bind("::1", first.getsockname()[1]))
        except OSError:
            pass  # no IPv6 here: links name 127.0.0.1
    return found


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
    except OSError:
        one.close()
        raise
    return one


def _hosts(host: str, port: int, names: Sequence[str]) -> Hosts:
    """Return under which names the page is asked for."""
    own = {"127.0.0.1", "localhost", "[::1]"}
    is_any = host in {"0.0.0.0", "::"}
    if not _is_loopback(host):
        own |= {socket.gethostname(), socket.getfqdn()}
        own |= set() if is_any else {_shown(host)}
    allowed = {f"{name}:{port}" for name in own} | set(names)
    return Hosts(allowed, any_address=port if is_any else None)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    """Return what a link says for the address that is listened on."""
    if host in {"0.0.0.0", "::"}:
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
