"""The page on which people label: its messages, its server, its front end."""

from skal._optional import require
from skal.labeling.web._bundle import front_end
from skal.labeling.web._desk import Desk

for needed in ("starlette", "uvicorn"):
    require(needed, extra="label", purpose="the labelling page")

from skal.labeling.web._app import make_app  # noqa: E402 - says first what is missing
from skal.labeling.web._server import PageServer, serve  # noqa: E402

__all__ = ["Desk", "PageServer", "front_end", "make_app", "serve"]
