"""Rounds in plain values: what is written of each, and the state that they give back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skal._containers import n_rows, row_prints
from skal._describe import describe
from skal._digest import digest
from skal.learner._batch import Asked, Batch
from skal.learner._inner import AnswersByInner
from skal.learner._log import COLUMNS, Answers
from skal.learner._loop import KnownPool, Loop
from skal.learner._plain_json import from_json, to_json
from skal.learner._pools import check_inputs
from skal.learner._round_plan import RoundPlan, Training, check_parts

__all__ = ["Recorded", "recorded", "record_of", "restored", "round_record"]

Record = Mapping[str, Any]
BATCH = ("rows", "round_", "columns", "notes", "row_notes", "n_pool", "seconds", "prints", "shape")


class Recorded(NamedTuple):
    """The state that records give back: all but the weights, which `Loop.mend` makes."""

    loop: Loop
    asked: Asked


def round_record(learner: AnswersByInner) -> dict[str, Any]:
    """Write down the newest round of a learner in values that JSON takes.

    The records of all rounds give the learner back (see `restored`), bit for bit. Made after the
    next `query`, a record holds what was asked too, so that what is known of these rows is found
    again when they are taught.

    Parameters
    ----------
    learner : ActiveLearner
        Fitted or taught, with the parameters of its newest round.

    Returns
    -------
    dict
        Strict JSON: ``round``, ``rows`` and ``labels`` of what was answered in it, ``history``
        (all that `History` tells of it), and what only `restored` reads.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.learner import round_record
    >>> learner = ActiveLearner(LogisticRegression(), random_state=0)
    >>> learner = learner.teach([[0.0], [1.0], [2.0]], ["a", "b", "b"], rows=[4, 7, 1])
    >>> record = round_record(learner)
    >>> record["round"], record["rows"], record["labels"]
    (0, [4, 7, 1], ['a', 'b', 'b'])
    """
    check_is_fitted(learner)
    loop = learner._loop
    training = training_print(loop.trained)
    return record_of(loop, training, learner._asked)


def record_of(loop: Loop, training: str, asked: Asked) -> dict[str, Any]:
    """Write down the newest round of a state, and what was asked since."""
    log, history = loop.log, loop.history[-1]
    round_ = int(log.rounds[-1])
    mine = log.rounds == round_
    columns = {name: {key: v[mine] for key, v in getattr(log, name).items()} for name in COLUMNS}
    new = [b for b in asked.batches if b.round_ > round_ or round_ == 0]
    return {
        "kind": "round",
        "round": round_,
        "rows": log.rows[mine].tolist(),
        "labels": _listed(log.y[mine]),
        **to_json(
            {
                "label_dtype": log.y.dtype.str,
                "items": log.items[mine].tolist(),
                # exact, of content: that the pool is the same is seen by them
                "prints": [f"{p:016x}" for p in row_prints(log.X, log.at[mine]).tolist()],
                "classes": loop.classes,
                "announced": loop.announced,
                "n_told": loop.n_told,
                "root": loop.root,
                "training": training,
                "columns": columns,
                "notes": None if loop.notes is None else dict(loop.notes),
                "history": {name: v for name, v in history.items() if name != "rows"},
                "asked": [{name: getattr(b, name) for name in BATCH} for b in new],
            }
        ),
    }


def training_print(training: Training | None) -> str:
    """Digest how a round was trained."""
    assert training is not None  # a round was trained
    what = training.kind, training.mode, training.params, training.constants, training.pseudo
    return digest([describe(part) for part in what])


def recorded(records: Sequence[Record], plan: RoundPlan, pool: KnownPool, name: str) -> Recorded:
    """Make the state after the rounds that records tell of, or refuse; nothing is trained.

    `name` is what the records came in, for the messages.
    """
    last = records[-1]
    _check_training(records, plan, name)
    loop = Loop(int(last["root"]), from_json(last["classes"]))
    asked = Asked()
    for round_, record in enumerate(records):
        if record.get("kind") != "round" or record["round"] != round_:
            raise ValueError(
                f"{name} must hold the rounds from 0 on, one after another, got "
                f"{record.get('round')!r} in place of {round_}; pass all of them, in order."
            )
        answers, notes = _answers(record, pool, name)
        items = np.array(record["items"], dtype=np.intp)
        loop.log = loop.log.add(answers, round_, items, notes)
        history = from_json(record["history"])
        loop.history.append({**history, "rows": answers.rows})
        batches = [Batch(**from_json(batch)) for batch in record["asked"]]
        if asked.batches:
            asked = asked.without(answers)
        asked = Asked([*asked.batches, *batches])
    loop.announced, loop.n_told = from_json(last["announced"]), int(last["n_told"])
    loop.notes = from_json(last["notes"])
    loop.trained = plan.training
    loop.steady = len({record["training"] for record in records}) == 1
    return Recorded(loop, asked)


def restored(learner: AnswersByInner, records: Iterable[Record], X: Any) -> Any:
    """Make the learner that records tell of, without playing its rounds again.

    It equals the learner of which the records were made, bit for bit: classifier, history, what
    it asks next. Trained are only the rounds whose weights are needed: the newest, or all of them
    in the modes that keep weights and with `pseudo_labels`.

    Parameters
    ----------
    learner : ActiveLearner
        With the same parameters; it is cloned.
    records : iterable of dict
        What `round_record` gave, one a round from the first on. None at all give an unfitted
        learner.
    X : of shape (n_samples, ...)
        The pool to which ``rows`` belong. It may have grown.

    Returns
    -------
    ActiveLearner

    Raises
    ------
    ValueError
        If X or the parameters are not those of the records.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> from skal.learner import restored, round_record
    >>> X = np.arange(12.0).reshape(6, 2)
    >>> learner = ActiveLearner(LogisticRegression(), random_state=0)
    >>> learner = learner.teach(X[[0, 5]], ["low", "high"], rows=[0, 5])
    >>> again = restored(learner, [round_record(learner)], X)
    >>> again.n_labeled_, bool((again.query(X, 2) == learner.query(X, 2)).all())
    (2, True)
    """
    again, found = clone(learner), list(records)
    if not found:
        return again
    n_told = [0, *(int(record["n_told"]) for record in found)]
    plan = replace(check_parts(again), by_people=n_told[-1] > n_told[-2])
    pool = KnownPool(check_inputs(again, X, reset=True), X)
    state = recorded(found, plan, pool, "records")
    root = state.loop.root
    if again.random_state is None:
        again._unseeded = root
    elif again._root_to_come() != root:
        raise ValueError(
            f"random_state must be that of the records, got {again.random_state!r}, which gives "
            "other random numbers; set it back."
        )
    state.loop.mend(plan, pool)
    again._adopt(*state)
    return again


# ---------------------------------------------------------------- parts of a record


def _listed(values: NDArray[Any]) -> list[Any]:
    """Write labels as people read them; `label_dtype` gives the rest back."""
    said: Any = to_json(values)
    return said["$array"] if "shape" not in said else [to_json(v) for v in values]


def _answers(record: Record, pool: KnownPool, name: str) -> tuple[Answers, dict[str, NDArray[Any]]]:
    """Take the answers of a round, and the strategy's notes of their rows; check the rows."""
    rows = np.array(record["rows"], dtype=np.intp)
    if len(rows) and not 0 <= rows.min() <= rows.max() < n_rows(pool.X):
        raise ValueError(
            f"{name} must be of rows of X, 0 to {n_rows(pool.X) - 1}, got {rows.min()} to "
            f"{rows.max()} in round {record['round']}; pass the pool that was labelled, and tell "
            "teach the rows."
        )
    prints = [f"{p:016x}" for p in row_prints(pool.X, rows).tolist()]
    both = zip(rows.tolist(), prints, record["prints"], strict=True)
    other = [row for row, now, then in both if now != then]
    if other:
        raise ValueError(
            f"X must hold the rows that {name} tells of, got others at {other[:5]} (round "
            f"{record['round']}); pass the pool that was labelled, in the same order."
        )
    dtype = record["label_dtype"]
    y = from_json({"$array": record["labels"], "dtype": dtype})
    if pool.y is not None and not np.array_equal(y, pool.y[rows]):
        raise ValueError(
            f"y must hold the labels that {name} tells of, got others in round "
            f"{record['round']}; pass the same y."
        )
    columns = {part: from_json(record["columns"][part]) for part in COLUMNS}
    answers = Answers(pool.X, rows, y, rows, columns["params"], columns["about"], columns["soft"])
    return answers, columns["notes"]


def _check_training(records: Sequence[Record], plan: RoundPlan, name: str) -> None:
    """Refuse parameters that would train other weights than those of the records."""
    needed = records if plan.needs_all_rounds else records[-1:]
    now = training_print(plan.training)
    if any(record["training"] != now for record in needed):
        raise ValueError(
            f"estimator, mode and pseudo_labels must be those by which the rounds of {name} were "
            f"trained, got others: {plan.estimator!r}, {plan.mode!r}, {plan.pseudo!r}; set them "
            "back."
        )
