"""The page over HTTP: a route for its files, one for pictures, one for messages."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from secrets import compare_digest
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from skal.exceptions import StoreError
from skal.labeling.web._desk import Desk
from skal.labeling.web._guard import Guard, Hosts

__all__ = ["make_app"]

TOKEN = "x-skal-token"
MOST_THREADS = 64  # a store waits for the disk in them
SIZES = (64, 4096)  # pixels of the longest side of a picture
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
PICTURES = {"image/png", "image/jpeg", "image/webp", "image/gif"}  # SVG can hold scripts


def make_app(
    session: Any,
    people: Mapping[str, str] | None = None,
    *,
    hosts: Iterable[str] | Hosts = ("127.0.0.1", "localhost"),
) -> Guard:
    """Make the ASGI app that serves the labelling page of a session.

    It asks for a token with every message, is there for its own page only, and shows nothing
    but the items of the session. :func:`serve` runs it.

    Parameters
    ----------
    session : LabelingSession
    people : dict of str to str, default=None
        Token to annotator; None takes ``session.people``, also those who are invited later.
    hosts : list of str, default=("127.0.0.1", "localhost")
        Values of the header `Host` that are answered, with the port where it is not 80.

    Returns
    -------
    app : ASGI app

    Examples
    --------
    >>> from skal.labeling.web import make_app
    >>> app = make_app(session=None, people={"secret": "anna"}, hosts=["127.0.0.1:8000"])
    >>> "evil.example" in app.hosts
    False
    """
    page = _Page(Desk(session), people)
    routes = [
        Route("/", page.index, methods=["GET"]),
        Route("/assets/{name}", page.asset, methods=["GET"]),
        Route("/api/item/{item:int}/image", page.image, methods=["GET"]),
        Route("/api/{verb}", page.message, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refused})
    app.router.redirect_slashes = False
    return Guard(app, hosts if isinstance(hosts, Hosts) else Hosts(hosts))


class _Page:
    """The routes, with what they share."""

    def __init__(self, desk: Desk, people: Mapping[str, str] | None) -> None:
        self._desk = desk
        self._people = people
        self._known: dict[str, str] = dict(people or {})
        self._threads: CapacityLimiter | None = None

    async def index(self, request: Request) -> Response:
        return _file("index.html")

    async def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        return _file(name) if name in _assets() else _error(404, "there is no such file.")

    async def message(self, request: Request) -> Response:
        annotator = await self._annotator(request)
        if annotator is None:
            return _error(403, "this link is not valid; ask for a new one.")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _error(415, "a message must be JSON.")
        try:
            body = json.loads(await request.body() or b"{}")
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return _error(400, "a message must be a JSON object.")
        try:
            answer = await self._run(self._desk.reply, annotator, request.path_params["verb"], body)
        except Exception as error:
            return _failure(error)
        return JSONResponse(answer)

    async def image(self, request: Request) -> Response:
        if await self._annotator(request) is None:
            return _error(403, "this link is not valid; ask for a new one.")
        size = request.query_params.get("size", str(SIZES[1]))
        if not (size.isascii() and size.isdecimal() and len(size) < 6):
            return _error(400, "`size` must be a number of pixels.")
        longest = min(max(int(size), SIZES[0]), SIZES[1])
        try:
            content, kind = await self._run(self._desk.image, request.path_params["item"], longest)
        except (LookupError, FileNotFoundError):
            return _error(404, "there is no such picture.")
        except StoreError as error:
            return _failure(error)
        except Exception as error:  # a decoder may raise anything on a damaged file
            return _error(422, f"this file cannot be shown: {error}")
        if kind not in PICTURES:
            return _error(422, "this file cannot be shown.")
        return Response(content, media_type=kind)

    async def _annotator(self, request: Request) -> str | None:
        """Return whose token came, or None."""
        token = request.headers.get(TOKEN, "")
        if not token or not token.isascii():
            return None
        found = _look_up(token, self._known)
        if found is None and self._people is None:
            self._known = dict(await self._run(lambda: self._desk.session.people))
            found = _look_up(token, self._known)
        return found

    async def _run(self, function: Any, *args: Any) -> Any:
        if self._threads is None:  # belongs to the loop that runs the app
            self._threads = CapacityLimiter(MOST_THREADS)
        return await to_thread.run_sync(function, *args, limiter=self._threads)


def _look_up(token: str, people: Mapping[str, str]) -> str | None:
    """Compare with every token in a time that tells nothing about any."""
    found = None
    for known, annotator in people.items():
        if compare_digest(known.encode(), token.encode()):
            found = annotator
    return found


def _failure(error: Exception) -> Response:
    """Say what a message met: a page sends again what the store could not take just now."""
    # one that begins with a name refuses a value, which no repetition mends
    if isinstance(error, StoreError) and not str(error).startswith("`"):
        return _error(503, str(error))
    if isinstance(error, LookupError):
        return _error(404, str(error))
    if isinstance(error, ValueError | TypeError):
        return _error(400, str(error))
    raise error


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what a route, or the guard under it, refused."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def _error(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status_code=status)


@cache
def _assets() -> dict[str, bytes]:
    """Return all files that are served, by name: no path of a request is ever opened."""
    folder = files(__package__) / "assets"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def _file(name: str) -> Response:
    kind = TYPES.get(name[name.rfind(".") :], "text/plain")
    return Response(_assets()[name], media_type=kind)
