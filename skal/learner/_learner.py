"""The whole loop of active learning as one scikit-learn estimator."""

import copy
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from skal._compat import HasMethods, fit_context
from skal._containers import n_rows
from skal._random import new_seed
from skal.evidence import Evidence, PoolCache
from skal.exceptions import unchanged_on_error
from skal.learner._checks import (
    check_candidates,
    check_exam,
    check_inputs,
    check_labels,
    check_parts,
    check_query_n,
    check_taught_rows,
    known_classes,
    split_params,
)
from skal.learner._history import History
from skal.learner._initial import check_initial, compares_classes
from skal.learner._inner import InnerClassifier
from skal.learner._loop import Loop, record_of
from skal.learner._progress import Progress
from skal.learner._pseudo import PoolGuesser, PseudoLabels, refuse_to_teach
from skal.learner._rounds import QUERY, Labels, retrain, seed_of, stream, train
from skal.learner._sizes import DEFAULT_QUERY, as_count, resolve_sizes
from skal.learner._taught import Taught
from skal.strategies import Choice, Strategy

__all__ = ["ActiveLearner"]


class ActiveLearner(InnerClassifier):
    """Active learning as a classifier: it chooses the rows that it is trained on.

    Two jobs. *Decide*: `fit` plays the whole loop on a pool whose labels are known, so that
    cross-validation and grid search compare strategies, modes and sizes. *Do*: `query` says which
    rows of a pool to label next, `teach` learns from the answers.

    Parameters
    ----------
    estimator : classifier or Pipeline, default=None
        Any scikit-learn classifier, a net of skal, or a raw skorch net; it is cloned, never
        fitted itself. None is ``ANNClassifier()``.
    strategy : str, Strategy or callable, default="margin"
        Which rows are asked. A name out of ``skal.strategies.STRATEGIES``, an object with
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
        ``stopping(history) -> bool``, called after every round of `fit`; for example
        `TargetScore` or `Plateau`.
    pseudo_labels : PseudoLabels, default=None
        In `fit`, train also on confident guesses about rows without a label; never counted.
    scoring : str, callable, list or dict, default=None
        One or more of scikit-learn's scorers for the test set of `fit`. None is accuracy.
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

    Attributes
    ----------
    estimator_ : fitted classifier
    classes_ : array of shape (n_classes,)
    history_ : History
        One record a round.
    labeled_rows_ : int array of shape (n_labeled_,)
        Rows of X in the order labelled; -1 where `teach` was not told.
    n_labeled_ : int
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

    _noted: Mapping[str, Any] | None

    _parameter_constraints: dict[str, Any] = {
        "estimator": [HasMethods(["fit"]), None],
        "strategy": [str, Strategy, callable],
        "mode": "no_validation",
        "init_size": "no_validation",
        "query_size": "no_validation",
        "budget": "no_validation",
        "initial": [str, Strategy, callable],
        "stopping": [callable, None],
        "pseudo_labels": [PseudoLabels, None],
        "scoring": "no_validation",
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator: Any = None,
        strategy: Any = "margin",
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

    # deciding: the whole loop, with known labels

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        *,
        X_test: Any = None,
        y_test: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Play the loop with `y` as the oracle: initial set, then query, reveal, train, score.

        Parameters
        ----------
        X : array, memmap, sparse matrix, DataFrame, tensor or list of shape (n_samples, ...)
            The pool.
        y : array of shape (n_samples,)
            Labels of any kind. Only those of rows that were asked are trained on.
        X_test, y_test : default=None
            Scored after every round, with `scoring`.
        **params : dict
            Passed on to the classifier's `fit` or `partial_fit`; whatever has one value a row,
            such as ``sample_weight``, is cut to the labelled rows.

        Returns
        -------
        self
        """
        with unchanged_on_error(self):
            loop = self._prepare(X, y, X_test, y_test, params)
            if not loop.history:
                loop.step()
            finished = loop.finished()  # a rule that cannot work is refused here
            self._show(loop)
        with Progress(loop.sizes.budget, self.verbose) as progress:
            progress.show(loop.history[-1])
            try:
                while not finished:
                    loop.step()
                    self._show(loop)
                    progress.show(loop.history[-1])
                    finished = loop.finished()
            finally:
                self.estimator_, self._torn = loop.fitted, loop.torn
                self._taught = Taught.from_pool(
                    loop.X, loop.y, loop.rows, loop.rounds, dict(loop.per_row)
                )
        return self

    def _prepare(self, X: Any, y: Any, X_test: Any, y_test: Any, params: dict[str, Any]) -> Loop:
        """Check everything before any work is done, and set up the loop."""
        estimator, strategy, mode = check_parts(self)
        going_on = self.warm_start and hasattr(self, "history_")
        X = check_inputs(self, X, reset=True)
        y = check_labels(y, X)
        classes = np.unique(y)
        sizes = resolve_sizes(
            self.init_size, self.query_size, self.budget, n_rows=len(y), n_classes=len(classes)
        )
        exam = check_exam(self, X_test, y_test, classes)
        per_row, constants = split_params(self._routed("fit", params, mode), len(y))
        pseudo = self.pseudo_labels
        loop = Loop(
            estimator=estimator,
            strategy=strategy,
            mode=mode,
            initial=check_initial(self.initial),
            sizes=sizes,
            stopping=self.stopping,
            X=X,
            y=y,
            classes=classes,
            root=self._root if going_on else self._new_root(),
            per_row=per_row,
            constants=constants,
            exam=exam,
            scoring=self.scoring,
            guesser=pseudo and PoolGuesser(pseudo, estimator, classes, per_row),
        )
        return self._resumed(loop) if going_on else loop

    def _resumed(self, loop: Loop) -> Loop:
        taught = self._taught
        rows = taught.rows_in(loop.X)
        told = taught.rows >= 0
        moved = (rows < 0).any() or (rows[told] != taught.rows[told]).any()
        if moved or not np.array_equal(taught.y, loop.y[rows]):
            raise ValueError(
                "warm_start=True goes on with the pool of the last fit, but X or y differ from "
                "it; pass the same X and y, or set warm_start=False to start again."
            )
        loop.rows, loop.rounds = rows, taught.rounds
        loop.history = History(self.history_)
        loop.fitted, loop.torn = self.estimator_, self._torn
        loop.past, loop.kept = self._past, self._kept
        return loop

    def _show(self, loop: Loop) -> None:
        """Make the state after a complete round that of the learner."""
        self.estimator_ = loop.fitted
        self.classes_ = loop.classes
        self.history_ = loop.history
        self.labeled_rows_ = loop.rows
        self.n_labeled_ = len(loop.rows)
        self._root, self._past, self._kept, self._noted = loop.root, loop.past, loop.kept, None

    # doing: people answer

    def query(
        self,
        X: Any,
        n: int | None = None,
        *,
        candidates: ArrayLike | None = None,
        return_utility: bool = False,
    ) -> Any:
        """Choose rows of a pool to label next. Changes nothing: asked again, the answer is equal.

        Parameters
        ----------
        X : array, memmap, sparse matrix, DataFrame, tensor or list of shape (n_samples, ...)
            The pool. Rows that were taught are never chosen; they are recognised by their
            content, wherever they stand in X.
        n : int, default=None
            How many; None is `query_size`, or `init_size` while nothing was taught.
        candidates : int array, default=None
            Rows of X to choose from; None is all.
        return_utility : bool, default=False

        Returns
        -------
        rows : int array of shape (n,)
            In the order in which they are to be asked.
        utility : array of shape (n,)
            If `return_utility`: larger was asked first; NaN where the strategy has none.
        """
        self._validate_params()
        _, strategy, _ = check_parts(self)
        fitted = hasattr(self, "estimator_")
        X = check_inputs(self, X, reset=not fitted, remember=fitted)
        rows = check_candidates(candidates, n_rows(X))
        taught = self._taught.rows_in(X) if fitted else np.empty(0, dtype=np.intp)
        rows = np.setdiff1d(rows, taught) if candidates is None else rows[~np.isin(rows, taught)]
        n = check_query_n(n, self._default_n(n_rows(X)), len(rows))
        if fitted and (len(self.classes_) > 1 or not compares_classes(strategy)):
            choice = self._choose(strategy, X, rows, taught, n)
        else:
            choice = self._choose_first(X, rows, n)
        chosen = rows[choice.positions]
        return (chosen, choice.utility) if return_utility else chosen

    def _default_n(self, n_pool: int) -> int:
        size = self.query_size if hasattr(self, "estimator_") else self.init_size
        name = "query_size" if hasattr(self, "estimator_") else "init_size"
        return DEFAULT_QUERY if size is None else as_count(name, size, n_pool)

    def _choose(
        self, strategy: Strategy, X: Any, rows: NDArray[np.intp], taught: NDArray[np.intp], n: int
    ) -> Choice:
        in_pool = bool((taught >= 0).all())  # then an array of features serves them too
        evidence = Evidence(
            self.estimator_,
            X,
            rows,
            classes=self.classes_,
            X_labeled=X if in_pool else self._taught.X,
            rows_labeled=taught if in_pool else np.arange(len(self._taught)),
            y_labeled=self._taught.y,
            rounds=self._taught.rounds,
            seed=seed_of(self._root, len(self.history_)),
            past=self._past,
            pool_cache=self._kept,
        )
        choice = strategy.choose(evidence, n, stream(self._root, len(self.history_), QUERY))
        if choice.notes is not None:
            self._noted = choice.notes  # they count from the next teach on
        return choice

    def _choose_first(self, X: Any, rows: NDArray[np.intp], n: int) -> Choice:
        refuse_to_teach(self.pseudo_labels)
        initial = check_initial(self.initial)
        if initial is None:
            raise ValueError(
                "initial='stratified' reads the labels, which only fit knows; set "
                "initial='random' or a strategy that needs no labels before query."
            )
        seed = copy.deepcopy(check_random_state(self.random_state))  # drawn from by teach
        root, round_ = getattr(self, "_root", new_seed(seed)), len(getattr(self, "history_", ()))
        evidence = Evidence(None, X, rows, pool_cache=getattr(self, "_kept", None))
        return initial.choose(evidence, n, stream(root, round_, QUERY))

    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        rows: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Learn from new labels, as the training mode says; starts an unfitted learner too.

        Parameters
        ----------
        X : (n_new, ...)
            The labelled rows themselves, such as ``pool[rows]``.
        y : array of shape (n_new,)
            Their labels.
        classes : array of shape (n_classes,), default=None
            All labels that may ever come. Needed in the first call by the modes that keep
            weights, if the first answers do not show every class.
        rows : int array of shape (n_new,), default=None
            Where these rows stand in the pool; recorded in the history. Without it, `query`
            recognises them by their content.
        **params : dict
            Passed on to the classifier, as in `fit`.

        Returns
        -------
        self
        """
        self._validate_params()
        first = not hasattr(self, "estimator_")
        with unchanged_on_error(self):
            estimator, _, mode = check_parts(self)
            refuse_to_teach(self.pseudo_labels)
            X = check_inputs(self, X, reset=first)
            y = check_labels(y, X)
            taught = Taught.nothing() if first else self._taught
            rows = check_taught_rows(rows, len(y), taught)
            self.classes_ = known_classes(self, y, classes, estimator, mode)
            self._root = self._new_root() if first else self._root
            self._past = getattr(self, "_noted", None) or getattr(self, "_past", None)
            self._noted = None
            self._kept = PoolCache() if first else self._kept
            per_row, constants = split_params(self._routed("partial_fit", params, mode), len(y))
            round_ = 0 if first else len(self.history_)
            self._taught = taught.add(X, y, rows, round_, per_row)
            self._learn(estimator, mode, round_, rows, y, constants)
        return self

    def teach(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        rows: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Learn from answers; the same as `partial_fit`.

        Parameters
        ----------
        X, y, classes, rows, **params
            As in `partial_fit`.

        Returns
        -------
        self
        """
        return self.partial_fit(X, y, classes, rows=rows, **params)

    def _learn(
        self,
        estimator: Any,
        mode: Any,
        round_: int,
        rows: NDArray[np.intp],
        y: NDArray[Any],
        constants: dict[str, Any],
    ) -> None:
        """Train on what was taught, and record it."""
        t = self._taught
        labels = Labels(t.X, np.arange(len(t)), t.y, t.rounds, t.params)
        how = {"estimator": estimator, "mode": mode, "root": self._root, "constants": constants}
        start = perf_counter()
        before = self._weights_before(mode, labels, how)
        self.estimator_, n_trained = train(
            before, labels=labels, classes=self.classes_, one_class_stands_in=True, **how
        )
        self._torn = False
        choice = Choice(rows, np.full(len(rows), np.nan))
        seconds = {"fit": perf_counter() - start}
        record = record_of(round_, len(t), np.nan, choice, y, seconds, n_trained, {})
        self.history_ = History([*getattr(self, "history_", []), record])
        self.labeled_rows_ = t.rows
        self.n_labeled_ = len(t)

    def _weights_before(self, mode: Any, labels: Labels, how: dict[str, Any]) -> Any:
        """What a warm mode goes on from: a copy, so that a refused batch leaves no trace."""
        if not mode.warm or not hasattr(self, "estimator_"):
            return None
        if self._torn:
            return retrain(labels.before(int(labels.rounds[-1])), self.classes_, **how)
        return copy.deepcopy(self.estimator_)
