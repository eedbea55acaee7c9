"""Labelling by people: who is shown what, what they said, and what a model makes of it."""

import copy
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from skal.labeling._background import Background
from skal.labeling._front_ends import FrontEnds
from skal.labeling._items import Items
from skal.labeling._known import KnownItems
from skal.labeling._overview import Overview
from skal.labeling._review import review
from skal.labeling._rounds import Rounds, refreshed
from skal.labeling._set_up import check_names, opened_pool, set_up
from skal.labeling._snapshot import Snapshot, check_policy, settled
from skal.labeling._store import LabelStore
from skal.labeling._taken import answer_table, settled_table
from skal.labeling.exchange import SETTLED, format_of, write_labels
from skal.learner import ActiveLearner

__all__ = ["LabelingSession"]


class LabelingSession(FrontEnds):
    """Let people label a pool, while a model that learns from them orders the queue.

    Every answer is on disk when `answer` returns. Whatever the session knows is in the store: it
    may be opened again tomorrow, by another process, by several at once, without the learner.
    What is None is as it was when the store was opened last.

    Parameters
    ----------
    store : path, URL or LabelStore
        A file, which is made if it is not there, or ``"postgresql://..."``.
    pool : path, ImageFolderPool, array, memmap, DataFrame, list of texts, DatasetRows
        What is to be labelled; a path is a folder of images.
    learner : ActiveLearner or classifier, default=None
        What learns. None: items come in random order.
    classes : sequence of str, default=None
        Their names; those of a store that was opened before need not be told again.
    answers_per_item : int, default=None
        How many people label each item; 1 at first.
    overlap : float in [0, 1], default=None
        Share of the items that one person more labels, so that agreement can be measured; 0 at
        first.
    max_answers : int, default=None
        How many people at most are asked about an item of which they disagree; 3 at first.
    policy : {"auto", "majority", "wawa", "dawid_skene", "one_coin", "latest"}, default=None
        What makes one label of several answers; see `aggregate`. "auto" at first.
    retrain_every : int, default=None
        New labels that start a round of training; a tenth of the labels, at least 10, at first.
    n_ahead : int, default=None
        Items that a round puts into the queue; at first five times `retrain_every`, and twice what
        was answered since the round before where that is more.
    low_water : int, default=None
        Items left in the queue that start a round too; 10 at first.
    audit : float in [0, 1), default=None
        Share of the queue that is drawn evenly, for an honest accuracy; 0.1 at first.
    initial : {"typical", "random", "learner"}, default=None
        What is asked while labels are few: typical rows, any, or what the learner's `initial`
        says. "typical" at first.
    lease : float, default=300.0
        Seconds for which an item is held for the person who was given it.
    blind : bool, default=None
        Show people no suggestions, which anchor them; False at first.
    image_shape : tuple of int, default=None
        Of the images in rows of numbers, such as (8, 8) for rows of 64.
    random_state : int, default=None
        Seeds the learner if it has no seed, the audit, and the order of what no model has ranked.

    Attributes
    ----------
    store : LabelStore
    items : Items
    settings : dict

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal.labeling import LabelingSession
    >>> X, y = load_digits(return_X_y=True)
    >>> folder = tempfile.TemporaryDirectory()
    >>> session = LabelingSession(f"{folder.name}/digits.skal", X[:300] / 16,
    ...                           LogisticRegression(), classes=[str(k) for k in range(10)],
    ...                           image_shape=(8, 8), random_state=0)
    >>> for _ in range(30):
    ...     task = session.next("anna")[0]
    ...     _ = session.answer("anna", task.item, str(y[task.row]))
    >>> session.train()
    >>> session.learner.n_labeled_, len(session.next("anna", 5))
    (30, 5)
    >>> session.close()
    >>> folder.cleanup()
    """

    def __init__(
        self,
        store: str | os.PathLike[str] | LabelStore,
        pool: Any,
        learner: Any = None,
        classes: Sequence[str] | None = None,
        *,
        answers_per_item: int | None = None,
        overlap: float | None = None,
        max_answers: int | None = None,
        policy: str | None = None,
        retrain_every: int | None = None,
        n_ahead: int | None = None,
        low_water: int | None = None,
        audit: float | None = None,
        initial: str | None = None,
        lease: float = 300.0,
        blind: bool | None = None,
        image_shape: tuple[int, ...] | None = None,
        random_state: int | None = None,
    ):
        given = {
            "answers_per_item": answers_per_item,
            "overlap": overlap,
            "max_answers": max_answers,
            "policy": policy,
            "retrain_every": retrain_every,
            "n_ahead": n_ahead,
            "low_water": low_water,
            "audit": audit,
            "initial": initial,
            "blind": blind,
        }
        self.store = store if isinstance(store, LabelStore) else LabelStore(store)
        try:
            self.items = Items(opened_pool(self.store, pool), image_shape)
            self._settings = set_up(self.store, classes, given, random_state)
            self._known = KnownItems(self.items)
            refreshed(self.store, self._known)
            self._rounds: Rounds | None = None
            if learner is not None:
                self._rounds = Rounds(self.store, self._known, learner, self._settings)
        except BaseException:
            self.store.close()
            raise
        self.lease = lease
        self._template = learner  # as it was passed: a trainer gets its own
        self._overview = Overview(self.store, self._known, self._settings)
        self._background: Background | None = None

    def __repr__(self) -> str:
        return f"LabelingSession({self.name!r}, {len(self._known)} items)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the trainer and close the store; everything stays as it is."""
        self.stop_trainer()
        self.store.close()

    # ------------------------------------------------------------ what it is about

    @property
    def name(self) -> str:
        """Name of the store, without its folder."""
        return Path(unquote(self.store.url.partition("?")[0])).name

    @property
    def token(self) -> str:
        """What stays with the store for ever."""
        return self.store.id

    @property
    def kind(self) -> str:
        """What is shown: "image", "text" or "table"."""
        return self.items.kind

    @property
    def settings(self) -> dict[str, Any]:
        """How people are asked, and the budget of the learner."""
        budget = getattr(self._template, "budget", None)
        if isinstance(budget, float):
            budget = round(budget * len(self._known))
        return {**self.store.settings, "blind": self._settings.blind, "budget": budget}

    @property
    def classes(self) -> dict[str, str]:
        """Names of the classes by their ids, in order."""
        return self.store.classes

    def add_class(self, annotator: str, name: str) -> str:
        """Add a class, at any time.

        Parameters
        ----------
        annotator : str
            Who did it.
        name : str

        Returns
        -------
        str
            Its id.
        """
        check_names([name], self.classes.values())
        return self.store.add_class(annotator, name)

    def rename_class(self, annotator: str, id: str, name: str) -> None:
        """Give a class another name; labels that it has follow.

        Parameters
        ----------
        annotator : str
        id : str
        name : str
        """
        others = [other for id_, other in self.classes.items() if id_ != id]
        check_names([name], others)
        self.store.rename_class(annotator, id, name)

    def refresh(self) -> NDArray[np.intp]:
        """Find items that came since, such as new files of a folder.

        Returns
        -------
        rows : int array
            Their rows of the pool.
        """
        n_before = len(self.items)
        refreshed(self.store, self._known)
        return np.arange(n_before, len(self.items))

    # ------------------------------------------------------------ people

    @property
    def people(self) -> dict[str, str]:
        """Names of the invited people by their tokens."""
        return self.store.noted("people", {})

    def invite(self, name: str) -> str:
        """Make the token by which a person is known to the page; always the same for one name.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
        """
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"`name` must be a name, got {name!r}.")
        known = {who: token for token, who in self.people.items()}
        if name not in known:
            known[name] = secrets.token_urlsafe(16)  # 128 bit
            self.store.note("people", {token: who for who, token in known.items()})
        return known[name]

    # ------------------------------------------------------------ what comes of it

    def labels(self, policy: str | None = None) -> tuple[NDArray[np.intp], Any, Any]:
        """Give one label for every item that has one.

        Parameters
        ----------
        policy : str, default=None
            What makes one of several answers; None: that of the session.

        Returns
        -------
        rows : int array of shape (n,)
            Of the pool; items that are gone are left out.
        y : array of str of shape (n,)
        weight : array of shape (n,)
            How sure each is, in (0, 1].
        """
        policy = check_policy(self._settings.policy if policy is None else policy)
        snapshot = Snapshot.taken(self.store, self.store.last_event)
        found = settled(snapshot, policy)
        rows = np.array([self._row(item) for item in found.item.tolist()], dtype=np.intp)
        names = np.array([snapshot.classes[id_] for id_ in found.label.tolist()], dtype=np.str_)
        there = rows >= 0
        return rows[there], names[there], found.weight[there]

    @property
    def learner(self) -> ActiveLearner:
        """The learner after the latest round, with its history; a copy, to do with as you like."""
        rounds = self._need_rounds("learner")
        rounds.follow()
        return copy.deepcopy(rounds.teacher.learner)

    def train(self, n: int = 1) -> None:
        """Play rounds here and now: learn from all answers, and put the next items in the queue.

        Parameters
        ----------
        n : int, default=1

        Raises
        ------
        SkalError
            If a trainer is at work elsewhere.
        """
        rounds = self._need_rounds("train")
        with rounds.alone():
            for _ in range(n):
                rounds.play()

    def _need_rounds(self, name: str) -> Rounds:
        if self._rounds is None:
            raise ValueError(
                f"{name} needs a learner, got learner=None; open the session with the learner that "
                "is to learn from the answers."
            )
        return self._rounds

    def start_trainer(self) -> None:
        """Train in a process of its own whenever enough was answered, until `stop_trainer`.

        It ends with this process. What goes wrong in it is told by `progress`; nobody waits.
        """
        self._need_rounds("start_trainer")
        if self._background is None or not self._background.is_alive:
            told = self.store.url, self.items, self._template, self._settings
            self._background = Background(*told)

    def stop_trainer(self) -> None:
        """Stop the process that trains, also in the middle of a round."""
        if self._background is not None:
            self._background.stop()
            self._background = None

    def progress(self, annotator: str | None = None) -> dict[str, Any]:
        """Say how far the work is and how good the model.

        Parameters
        ----------
        annotator : str, default=None
            Whose own numbers are told too.

        Returns
        -------
        dict
            ``answered`` items, ``mine``, ``n_items``, ``left``, ``budget``, ``counts`` of the
            classes, ``pace`` (answers a minute), ``people``, ``accuracy`` (of rows drawn evenly
            that the model had not seen: ``value``, ``low``, ``high``, ``n``), ``agreement``
            (Krippendorff), ``conflicts``, ``model`` (``round``, ``n_labels``, ``behind``,
            ``status``, ``error``), ``forecast``, ``advice``. None: not known.
        """
        trainer = None if self._background is None else self._background.trouble()
        told = self._overview.told(annotator, trainer, has_model=self._rounds is not None)
        return told | {"budget": self.settings["budget"]}

    def review(self, kind: str = "conflicts", annotator: str | None = None) -> list[dict[str, Any]]:
        """Show what is worth another look.

        Parameters
        ----------
        kind : {"conflicts", "suspects", "own"}, default="conflicts"
            Items of which people disagree; whose label the model doubts, the worst first; which
            `annotator` answered, the newest first.
        annotator : str, default=None

        Returns
        -------
        list of dict
            ``item``, ``key``, ``view``, ``reason``, ``answers`` (``annotator``, ``label``,
            ``action``, ``at``, ``seconds``), ``suggestion``.
        """
        suspected: Any = []
        if kind == "suspects" and self._rounds is not None:
            trains = self._background is not None and self._background.is_alive
            suspected = self._rounds.suspects(elsewhere=trains)
        return review(self, kind, annotator, suspected)

    def export(
        self, path: str | os.PathLike[str], format: str | None = None, **options: Any
    ) -> Path:
        """Write the labels in a format that others read; see `skal.labeling.exchange`.

        Parameters
        ----------
        path : path
        format : {"csv", "jsonl", "label_studio", "coco", "folders", "parquet"}, default=None
            None: by the ending of the path. CSV, JSON lines and Label Studio's get every answer,
            the others one label an item, by the policy of the session. CSV and JSON lines have
            the keys of the store; the others leave out what the pool cannot show any more.
        **options
            Of the format.

        Returns
        -------
        Path
            What was written.
        """
        name = format_of(path, format)
        one_each, of_pool = name in SETTLED, name == "label_studio"
        table = settled_table(self) if one_each else answer_table(self, of_pool=of_pool)
        return write_labels(path, table, self.items, format=format, **options)
