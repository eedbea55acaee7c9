"""The page on which people label: its messages, its server, its front end."""

from skal.labeling.web._app import make_app
from skal.labeling.web._desk import Desk
from skal.labeling.web._server import PageServer, serve

__all__ = ["Desk", "PageServer", "make_app", "serve"]
