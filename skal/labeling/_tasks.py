"""Who is shown what, and what they say: the part of a session that a page is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skal.labeling._claims import Claim
from skal.labeling._events import Event
from skal.labeling._items import Items
from skal.labeling._known import KnownItems
from skal.labeling._rounds import Settings, refreshed
from skal.labeling._snapshot import REVIEW
from skal.labeling._store import LabelStore

__all__ = ["Asking", "Task"]

NEAR = 0.2  # of two probabilities that are nearly tied


@dataclass(frozen=True)
class Task:
    """An item for a person.

    Attributes
    ----------
    item : int
        Its number in the store.
    key : str
    row : int
        Its row of the pool; -1 where it is gone.
    view : dict
        What is shown; see `Items.view`.
    suggestion : (str, float or None) or None
        The class that the model believes in, with its probability where there is one.
    why : dict
        ``top``, the likeliest classes with probabilities, and ``text``, the same in words.
    model : int or None
        The round that chose it.
    """

    item: int
    key: str
    row: int
    view: dict[str, Any]
    suggestion: tuple[str, float | None] | None
    why: dict[str, Any]
    model: int | None


class Asking:
    """Base of a session: people, items and answers; nothing here knows of a model."""

    store: LabelStore
    items: Items
    lease: float
    _known: KnownItems
    _settings: Settings

    def next(self, annotator: str, k: int = 1, skip: Iterable[int] = ()) -> list[Task]:
        """Give a person items to look at, each to no more people than shall answer it.

        Parameters
        ----------
        annotator : str
        k : int, default=1
            At most so many.
        skip : iterable of int, default=()
            Items in hand that need not be told again.

        Returns
        -------
        list of Task
            Fewer than `k` where fewer are left.
        """
        claims = self.store.claim(
            annotator,
            k,
            answers_per_item=self._settings.answers_per_item,
            overlap=self._settings.overlap,
            lease=self.lease,
            skip=skip,
        )
        names = self.store.classes
        return [self._task(claim, names) for claim in claims]

    def task(self, item: int) -> Task:
        """Give one item to look at, whoever holds it.

        Parameters
        ----------
        item : int

        Returns
        -------
        Task
        """
        row = self._row(item)
        key = self._known.key(item)
        return Task(item, key, row, self._view(row), None, {}, None)

    def _task(self, claim: Claim, names: Mapping[str, str]) -> Task:
        row = self._row(claim.item)
        why: dict[str, Any] = {}
        suggestion = None
        if not self._settings.blind and claim.prediction is not None:
            top = [(names.get(id_, id_), p) for id_, p in claim.why.get("top", [])]
            # no utility: it would tell the items that were drawn evenly from the others
            why = {"top": top, "text": in_words(top)}
            suggestion = claim.prediction, claim.confidence
        return Task(claim.item, claim.key, row, self._view(row), suggestion, why, claim.model)

    def _row(self, item: int) -> int:
        try:
            return self._known.row(item)
        except LookupError:  # it came by another process
            refreshed(self.store, self._known)
            return self._known.row(item)

    def _view(self, row: int) -> dict[str, Any]:
        if row < 0:
            return {"kind": self.items.kind, "unreadable": "it is no longer there"}
        return self.items.view(row)

    def image(self, item: int, longest: int | None = None) -> tuple[bytes, str]:
        """Give the image of an item.

        Parameters
        ----------
        item : int
        longest : int, default=None
            Pixels that its longer side is brought down to.

        Returns
        -------
        data : bytes
        media_type : str

        Raises
        ------
        LookupError
            If there is no such item.
        ImageError
            If it cannot be shown.
        """
        row = self._row(item)
        if row < 0:
            raise LookupError(f"item {item} is no longer in the pool.")
        return self.items.image(row, longest)

    def answer(
        self,
        annotator: str,
        item: int,
        label: str,
        *,
        seconds: float | None = None,
        request: str | None = None,
        model: int | None = None,
        suggested: str | None = None,
    ) -> Event:
        """Keep what somebody says an item is; a second answer corrects the first.

        Parameters
        ----------
        annotator : str
        item : int
        label : str
            Name of a class.
        seconds : float, default=None
            How long the person looked.
        request : str, default=None
            Names this call: sent again, it changes nothing.
        model : int, default=None
            The round whose suggestion was shown.
        suggested : str, default=None
            What it was.

        Returns
        -------
        Event
            It is on disk.
        """
        said: dict[str, Any] = {
            "seconds": seconds,
            "request": request,
            "model": model,
            "suggested": suggested,
        }
        return self.store.answer(annotator, item, str(label), **said)

    def skip(self, annotator: str, item: int, **said: Any) -> Event:
        """Keep that somebody passed an item by; others may still be asked.

        Parameters
        ----------
        annotator : str
        item : int
        **said
            As in `answer`.

        Returns
        -------
        Event
        """
        return self.store.skip(annotator, item, **said)

    def unsure(self, annotator: str, item: int, **said: Any) -> Event:
        """Keep that somebody could not tell.

        Parameters
        ----------
        annotator : str
        item : int
        **said
            As in `answer`.

        Returns
        -------
        Event
        """
        return self.store.unsure(annotator, item, **said)

    def undo(self, annotator: str, *, request: str | None = None) -> Task | None:
        """Take back a person's newest answer that still stands.

        Parameters
        ----------
        annotator : str
        request : str, default=None
            Names this call, as in `answer`.

        Returns
        -------
        Task or None
            The item, which that person holds again; None where nothing is to be taken back.
        """
        event = self.store.undo(annotator, request=request, lease=self.lease)
        return None if event is None or event.item is None else self.task(event.item)

    def settle(self, annotator: str, item: int, label: str, **said: Any) -> Event:
        """Label an item as a reviewer, whatever others said of it.

        Parameters
        ----------
        annotator : str
        item : int
        label : str
        **said
            As in `answer`.

        Returns
        -------
        Event
        """
        return self.store.answer(annotator, item, str(label), note=REVIEW, **said)

    def renew(self, annotator: str, items: Iterable[int]) -> list[int]:
        """Keep items in hand for longer.

        Parameters
        ----------
        annotator : str
        items : iterable of int

        Returns
        -------
        list of int
            Those that are still held.
        """
        return self.store.renew(annotator, items, self.lease)

    def release(self, annotator: str, items: Iterable[int] | None = None) -> None:
        """Give items back that were not answered.

        Parameters
        ----------
        annotator : str
        items : iterable of int, default=None
            None: all.
        """
        self.store.release(annotator, items)


def in_words(top: Sequence[tuple[str, float | None]]) -> str:
    """Say what a model takes an item for; the same of items that it chose and of any."""
    name, p = top[0]
    if len(top) < 2 or p is None:
        return f"the model takes it for {name}"
    other, q = top[1]
    if q is not None and p - q < NEAR:
        return f"the model hesitates between {name} ({p:.0%}) and {other} ({q:.0%})"
    return f"the model takes it for {name} ({p:.0%})"
