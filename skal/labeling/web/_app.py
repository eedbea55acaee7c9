"""The page over HTTP: a route for its files, one for pictures, one for messages."""

import json
from collections.abc import Iterable, Mapping
from secrets import compare_digest
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from skal.labeling.web._bundle import assets
from skal.labeling.web._desk import Desk
from skal.labeling.web._guard import Guard, Hosts

__all__ = ["make_app"]

TOKEN = "x-skal-token"
MOST_THREADS = 64  # a store waits for the disk in them
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


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
        return _file(name) if name in assets() else _error(404, "there is no such file.")

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
        verb = request.path_params["verb"]
        status, answer = await self._run(self._desk.respond, annotator, verb, body)
        return JSONResponse(answer, status_code=status)

    async def image(self, request: Request) -> Response:
        if await self._annotator(request) is None:
            return _error(403, "this link is not valid; ask for a new one.")
        size = request.query_params.get("size", "4096")
        if not (size.isascii() and size.isdecimal() and len(size) < 6):
            return _error(400, "`size` must be a number of pixels.")
        body = {"item": request.path_params["item"], "size": int(size)}
        status, answer, content = await self._run(self._desk.picture, body)
        if status != 200:
            return JSONResponse(answer, status_code=status)
        return Response(content, media_type=answer["type"])

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


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what a route, or the guard under it, refused."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def _error(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status_code=status)


def _file(name: str) -> Response:
    kind = TYPES.get(name[name.rfind(".") :], "text/plain")
    return Response(assets()[name], media_type=kind)
