"""The store of one labelling job: what people said, kept so that nothing of it is ever lost."""

import json
import os
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from skal.exceptions import StoreError
from skal.labeling import _claims, _events, _schema, _tables
from skal.labeling._claims import Claim, Claimant, Wish
from skal.labeling._events import Event
from skal.labeling._schema import item, round_
from skal.labeling._store_reader import StoreReader, get, last_event, put


class LabelStore(StoreReader):
    """Keep what people say of items: every answer is on disk when the call returns.

    Many threads and processes may use one store at once, and on PostgreSQL many machines.
    Answers are events that are only ever appended; undo and correction are events too.

    Parameters
    ----------
    store : path or str
        A file, which is made if it is not there, or ``"postgresql://..."``.
    timeout : float, default=10.0
        Seconds to wait for others before a call is refused.

    Attributes
    ----------
    url : str
        What opens this store from anywhere on the machine.
    id : str
        Stays with the store for ever.

    Raises
    ------
    StoreError
        If the place cannot keep what it acknowledges, as on a network drive or a full disk.

    Examples
    --------
    >>> import tempfile
    >>> from skal.labeling import LabelStore
    >>> folder = tempfile.TemporaryDirectory()
    >>> with LabelStore(f"{folder.name}/pets.skal") as store:
    ...     store.setup(["cat", "dog"])
    ...     store.add_items(["a.png", "b.png"])
    ...     held = store.claim("anna", 1)[0]
    ...     said = store.answer("anna", held.item, "dog", seconds=1.5)
    ...     store.current()["label"]
    2
    array(['dog'], dtype=object)
    >>> folder.cleanup()
    """

    # ------------------------------------------------------------ settings and classes

    def setup(
        self, classes: Sequence[str], settings: dict[str, Any] | None = None, *, seed: int = 0
    ) -> None:
        """Say once what is asked; saying the same again changes nothing.

        Parameters
        ----------
        classes : sequence of str
            Names of the classes, in the order of their keys on a page.
        settings : dict, optional
            Plain values that JSON knows; known ones must not differ.
        seed : int, default=0
            Draws the order of items that no model has ranked, before any are added.

        Raises
        ------
        StoreError
            If the store was set up with something else.
        """
        self._home.write(lambda conn: self._setup(conn, list(classes), settings or {}, seed))

    def _setup(self, conn: Connection, wanted: list[str], settings: dict, seed: int) -> None:
        known = _events.classes(conn)
        if len(set(wanted)) < len(wanted) or not wanted:
            raise StoreError(f"`classes` must be names, each once, got {wanted}.")
        if not known:
            for name in wanted:
                now, request = self._home.now(conn), uuid.uuid4().hex
                _events.name_class(conn, "setup", name, now, request)
            put(conn, "seed", seed)
        elif unknown := [name for name in wanted if name not in known.values()]:
            raise StoreError(
                f"`classes` must be those of the store, {list(known.values())}, got also "
                f"{unknown}; add them with add_class, or rename one."
            )
        before = get(conn, "settings")
        for name, value in settings.items():
            if name in before and before[name] != json.loads(json.dumps(value)):
                raise StoreError(
                    f"`settings` must agree with the store, got {name}={value!r}, where it has "
                    f"{before[name]!r}; change it with configure."
                )
        put(conn, "settings", before | settings)

    def configure(self, **settings: Any) -> None:
        """Change settings, from now on."""
        self._home.write(lambda c: put(c, "settings", get(c, "settings") | settings))

    def add_class(self, annotator: str, name: str, *, request: str | None = None) -> str:
        """Add a class and return its id."""
        return self._name(annotator, name, request, None)

    def rename_class(
        self, annotator: str, id: str, name: str, *, request: str | None = None
    ) -> None:
        """Give a class another name, in all labels that it ever had."""
        self._name(annotator, name, request, id)

    def _name(self, annotator: str, name: str, request: str | None, id_: str | None) -> str:
        _events.text(annotator, "annotator")
        request = request or uuid.uuid4().hex
        now = self._home.now
        return self._home.write(
            lambda c: _events.name_class(c, annotator, name, now(c), request, id_)
        )

    # ------------------------------------------------------------ items

    def add_items(
        self, keys: Iterable[str], digests: Sequence[str | None] | None = None, source: str = ""
    ) -> int:
        """Add items whose keys are new, after all others, and return how many they are.

        A digest that comes for a known item is kept if it had none.
        """
        keys = [_events.text(str(key), "keys") for key in keys]
        if len(set(keys)) < len(keys):
            raise StoreError("`keys` must be unique, got some twice; name each item differently.")
        digests = [None] * len(keys) if digests is None else list(digests)
        if len(digests) != len(keys):
            raise StoreError(f"`digests` must be one a key, got {len(digests)} for {len(keys)}.")
        return self._home.write(
            lambda c: _tables.add_items(c, keys, digests, source, str(get(c, "seed")))
        )

    def set_present(self, items: Iterable[int], present: bool) -> None:
        """Say whether items can be shown; nobody is asked about one that has gone."""
        self._set(items, present=int(present))

    def ask_again(self, items: Iterable[int], n: int = 1) -> None:
        """Ask for `n` answers more than `answers_per_item`, as where people disagree."""
        self._set(items, extra=int(n))

    def _set(self, items: Iterable[int], **values: int) -> None:
        rows = [{"of": int(id_)} for id_ in items]
        query = sa.update(item).where(item.c.id == sa.bindparam("of")).values(**values)
        if rows:
            self._home.write(lambda conn: conn.execute(query, rows))

    # ------------------------------------------------------------ answers

    def record(
        self,
        annotator: str,
        item: int,
        action: str,
        *,
        request: str,
        label: str | None = None,
        seconds: float | None = None,
        model: int | None = None,
        suggested: str | None = None,
        note: str | None = None,
        undoes: int | None = None,
    ) -> Event:
        """Keep what somebody said of an item; it is on disk when this returns.

        Parameters
        ----------
        annotator : str
        item : int
        action : {"label", "skip", "unsure", "undo"}
        request : str
            Names this call: sent again, it changes nothing and returns the first event.
        label : str, optional
            Name or id of the class, with ``"label"``.
        seconds : float, optional
            How long the person looked.
        model : int, optional
            The round whose suggestion was shown.
        suggested : str, optional
            Name or id of the class that was suggested.
        note : str, optional
        undoes : int, optional
            The event to take back, with ``"undo"``.

        Returns
        -------
        event : Event

        Raises
        ------
        StoreError
            If it could not be kept, of which nothing remains then.
        """
        for name, value in {"annotator": annotator, "request": request}.items():
            _events.text(value, name)
        if action == "undo":
            event = self.undo(annotator, request=request, event=undoes)
            if event is None:
                raise StoreError(f"`undoes` must be an answer of {annotator!r}, got None.")
            return event
        if action not in _schema.ANSWERS or (action == "label") != (label is not None):
            raise StoreError(
                "`action` must be 'label' with a label, or 'skip', 'unsure' without, "
                f"got {action!r} with label {label!r}."
            )
        if note is not None:
            _events.text(note, "note")
        said: dict[str, Any] = {"model": model, "note": note}
        said |= {"seconds": _events.duration(seconds), "request": request}
        said |= {"label": label, "suggested": suggested}

        def work(conn: Connection) -> Event:
            now = self._home.now(conn)
            return _event_of(conn, _events.record(conn, annotator, item, action, at=now, **said))

        return self._home.write(work)

    def answer(
        self, annotator: str, item: int, label: str, *, request: str | None = None, **said: Any
    ) -> Event:
        """Keep a label; see `record`."""
        request = request or uuid.uuid4().hex
        return self.record(annotator, item, "label", label=label, request=request, **said)

    def skip(self, annotator: str, item: int, *, request: str | None = None, **said: Any) -> Event:
        """Keep that somebody passed an item by; see `record`."""
        return self.record(annotator, item, "skip", request=request or uuid.uuid4().hex, **said)

    def unsure(
        self, annotator: str, item: int, *, request: str | None = None, **said: Any
    ) -> Event:
        """Keep that somebody could not tell; see `record`."""
        return self.record(annotator, item, "unsure", request=request or uuid.uuid4().hex, **said)

    def undo(
        self,
        annotator: str,
        *,
        request: str | None = None,
        event: int | None = None,
        lease: float = 300.0,
    ) -> Event | None:
        """Take back one's newest answer that still stands, or a certain one.

        The item is held for the same person again. What was said of it before counts again.

        Parameters
        ----------
        annotator : str
        request : str, optional
            Names this call, as in `record`.
        event : int, optional
            The answer to take back.
        lease : float, default=300.0
            Seconds to hold the item.

        Returns
        -------
        event : Event or None
            None where there is nothing to take back.
        """
        _events.text(annotator, "annotator")
        request = request or uuid.uuid4().hex

        def work(conn: Connection) -> Event | None:
            told: dict[str, Any] = {"request": request, "event_id": event, "hold": lease}
            row = _events.undo(conn, annotator, at=self._home.now(conn), **told)
            return None if row is None else _event_of(conn, row)

        return self._home.write(work)

    # ------------------------------------------------------------ the queue

    def claim(
        self,
        annotator: str,
        k: int = 1,
        *,
        answers_per_item: int = 1,
        overlap: float = 0.0,
        lease: float = 300.0,
        skip: Iterable[int] = (),
    ) -> list[Claim]:
        """Give somebody items to look at, each to no more people than shall answer it.

        First come those that the person holds already, then the latest model's wishes, then all
        others in an order drawn once. Where items want several answers, those that colleagues
        began come first to a newcomer, and else take every other place.

        Parameters
        ----------
        annotator : str
        k : int, default=1
            At most so many.
        answers_per_item : int, default=1
            How many people shall label each item.
        overlap : float, default=0.0
            Share of the items that one person more shall label.
        lease : float, default=300.0
            Seconds until others may be given them.
        skip : iterable of int
            Items in hand that need not be told again; they stay in hand.

        Returns
        -------
        claims : list of Claim
            Fewer than `k` where fewer are open.
        """
        _events.text(annotator, "annotator")
        skipped = [int(id_) for id_ in skip]

        def work(conn: Connection) -> list[Claim]:
            who = Claimant(annotator, self._home.now(conn), answers_per_item, overlap)
            return _claims.claim(conn, who, k, lease, skipped)

        return self._home.write(work, lasting=False)

    def renew(self, annotator: str, items: Iterable[int], lease: float = 300.0) -> list[int]:
        """Keep items for longer and return those that are still held."""
        ids = [int(id_) for id_ in items]

        def work(conn: Connection) -> list[int]:
            now = self._home.now(conn)
            return _claims.renew(conn, annotator, ids, now, now + lease)

        return self._home.write(work, lasting=False)

    def release(self, annotator: str, items: Iterable[int] | None = None) -> None:
        """Give items back that were not answered: all that somebody holds, or some."""
        ids = None if items is None else [int(id_) for id_ in items]
        self._home.write(lambda c: _claims.release(c, annotator, ids), lasting=False)

    def end_round(self, record: dict[str, Any], wishes: Sequence[Wish] = ()) -> int:
        """Keep the record of a round and its queue, both or neither; return its number."""
        kept = json.dumps(record)

        def work(conn: Connection) -> int:
            values = {"n_labels": record.get("n_labels"), "ended": self._home.now(conn)}
            last = record.get("last_event", last_event(conn))
            values |= {"last_event": last, "record": kept}
            id_ = conn.execute(sa.insert(round_).values(**values).returning(round_.c.id))
            number = id_.scalar_one()
            _claims.put_wishes(conn, wishes, number)
            return number

        return self._home.write(work)

    def rebuild(self) -> None:
        """Make the current answers again from all events."""
        self._home.write(_events.rebuild)

    @classmethod
    def from_lines(
        cls, store: str | os.PathLike[str], lines: Iterable[str], *, timeout: float = 10.0
    ) -> "LabelStore":
        """Make a store from the lines of another."""
        made = cls(store, timeout=timeout)
        try:
            made._home.write(lambda conn: _tables.read_lines(conn, lines))
        except BaseException:
            made.close()
            raise
        made.id = made._home.read(made._check)
        return made

    # ------------------------------------------------------------ notes

    def note(self, key: str, value: Any) -> None:
        """Keep a small value that JSON knows, or forget it with None."""
        self._home.write(lambda conn: put(conn, f"note:{key}", value))

    def hold(self, name: str, owner: str, seconds: float) -> bool:
        """Take or keep what only one may have, such as training; say whether it is ours."""

        def work(conn: Connection) -> bool:
            now = self._home.now(conn)
            before = get(conn, f"hold:{name}")
            if before and before["owner"] != owner and before["until"] > now:
                return False
            put(conn, f"hold:{name}", {"owner": owner, "until": now + seconds})
            return True

        return self._home.write(work)

    def free(self, name: str, owner: str) -> None:
        """Give back what `hold` took."""

        def work(conn: Connection) -> None:
            if (get(conn, f"hold:{name}") or {}).get("owner") == owner:
                put(conn, f"hold:{name}", None)

        self._home.write(work)


def _event_of(conn: Connection, row: Row) -> Event:
    values = dict(row._mapping)
    if values["label"] or values["suggested"]:
        names = _events.classes(conn)
        for column in ("label", "suggested"):
            values[column] = names.get(values[column])
    return Event(**values)
