"""The page in a notebook: its messages come through a widget instead of a server."""

import base64
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

import anywidget

from skal.labeling.web import Desk, front_end

__all__ = ["LabelingWidget"]

LONGEST = 320  # pixels of the longer side of the picture of the static frame
SMALL = 64  # pixels of the longer side, up to which it is enlarged
LONGEST_TEXT = 600
FAULT = 500


class LabelingWidget(anywidget.AnyWidget):
    """Show the page on which one person labels, in a notebook.

    Messages are answered in the thread that brings them, which need not be that of the cells:
    the store opens a connection for each. What the widget sends to the browser holds no token.
    """

    _esm, _css = front_end()

    def __init__(self, session: Any, annotator: str) -> None:
        super().__init__()
        self.session = session
        self.annotator = annotator
        self._desk = Desk(session)
        self.on_msg(self._take)

    def __repr__(self) -> str:
        return f"LabelingWidget({self.session!r}, {self.annotator!r})"

    def close(self) -> None:
        """Give back what the person holds, and take the page out of the notebook."""
        if self.comm is not None:  # once: a widget is closed at the end of the kernel too
            self.session.release(self.annotator)
        super().close()

    def _take(self, widget: Any, message: Mapping[str, Any], buffers: Any) -> None:
        """Answer a message; a page sends again what no answer came to."""
        content, verb, body = b"", message.get("verb"), message.get("body")
        said = {
            "id": message.get("id"),
            "status": FAULT,
            "answer": {"error": "The kernel met a fault; its log says which"},
        }
        try:
            if not isinstance(verb, str) or not isinstance(body, dict):
                said |= {"status": 400, "answer": {"error": "a message must be a verb and a dict."}}
            elif verb == "image":
                said["status"], said["answer"], content = self._desk.picture(body)
            else:
                said["status"], said["answer"] = self._desk.respond(self.annotator, verb, body)
        finally:
            self.send(said, [content] if content else None)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add a frame that stands where scripts do not run, or the kernel has gone."""
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown
        return {**data, "text/html": frame(self.session, self.annotator)}, metadata


def frame(session: Any, annotator: str) -> str:
    """Write what the page shows at this moment, as HTML without scripts."""
    progress = session.progress(annotator)
    tasks = session.next(annotator, 1)  # the page will be given the same one
    shown = _item(session, tasks[0]) if tasks else "<p>Nothing is left to label just now.</p>"
    counts = ", ".join(f"{_name(name)}: {n:,}" for name, n in progress.get("counts", {}).items())
    goal = progress.get("budget") or progress["n_items"]
    lines = [f"<b>{progress['answered']:,}</b> of {goal:,} answered. {counts}."]
    accuracy = progress.get("accuracy")
    if accuracy and accuracy.get("value") is not None:
        lines.append(
            f"Accuracy {accuracy['value']:.0%} ({accuracy['low']:.0%} to {accuracy['high']:.0%}) "
            f"on {accuracy['n']:,} items drawn at random."
        )
    lines.append(
        f"As it was on {datetime.now():%Y-%m-%d at %H:%M}. To label, run this cell again in a "
        "trusted notebook with a kernel; every answer is in the store."
    )
    words = "".join(f"<p>{line}</p>" for line in lines)
    return f"<section><h4>{_name(session.name)}</h4>{shown}{words}</section>"


def _item(session: Any, task: Any) -> str:
    view = task.view
    if view.get("unreadable"):
        return f"<p>{_name(task.key)} cannot be shown: {escape(view['unreadable'])}</p>"
    if view["kind"] == "text":
        return f"<blockquote dir='auto'>{escape(view['text'][:LONGEST_TEXT])}</blockquote>"
    if view["kind"] == "table":
        rows = "".join(
            f"<tr><th>{_name(name)}</th><td dir='auto'>{escape(str(value))}</td></tr>"
            for name, value in view["cells"]
        )
        return f"<table>{rows}</table>"
    status, answer, content = Desk(session).picture({"item": task.item, "size": LONGEST})
    if status != 200:
        return f"<p>{_name(task.key)}: {escape(answer['error'])}</p>"
    source = f"data:{answer['type']};base64,{base64.b64encode(content).decode()}"
    # a few pixels are shown larger; an attribute, for notebooks strip styles
    longest = max(view["width"], view["height"])
    width = view["width"] * (LONGEST // 2 // longest) if longest <= SMALL else None
    size = f' width="{width}"' if width else ""
    return f'<p><img src="{source}"{size} alt="{escape(view.get("name") or task.key)}"></p>'


def _name(text: str) -> str:
    """Write what somebody wrote, which may run from right to left."""
    return f"<bdi>{escape(text)}</bdi>"
