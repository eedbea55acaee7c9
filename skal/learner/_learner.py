"""The whole loop of active learning as one scikit-learn estimator."""

import copy
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from threading import Lock, RLock
from typing import Any, Literal, Self, overload
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skal._caller import warned_once
from skal._compat import HasMethods, fit_context
from skal.exceptions import unchanged_on_error
from skal.learner._asking import choose_batch
from skal.learner._batch import Asked
from skal.learner._checks import (
    check_annotator,
    check_known_pool,
    check_stopping,
    check_taught,
    check_taught_rows,
    check_test_set,
    split_params,
)
from skal.learner._history import History
from skal.learner._inner import AnswersByInner
from skal.learner._journal import opened
from skal.learner._labels import check_contradictions, known_classes
from skal.learner._log import Answers, Rows
from skal.learner._loop import KnownPool, Loop
from skal.learner._playing import Game
from skal.learner._pools import check_inputs
from skal.learner._pseudo import PseudoLabels
from skal.learner._round_plan import check_parts

__all__ = ["ActiveLearner"]

# A lock of its own could not be pickled with a learner.
ASKING = Lock()  # of all learners; held briefly, never while training
TEACHING: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # answers of two threads come in turn


class ActiveLearner(AnswersByInner):
    """Active learning as a classifier: it chooses the rows that it is trained on.

    Two jobs. *Decide*: `fit` plays the whole loop on a pool whose labels are known, so that
    cross-validation and grid search compare strategies, modes and sizes. *Do*: `query` says which
    rows of a pool to label next, `teach` learns from the answers.

    Parameters
    ----------
    estimator : classifier or Pipeline, default=None
        Any scikit-learn classifier, a net of skal, a torch module, or a raw skorch net; it is
        cloned, never fitted itself. None is ``ANNClassifier()``.
    strategy : str, Strategy or callable, default="auto"
        Which rows are asked: typical ones while labels are few, then those of smallest margin. A
        name out of ``skal.strategies.STRATEGIES``, an object with
        parameters, a function of named arrays, or a query function of modAL.
    mode : {"cumulative", "half-cumulative", "incremental"} or TrainingMode, \
            default="cumulative"
        How it is trained in each round. "cumulative": from fresh weights, on all labels;
        "half-cumulative": from the current weights, on all labels; "incremental": from the
        current weights, on the newest labels only.
    init_size : int or float, default=None
        Rows in the initial set, as count or fraction of the pool. None: a twentieth of the budget,
        at least two rows a class, in `fit`; 10 rows in `query`.
    query_size : int or float, default=None
        Rows asked in each round, as count or fraction of the pool. None: a tenth of what the
        initial set leaves of the budget in `fit`, 10 rows in `query`.
    budget : int or float, default=None
        Labels in all, as count or fraction of the pool. None: the whole pool.
    initial : {"random", "stratified"}, Strategy or callable, default="random"
        How the initial set is chosen. "stratified" reads the labels, so it serves `fit` only. In
        `fit`, rows are added until two classes are among them.
    stopping : callable, default=None
        ``stopping(history) -> bool``, asked after every round; for example `TargetScore` or
        `Plateau`. `fit` then ends, and `query` raises `FinishedError`.
    pseudo_labels : PseudoLabels, default=None
        Train also on confident predictions of rows without a label; they are never counted.
        `teach` then needs the pool.
    scoring : str, callable, list or dict, default=None
        One or more of scikit-learn's scorers for the test set. None is accuracy.
    warm_start : bool, default=False
        Let `fit` go on where the last one stopped, after an interruption or with a larger
        budget; the result is the same as that of one uninterrupted `fit` (unless the smaller
        budget had cut the last batch). Until then an interrupted mode that keeps weights
        answers from weights that are half trained.
    random_state : int, RandomState or None, default=None
        Seeds the initial set, the strategy, and every `random_state` inside `estimator` that is
        None.
    verbose : int, default=0
        1 shows a progress bar with round, labels, scores and time left.
    on_round : callable, default=None
        ``on_round(history)``, called after every round of `fit` and `teach`: to log, to draw,
        to save. What it raises ends `fit` after that round.

    Attributes
    ----------
    estimator_ : fitted classifier
    classes_ : array of shape (n_classes,)
        Of the labels that count, and what `fit` or `classes` announced.
    history_ : History
        One record a round.
    labeled_rows_ : int array of shape (n_labeled_,)
        Rows of X in the order labelled; -1 where `teach` was not told.
    n_labeled_ : int
    answers_ : dict of arrays
        All answers as a table, one entry each: ``row``, ``label``, ``round``, whether it
        ``counts`` (False: a later answer corrected it), and what `teach` was given with it, such
        as ``sample_weight`` or ``annotator`` ("": not told).
        ``pandas.DataFrame(learner.answers_)`` shows it.
    n_features_in_ : int
    feature_names_in_ : array of shape (n_features_in_,)

    See Also
    --------
    skal.strategies : All strategies.
    skal.plotting.LearningCurveDisplay : Draws the history.

    Examples
    --------
    The loop, with known labels:

    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skal import ActiveLearner
    >>> X, y = load_digits(return_X_y=True)
    >>> learner = ActiveLearner(LogisticRegression(), strategy="margin", init_size=50,
    ...                         query_size=25, budget=200, random_state=0)
    >>> learner = learner.fit(X[:1200] / 16, y[:1200], X_test=X[1200:] / 16, y_test=y[1200:])
    >>> learner.history_["n_labeled"]
    array([ 50,  75, 100, 125, 150, 175, 200])

    With people who answer:

    >>> learner = ActiveLearner(LogisticRegression(), random_state=0)
    >>> for _ in range(3):
    ...     rows = learner.query(X, 10)
    ...     answers = y[rows]  # ask somebody
    ...     learner = learner.teach(X[rows], answers, rows=rows)
    >>> learner.n_labeled_
    30
    """

    _parameter_constraints: dict[str, Any] = {
        "estimator": [HasMethods(["fit"]), callable, None],  # a torch module is called
        "strategy": "no_validation",
        "mode": "no_validation",
        "init_size": "no_validation",
        "query_size": "no_validation",
        "budget": "no_validation",
        "initial": "no_validation",
        "stopping": [callable, None],
        "pseudo_labels": [PseudoLabels, None],
        "scoring": "no_validation",
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "on_round": [callable, None],
    }

    def __init__(
        self,
        estimator: Any = None,
        strategy: Any = "auto",
        *,
        mode: Any = "cumulative",
        init_size: int | float | None = None,
        query_size: int | float | None = None,
        budget: int | float | None = None,
        initial: Any = "random",
        stopping: Callable[[History], bool] | None = None,
        pseudo_labels: PseudoLabels | None = None,
        scoring: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        on_round: Callable[[History], Any] | None = None,
    ):
        self.estimator = estimator
        self.strategy = strategy
        self.mode = mode
        self.init_size = init_size
        self.query_size = query_size
        self.budget = budget
        self.initial = initial
        self.stopping = stopping
        self.pseudo_labels = pseudo_labels
        self.scoring = scoring
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.on_round = on_round

    # ------------------------------------------------------------ decide: labels are known

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        *,
        X_test: Any = None,
        y_test: ArrayLike | None = None,
        journal: Any = None,
        **params: Any,
    ) -> Self:
        """Play the loop with `y` as the oracle: initial set, then query, reveal, train, score.

        Parameters
        ----------
        X : array, memmap, sparse matrix, DataFrame, tensor or list of shape (n_samples, ...)
            The pool. The learner keeps a reference to it, no copy; its pickle holds the labelled
            rows only.
        y : array of shape (n_samples,)
            Labels of any kind. Only those of rows that were asked are trained on.
        X_test, y_test : default=None
            Scored after every round, with `scoring`.
        journal : path, default=None
            File to which every round is written before the next is played. After a crash the same
            call goes on where it ended, and the result is that of one whole `fit`, bit for bit.
            It is known by the pool, the labels and all parameters; `budget`, `stopping`,
            `verbose` and `on_round` may be others.
        **params : dict
            Passed on to the classifier's `fit` or `partial_fit`; whatever has one value a row,
            such as ``sample_weight``, is cut to the labelled rows.

        Returns
        -------
        self

        Raises
        ------
        StoreError
            If the journal cannot be written, or is that of another fit.
        """
        with ExitStack() as stack:
            stack.enter_context(warned_once())
            with unchanged_on_error(self):
                known = check_known_pool(self, X, y, (X_test, y_test), params)
                game = Game(self, *known, stack.enter_context(opened(journal, self, *known)))
                game.begin()
            game.play_on()
        return self

    # ------------------------------------------------------------ do: people answer

    @overload
    def query(
        self,
        X: Any,
        n: int | None = None,
        *,
        candidates: ArrayLike | None = None,
        pending: ArrayLike | None = None,
        return_utility: Literal[False] = False,
    ) -> Rows: ...

    @overload
    def query(
        self,
        X: Any,
        n: int | None = None,
        *,
        candidates: ArrayLike | None = None,
        pending: ArrayLike | None = None,
        return_utility: Literal[True],
    ) -> tuple[Rows, NDArray[np.float64]]: ...

    def query(
        self,
        X: Any,
        n: int | None = None,
        *,
        candidates: ArrayLike | None = None,
        pending: ArrayLike | None = None,
        return_utility: bool = False,
    ) -> Rows | tuple[Rows, NDArray[np.float64]]:
        """Choose rows of a pool to label next. Asked again, the answer is equal.

        Nothing that later results depend on is changed. What is known of the rows (chance,
        prediction, notes of the strategy) is found again when they are taught, whatever was asked
        in between.

        Parameters
        ----------
        X : array, memmap, sparse matrix, DataFrame, tensor or list of shape (n_samples, ...)
            The pool. Rows that were taught are never chosen: those that `teach` was told by
            number, and the others by content, wherever they stand in X.
        n : int, default=None
            How many; None is `query_size`, or `init_size` while nothing was taught, and no more
            than the budget leaves.
        candidates : int array, default=None
            Rows of X to choose from; None is all.
        pending : int array, default=None
            Rows of X that somebody was asked about and has not answered: they are not asked
            again, count in the budget, and strategies that spread their picks keep away from them
            as from labelled rows. So several people get batches that do not overlap.
        return_utility : bool, default=False

        Returns
        -------
        rows : int array of shape (n,)
            In the order in which they are to be asked.
        utility : array of shape (n,)
            If `return_utility`: larger was asked first; NaN where the strategy has none.

        Raises
        ------
        FinishedError
            If the budget is spent, or `stopping` says that it is enough.
        PoolExhaustedError
            If fewer rows are open than are asked for.
        """
        self._validate_params()
        batch = choose_batch(self, X, n, candidates, pending)
        with ASKING:
            asked = getattr(self, "_asked", Asked())
            self._asked = asked.with_batch(batch, X)
        chosen, utility = batch.rows.copy(), batch.columns["utility"].copy()
        return (chosen, utility) if return_utility else chosen

    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        rows: ArrayLike | None = None,
        annotator: str | Sequence[str] | None = None,
        X_test: Any = None,
        y_test: ArrayLike | None = None,
        pool: Any = None,
        **params: Any,
    ) -> Self:
        """Learn from new labels, as the training mode says; starts an unfitted learner too.

        Parameters
        ----------
        X : (n_new, ...)
            The labelled rows themselves, such as ``pool[rows]``.
        y : array of shape (n_new,) or (n_new, n_classes)
            Their labels, or the shares of `classes`, one column each, summing to 1: a row is then
            learned as each of them, weighed by its share, and counted as the likeliest. A second
            answer to a row corrects the first: the last one counts, and modes that keep weights
            learn it as a new one.
        classes : array of shape (n_classes,), default=None
            All labels that may ever come; they stay in `classes_`. Needed in the first call by
            the modes that keep weights, if the first answers do not show every class.
        rows : int array of shape (n_new,), default=None
            Where these rows stand in the pool. They are believed, unless a row is found to be
            another one that was asked. Without them a row is recognised by its content, and
            another label for equal content is a correction.
        annotator : str or sequence of str of shape (n_new,), default=None
            Who answered: a column of `answers_`. One label a row is learned; of several people's,
            `skal.labeling.aggregate` makes one.
        X_test, y_test : default=None
            Scored after this round, with `scoring`.
        pool : of shape (n_samples, ...), default=None
            The pool that is labelled, for `pseudo_labels`.
        **params : dict
            Passed on to the classifier, as in `fit`.

        Returns
        -------
        self
        """
        self._validate_params()
        with ASKING:
            lock = TEACHING.setdefault(self, RLock())
        with lock, unchanged_on_error(self, but="_asked"):
            first = not hasattr(self, "estimator_")
            plan = check_parts(self)
            X, y, soft = check_taught(self, X, y, classes, first=first)
            rows = check_taught_rows(rows, len(y))
            about = check_annotator(annotator, len(y))
            known = known_classes(self, y, classes, plan, first=first)
            test_set = check_test_set(self, X_test, y_test, known)
            if pool is not None:
                pool = KnownPool(check_inputs(self, pool, reset=False, name="pool"), pool)
                if rows.max(initial=-1) >= len(pool):
                    raise ValueError(
                        f"rows must be rows of pool, 0 to {len(pool) - 1}, got {rows.max()}."
                    )
            params = self._routed("partial_fit", params, plan.mode)
            per_row, constants = split_params(params, len(y))
            plan = replace(plan, constants=constants, test_set=test_set, by_people=True)
            check_stopping(plan, History() if first else self.history_)
            answers = Answers(X, np.arange(len(y)), y, rows, per_row, about, soft)
            check_contradictions(answers)

            loop = Loop(self._root_to_come(), known) if first else copy.copy(self._loop)
            asked = getattr(self, "_asked", Asked())
            asked.check_rows(answers, loop.log, None if pool is None else pool.X)
            loop.classes = known
            loop.announce(classes)
            loop.mend(plan, pool)
            batch, was_asked = loop.recall(answers, asked)
            loop.take(plan, answers, batch, pool, was_asked)
            with ASKING:  # training took a while: another thread may have asked meanwhile
                self._adopt(loop, getattr(self, "_asked", Asked()).without(answers))
            if first:
                self._spend_root()
        self._tell()
        return self

    teach = partial_fit
