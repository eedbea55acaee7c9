"""A store played again: the same answers give the same learner, round by round."""

from typing import Any

from skal.exceptions import SkalError
from skal.labeling._items import Items
from skal.labeling._known import KnownItems
from skal.labeling._rounds import Rounds
from skal.labeling._set_up import opened_pool, settings_of
from skal.labeling._snapshot import Snapshot
from skal.labeling._store import LabelStore
from skal.labeling._teacher import Plan
from skal.learner import ActiveLearner

__all__ = ["replay"]

PLAYED = ("chosen", "audit", "taught", "withdrawn", "audited")


def replay(store: Any, pool: Any, learner: Any) -> ActiveLearner:
    """Train again through all rounds of a store, from the answers alone.

    Each round is played as it was, with the threads that it had, and must choose the same items:
    so a record is proved. (`LabelingSession.learner` gives the same learner without training
    rounds whose weights nobody needs.)

    Parameters
    ----------
    store : path, URL or LabelStore
    pool : as for `LabelingSession`
    learner : ActiveLearner or classifier
        With the parameters that it had.

    Returns
    -------
    ActiveLearner
        Fitted, if any round taught.

    Raises
    ------
    SkalError
        If a round comes out otherwise, as with another pool, other parameters, or another
        version of a library.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skal.labeling import LabelingSession, replay
    >>> X, y = load_digits(return_X_y=True)
    >>> folder = tempfile.TemporaryDirectory()
    >>> session = LabelingSession(f"{folder.name}/digits.skal", X[:200], GaussianNB(),
    ...                           classes=[str(k) for k in range(10)], random_state=0)
    >>> for _ in range(2):
    ...     for task in session.next("anna", 20):
    ...         _ = session.answer("anna", task.item, str(y[task.row]))
    ...     session.train()
    >>> again = replay(session.store, X[:200], GaussianNB())
    >>> bool((again.estimator_.theta_ == session.learner.estimator_.theta_).all())
    True
    >>> session.close()
    >>> folder.cleanup()
    """
    opened = store if isinstance(store, LabelStore) else LabelStore(store)
    try:
        known = KnownItems(Items(opened_pool(opened, pool)))
        known.look(opened.items())  # no more than that: another pool would change the store
        teacher = Rounds(opened, known, learner, settings_of(opened)).teacher
        for record in opened.rounds():
            snapshot = Snapshot.taken(opened, record["last_event"])
            again = teacher.play(Plan.of(record), snapshot).record
            for name in PLAYED:
                if again[name] != record[name]:
                    raise SkalError(
                        f"`store` must come out as it was recorded, got another {name!r} in round "
                        f"{record['round']}; pass the pool and the learner that it was made with, "
                        "and the same versions of libraries."
                    )
        return teacher.learner
    finally:
        if opened is not store:
            opened.close()
