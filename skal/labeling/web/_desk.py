"""What the page asks of a session: messages of plain values in, plain values out."""

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping
from time import monotonic
from typing import Any

import numpy as np

from skal.exceptions import StoreError

__all__ = ["Desk"]

ACTIONS = ("label", "skip", "unsure")
KINDS = ("conflicts", "suspects", "own")
MOST_ITEMS = 500  # items of one message: the page holds a few dozen
LONGEST_NAME = 200
LONGEST_REQUEST = 64
LONGEST_ANSWER = 3600.0  # seconds: a page that was left open says nothing about the item
FRESH = 1.0  # seconds that counts are shown again before the store is asked
WIDER = 5  # items looked at for one place in the grid
SIZES = (64, 4096)  # pixels of the longest side of a picture
PICTURES = {"image/png", "image/jpeg", "image/webp", "image/gif"}  # SVG can hold scripts


class Desk:
    """Answer the messages of the page from a session.

    The page speaks HTTP with a server or messages with a notebook; either way its words end
    here, so that both do the same. A message names a verb and brings a dict of plain values.

    Parameters
    ----------
    session : LabelingSession
        Or any object with the same public methods.

    Examples
    --------
    >>> from skal.labeling.web import Desk
    >>> from types import SimpleNamespace
    >>> session = SimpleNamespace(release=lambda annotator, items: None)
    >>> Desk(session).reply("anna", "release", {"items": [3]})
    {}
    """

    def __init__(self, session: Any) -> None:
        self.session = session
        self._progress: dict[str, tuple[float, dict[str, Any]]] = {}

    def reply(self, annotator: str, verb: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one message.

        Parameters
        ----------
        annotator : str
            Who sent it, as the transport found out; the message itself cannot say so.
        verb : {"state", "next", "answer", "undo", "beat", "release", "class", "review", \
"recent", "item", "grid"}
            What is asked for.
        body : dict
            Plain values.

        Returns
        -------
        answer : dict
            Plain values that JSON takes.

        Raises
        ------
        LookupError
            If there is no such verb or item.
        ValueError
            If a value cannot be taken; nothing is recorded then.
        """
        answers = {
            "state": self._state,
            "next": self._next,
            "answer": self._answer,
            "undo": self._undo,
            "beat": self._beat,
            "release": self._release,
            "class": self._class,
            "review": self._review,
            "recent": self._recent,
            "item": self._item,
            "grid": self._grid,
        }
        if verb not in answers:
            raise LookupError(f"the page has no message {verb!r}.")
        return plain(answers[verb](annotator, body))

    def respond(
        self, annotator: str, verb: str, body: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Answer one message, also where it fails.

        Parameters
        ----------
        annotator, verb, body
            As in `reply`.

        Returns
        -------
        status : int
            As HTTP counts: 200; 400 and 404, which no repetition mends; 503, which one may.
        answer : dict
            Where it failed, ``{"error": words}``.
        """
        try:
            return 200, self.reply(annotator, verb, body)
        except (StoreError, LookupError, ValueError, TypeError) as error:
            return _status_of(error), {"error": str(error)}

    def picture(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any], bytes]:
        """Return the picture of an item, encoded again.

        Parameters
        ----------
        body : dict
            ``item``, and ``size``, pixels of the longer side.

        Returns
        -------
        status : int
            As in `respond`; 422 where it cannot be shown.
        answer : dict
            ``{"type": media type}``, or ``{"error": words}``.
        content : bytes
        """
        try:
            item, size = whole(body, "item"), whole(body, "size", default=SIZES[1])
        except ValueError:
            return 404, {"error": "there is no such picture."}, b""
        try:
            content, kind = self.session.image(item, min(max(size, SIZES[0]), SIZES[1]))
        except (LookupError, FileNotFoundError):
            return 404, {"error": "there is no such picture."}, b""
        except StoreError as error:
            return _status_of(error), {"error": str(error)}, b""
        except Exception as error:  # a decoder may raise anything on a damaged file
            return 422, {"error": f"this file cannot be shown: {error}"}, b""
        if kind not in PICTURES:
            return 422, {"error": "this file cannot be shown."}, b""
        return 200, {"type": kind}, content

    # ------------------------------------------------------------ what is shown

    def _state(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        session = self.session
        settings = session.settings
        progress = dict(self._progress_of(annotator))
        counts = progress.pop("counts", {})
        return {
            "store": session.token,
            "title": session.name,
            "annotator": annotator,
            "kind": session.kind,
            "blind": bool(settings.get("blind", False)),
            "keys": settings.get("keys") or {},
            "classes": [
                {"id": key, "name": name, "count": counts.get(name, 0)}
                for key, name in session.classes.items()
            ],
            "progress": progress,
        }

    def _progress_of(self, annotator: str) -> dict[str, Any]:
        """Counts of a moment ago: four people who ask at once cost the store one look each."""
        at, progress = self._progress.get(annotator, (-math.inf, {}))
        if monotonic() - at > FRESH:
            progress = self.session.progress(annotator)
            self._progress[annotator] = (monotonic(), progress)
        return progress

    def _next(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        k, held = whole(body, "k", 1, 50, default=1), items_of(body, "held")
        tasks = self.session.next(annotator, k, skip=held)
        ids = self._ids()
        return {"tasks": [told(task, ids) for task in tasks]}

    def _item(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"task": told(self.session.task(whole(body, "item")), self._ids())}

    def _ids(self) -> dict[str, str]:
        return {name: key for key, name in self.session.classes.items()}

    def _grid(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return items that the model takes for one class, to be accepted at once."""
        k, held = whole(body, "k", 2, 50, default=12), items_of(body, "held")
        ids = self._ids()
        tasks = [told(task, ids) for task in self.session.next(annotator, WIDER * k, skip=held)]
        guesses = Counter(task["suggestion"][0] for task in tasks if task["suggestion"])
        guess = guesses.most_common(1)[0][0] if guesses else None
        alike = [t for t in tasks if guess is not None and t["suggestion"]]
        alike = sorted(  # the surest of the commonest guess: what one look can accept
            (t for t in alike if t["suggestion"][0] == guess),
            key=lambda task: -(task["suggestion"][1] or 0.0),
        )[:k]
        kept = {task["item"] for task in alike}
        rest = [task["item"] for task in tasks if task["item"] not in kept]
        if rest:
            self.session.release(annotator, rest)
        return {"guess": guess, "tasks": alike}

    def _review(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        kind = body.get("kind", "conflicts")
        if kind not in KINDS:
            raise ValueError(f"`kind` must be one of {list(KINDS)}, got {kind!r}.")
        ids = self._ids()
        return {"entries": [_entry(e, ids) for e in self.session.review(kind, annotator=annotator)]}

    def _recent(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        n = whole(body, "n", 1, 200, default=50)
        entries = self._review(annotator, {"kind": "own"})["entries"]
        return {"entries": entries[:n]}

    # ------------------------------------------------------------ what is recorded

    def _answer(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        item, action, request = whole(body, "item"), body.get("action"), request_of(body)
        if action not in ACTIONS:
            raise ValueError(f"`action` must be one of {list(ACTIONS)}, got {action!r}.")
        classes = self.session.classes
        how = {
            "seconds": seconds_of(body),
            "request": request,
            "model": body.get("shown_model"),
            "suggested": classes.get(str(body.get("suggested"))),
        }
        if action != "label":
            event = getattr(self.session, action)(annotator, item, **how)
        else:
            label = body.get("label")
            if not isinstance(label, str) or label not in classes:
                raise ValueError(f"`label` must be a class of this session, got {label!r}.")
            # of what others said too: a reviewer's word ends a conflict
            settles = body.get("review") in ("conflicts", "suspects")
            say = self.session.settle if settles else self.session.answer
            event = say(annotator, item, classes[label], **how)
        self._progress.pop(annotator, None)
        return {"event": event.id, "request": request}

    def _undo(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        request = request_of(body)
        task = self.session.undo(annotator, request=request)
        self._progress.pop(annotator, None)
        return {"request": request, "task": None if task is None else told(task, self._ids())}

    def _beat(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.session.renew(annotator, items_of(body, "items"))
        return {}

    def _release(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.session.release(annotator, items_of(body, "items"))
        return {}

    def _class(self, annotator: str, body: Mapping[str, Any]) -> dict[str, Any]:
        name = name_of(body)
        if body.get("id") is None:
            key = self.session.add_class(annotator, name)
        else:
            key = str(body["id"])
            if key not in self.session.classes:
                raise ValueError(f"`id` must be a class of this session, got {key!r}.")
            self.session.rename_class(annotator, key, name)
        self._progress.clear()
        return {"id": key, **self._state(annotator, {})}


def _status_of(error: Exception) -> int:
    """Say what a message met: a page sends again what the store could not take just now."""
    # one that begins with a name refuses a value, which no repetition mends
    if isinstance(error, StoreError) and not str(error).startswith("`"):
        return 503
    return 404 if isinstance(error, LookupError) else 400


def told(task: Any, ids: Mapping[str, str]) -> dict[str, Any]:
    """Say what the page shows of an item; classes go by id, which a new name leaves alone."""
    why = dict(task.why or {})
    top = [[ids[name], p] for name, p in why.pop("top", None) or [] if name in ids]
    suggestion = None
    if task.suggestion is not None and task.suggestion[0] in ids:
        suggestion = [ids[task.suggestion[0]], task.suggestion[1]]
    return {
        "item": task.item,
        "key": task.key,
        "view": task.view,
        "suggestion": suggestion,
        "why": {**why, "top": top},
        "model": task.model,
    }


def _entry(entry: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """Write the classes of an entry of a review by id."""
    answers = [
        {**answer, "label": ids.get(answer["label"]) if answer.get("label") is not None else None}
        for answer in entry["answers"]
    ]
    suggestion = entry.get("suggestion")
    if suggestion is not None:
        suggestion = [ids.get(suggestion[0]), suggestion[1]]
    return {**entry, "answers": answers, "suggestion": suggestion}


# ---------------------------------------------------------------- values of messages


def whole(
    body: Mapping[str, Any], name: str, least: int = 0, most: int = 2**53, default: Any = None
) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"`{name}` must be an int in [{least}, {most}], got {value!r}.")
    return value


def items_of(body: Mapping[str, Any], name: str) -> list[int]:
    value = body.get(name) or []
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise ValueError(f"`{name}` must be a list of up to {MOST_ITEMS} items, got {value!r:.80}.")
    return [whole({name: item}, name) for item in value]


def request_of(body: Mapping[str, Any]) -> str:
    """Return the name that an action keeps when it is sent again."""
    value = body.get("request")
    if not isinstance(value, str) or not 8 <= len(value) <= LONGEST_REQUEST or not value.isascii():
        raise ValueError(f"`request` must be a UUID, got {value!r:.80}.")
    return value


def seconds_of(body: Mapping[str, Any]) -> float | None:
    value = body.get("seconds")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= LONGEST_ANSWER else None  # NaN too is unknown


def name_of(body: Mapping[str, Any]) -> str:
    value = body.get("name")
    text = unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else ""
    is_line = not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text)
    if not 0 < len(text) <= LONGEST_NAME or not is_line:
        raise ValueError(
            f"`name` must be a line of 1 to {LONGEST_NAME} characters, got {value!r:.80}."
        )
    return text


def plain(value: Any) -> Any:
    """Return what JSON takes: no NumPy, no NaN."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
