"""Which parameters are refused, where, and with which words."""

import ast
import inspect
import re

import numpy as np
import pytest
from sklearn.base import clone

from skal import ActiveLearner
from skal.evidence import Proba
from skal.strategies import (
    ALBL,
    BADGE,
    BALD,
    BIM,
    CAL,
    EGL,
    EPIG,
    FALCUN,
    FRE,
    GALAXY,
    STRATEGIES,
    Auto,
    BALanCe,
    BatchBALD,
    BatchStrategy,
    Blend,
    ClassQuota,
    ClusterBased,
    ClusterMargin,
    DeepFool,
    DropQuery,
    ExpectedErrorReduction,
    FacilityLocation,
    Funnel,
    InformationDensity,
    KernelHerding,
    Margin,
    MeanStd,
    Power,
    ProbCover,
    Product,
    RealWorldDiversity,
    RepresentativeClusters,
    Schedule,
    Skip,
    SparseApproximation,
    Subsample,
    TypiClust,
    UtilityStrategy,
    VariationRatio,
    VoteEntropy,
    check_strategy,
)
from tests.strategies.cases import CASES
from tests.strategies.oracle import evidence_of, random_proba

BY_KIND = {type(case.strategy).__name__: case.strategy for case in CASES.values()}
RNG = np.random.default_rng(0)
INF, NAN = float("inf"), float("nan")
NO_COUNT = [0, -1, 1.5, None, "1", True]
NO_POSITIVE = [0.0, -1.0, INF, NAN, None, "1", True]
AT_EDGE = {  # parameter: values that are just right, values that are just wrong
    (Auto, "per_class"): ([0, 5], [-1, 1.5, True]),
    (ALBL, "delta"): ([0.1, 0.999], [0.0, 1.0, "1"]),
    (ALBL, "p_min"): ([None, 0.01, 1 / 3], [0.0, 0.34, -0.1]),
    (BALD, "n_passes"): ([2, np.int64(3)], [1, 2.0, None, True]),
    (BatchBALD, "n_passes"): ([2], [1]),
    (BatchBALD, "max_configurations"): ([1], NO_COUNT),
    (BatchBALD, "max_candidates"): ([1], NO_COUNT),
    (BALanCe, "n_pairs"): ([1], NO_COUNT),
    (BALanCe, "threshold"): ([None, 0, 1.0], [-0.1, 1.1, "1"]),
    (BALanCe, "anneal_ratio"): ([0, 2.5], [-0.1, NAN, None]),
    (BIM, "step"): ([0.05, 1], NO_POSITIVE),
    (BIM, "max_steps"): ([1], NO_COUNT),
    (CAL, "n_neighbors"): ([1], NO_COUNT),
    (ClusterBased, "n_clusters"): (["auto", 1], [0, "many", None]),
    (ClusterBased, "max_candidates"): ([None, 1], [0, 1.5]),
    (ClusterBased, "quotas"): ([(0, 0, 1), [1, 1, 3]],
                               [(0, 0, 0), (1, 1), (-1, 1, 1), (1, 1, 0.5)]),
    (ClusterMargin, "factor"): ([1, 1.5], [0.99, INF, None]),
    (ClusterMargin, "distance"): ([None, 0.1], [0, -1.0]),
    (ClusterMargin, "max_clustered"): ([2], [1, 2.5]),
    (ClusterMargin, "within"): (["random", "margin"], ["far", None]),
    (DeepFool, "max_steps"): ([1], NO_COUNT),
    (DeepFool, "overshoot"): ([0, 0.02], [-0.01, INF, None]),
    (DropQuery, "p"): ([0.01, 0.99], [0, 1, None]),
    (DropQuery, "n_passes"): ([1], NO_COUNT),
    (DropQuery, "factor"): ([1], [0.99]),
    (EGL, "norm"): (["l1", "l2"], ["l3", 2]),
    (EPIG, "n_targets"): ([1], NO_COUNT),
    (ExpectedErrorReduction, "loss"): (["log", "zero_one"], ["hinge"]),
    (ExpectedErrorReduction, "max_candidates"): ([1], NO_COUNT),
    (FacilityLocation, "similarity"): (["cosine", "euclidean"], ["rbf"]),
    (FacilityLocation, "max_reference"): ([1], NO_COUNT),
    (FALCUN, "gamma"): ([0, 10], [-1, INF]),
    (FRE, "variance"): ([0.001, 1], [0, 1.001, "most"]),
    (Funnel, "keep"): ([1, 10, 0.01, 1.0], [0, 0.0, 1.5, True, "10"]),
    (GALAXY, "order"): ([1], NO_COUNT),
    (InformationDensity, "beta"): ([0, 2.5], [-0.1, INF, None]),
    (InformationDensity, "similarity"): (["cosine", "euclidean"], ["rbf"]),
    (InformationDensity, "max_reference"): ([1], NO_COUNT),
    (KernelHerding, "sigma"): (["median", 0.1], [*NO_POSITIVE, "mean"]),
    (Margin, "temperature"): ([0.01, 2], NO_POSITIVE),
    (MeanStd, "ddof"): ([0, 1], [-1, 2]),
    (Power, "beta"): ([0.01, INF], [0, -1.0, NAN, None, "1"]),
    (ProbCover, "delta"): (["auto", 0.1], [*NO_POSITIVE, "median"]),
    (ProbCover, "n_clusters"): ([None, 2], [1, 2.5]),
    (ProbCover, "max_edges"): ([1], NO_COUNT),
    (RepresentativeClusters, "n_clusters"): ([1], NO_COUNT),
    (Schedule, "by"): (["labels", "rounds"], ["hours"]),
    (Schedule, "stages"): ([[(0, "margin")], [(0, "margin"), (1, "entropy")]],
                           [[], [(1, "margin")], [(0, "margin"), (0, "entropy")]]),
    (ClassQuota, "targets"): ([None, [0, 1]], [[-1, 2], [0, 0]]),
    (Skip, "n_skip"): ([0, 8], [-1, 1.5, None, True]),
    (SparseApproximation, "alpha"): ([0, 2.5], [-0.1, INF]),
    (SparseApproximation, "beta"): ([0, 2.5], [-0.1, INF]),
    (SparseApproximation, "n_passes"): ([2], [1]),
    (Subsample, "max_candidates"): ([1, 0.01, 1.0], [0, 0.0, 1.5, -3, True, "all"]),
    (TypiClust, "max_clusters"): ([1], NO_COUNT),
    (TypiClust, "min_size"): ([0], [-1, 0.5]),
    (TypiClust, "n_neighbors"): ([1], NO_COUNT),
    (VariationRatio, "kind"): (["votes", "mean"], ["vote"]),
    (VoteEntropy, "normalize"): ([False, "classes", "members"], [True, "draws", None]),
    (Blend, "on"): (["ranks", "values"], ["scores"]),
    (Blend, "weights"): ([None, [1, 2]], [[1], [1, 2, 3]]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"), AT_EDGE, ids=lambda part: getattr(part, "__name__", part)
)
def test_parameters_end_where_they_are_said_to_end(kind, name):
    right, wrong = AT_EDGE[kind, name]
    for value in right:
        kind(**{name: value}).check_params()
    for value in wrong:
        with pytest.raises(ValueError, match=f"`{name}` must (be|lie|start)"):
            kind(**{name: value}).check_params()


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_wrong_parameter_is_refused_before_any_work(kind):
    strategy = BY_KIND[kind]
    for name in strategy._parameter_constraints:
        if name not in strategy.get_params(deep=False):
            continue
        wrong = clone(strategy).set_params(**{name: object()})
        for refuse in (
            wrong.check_params,
            lambda wrong=wrong: check_strategy(wrong),
            lambda wrong=wrong: wrong.choose(evidence_of(random_proba(9)), 2, RNG),
            lambda wrong=wrong: ActiveLearner(strategy=Subsample(wrong)).fit(
                np.eye(9), [0, 1, 2] * 3
            ),
        ):
            with pytest.raises(ValueError, match=rf"`{name}` must be .*, got <object"):
                refuse()


def test_needs_are_stated_whatever_the_parameters_are():
    assert STRATEGIES["entropy"](temperature=-1).needs() == {"proba": Proba()}


def test_every_parameter_is_declared_or_judged_by_another():
    by_another = {"space", "strategy", "strategies", "weights", "quotas", "targets", "X_validation"}
    for kind in STRATEGIES.values():
        declared = set(kind._parameter_constraints)
        assert set(kind().get_params(deep=False)) <= declared | by_another


def test_defaults_are_those_of_the_docstring():
    for kind in {type(case.strategy) for case in CASES.values()}:
        for name, parameter in inspect.signature(kind).parameters.items():
            said = re.findall(rf"^ +{name} : [^\n]*default=(.+)$", kind.__doc__, re.MULTILINE)
            if parameter.default is parameter.empty:
                assert not said, (kind, name)
            else:
                assert ast.literal_eval(said[0]) == parameter.default, (kind, name)


@pytest.mark.parametrize(
    "strategy",
    [
        Skip(Margin(temperature=0)),
        Blend(["margin", Blend(["entropy", Margin(temperature=0)])]),
        Funnel("entropy", Power(Margin(temperature=0))),
        Schedule([(0, "random"), (9, Margin(temperature=0))]),
        RealWorldDiversity(np.zeros(9), Margin(temperature=0)),
        ALBL(["random", Margin(temperature=0)]),
    ],
    ids=lambda strategy: type(strategy).__name__,
)
def test_a_wrong_parameter_is_found_at_any_depth(strategy):
    with pytest.raises(ValueError, match="`temperature` must be .*change that parameter of Margin"):
        check_strategy(strategy)


def test_no_list_of_strategies_is_refused():
    for kind in [Blend, Product, ALBL]:
        for strategies in ["margin", []]:
            with pytest.raises(TypeError, match="`strategies` must be a list"):
                kind(strategies).check_params()


def test_a_bandit_needs_two_strategies():
    with pytest.raises(TypeError, match="`strategies` must be a list of two or more"):
        ALBL(["margin"]).check_params()


# ---------------------------------------------------------------- names


@pytest.fixture
def no_traces():
    before = dict(STRATEGIES)
    yield
    STRATEGIES.clear()
    STRATEGIES.update(before)


def define(name, module="notebook", qualname="Mine"):
    body = {
        "name": name,
        "needs": lambda self: {},
        "utility": lambda self: np.zeros(9),
        "__module__": module,
        "__qualname__": qualname,
    }
    return type(qualname, (UtilityStrategy,), body)


def test_a_strategy_of_ones_own_is_found_by_its_name(no_traces):
    mine = define("mine")
    assert type(check_strategy("mine")) is mine


def test_a_cell_may_be_run_again(no_traces):
    define("mine")
    again = define("mine")
    assert STRATEGIES["mine"] is again


@pytest.mark.parametrize(("module", "qualname"), [("notebook", "Other"), ("other", "Mine")])
def test_a_name_that_is_taken_is_refused(no_traces, module, qualname):
    mine = define("mine")
    with pytest.raises(
        ValueError, match=r"`name` must be one .* got 'mine', which is notebook.Mine"
    ):
        define("mine", module, qualname)
    assert STRATEGIES["mine"] is mine


def test_an_heir_without_a_name_of_its_own_takes_none(no_traces):
    class Heir(BADGE):
        pass

    assert STRATEGIES["badge"] is BADGE
    assert Heir not in STRATEGIES.values()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("coreset", r"got 'coreset', by which 'k_center' is known too"),
        ("Uncertainty", r"by which 'least_confidence' is known too"),
        ("Mar-Gin", r"got 'Mar-Gin', which is skal.*\.Margin by the name 'margin'"),
        (5, r"a word of letters a-z, .* got 5; give Mine another one"),
        ("", "got ''; give Mine"),
        ("_-", "got '_-'; give Mine"),
        ("my strat", "got 'my strat'; give Mine"),
        ("größe", "got 'größe'; give Mine"),
    ],
)
def test_a_name_that_would_be_read_as_another_or_as_none_is_refused(no_traces, name, words):
    before = dict(STRATEGIES)
    with pytest.raises(ValueError, match=f"`name` must be .*{words}"):
        define(name)
    assert before == STRATEGIES


# ---------------------------------------------------------------- slips in a declaration


def refusals(strategy):
    """Where a strategy that is declared wrongly is refused, all before any training."""
    return (
        lambda: check_strategy(strategy),
        lambda: check_strategy(Blend(["margin", strategy])),
        lambda: strategy.choose(evidence_of(random_proba(9)), 2, RNG),
        lambda: ActiveLearner(strategy=strategy).fit(np.eye(9), [0, 1, 2] * 3),
    )


def own(base=UtilityStrategy, **body):
    """An object of a class of one's own with one parameter, `beta`, but for what `body` says."""

    def init(self, beta=1.0):
        self.beta = beta

    usual = {
        "__init__": init,
        "needs": lambda self: {"proba": Proba()},
        "utility": lambda self, proba: proba[:, 0],
    }
    return type("Mine", (base,), usual | body)()


def init_of_options(self, **options):
    self.options = options


def utility(self, porba): ...


def select(self, proba, n, rng): ...


def swapped(self, rng, n, proba): ...


swapped.__name__ = "select"


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (own(__init__=init_of_options), r"`__init__` of Mine must name .*, got \*\*options,"),
        (own(_parameter_constraints=[]), r"of Mine must be a dict .* got \[\]; write such"),
        (own(_parameter_constraints={"bta": [None]}), "of Mine .* got 'bta'; write 'beta'"),
        (own(_parameter_constraints={"beta": "boolean"}), "of Mine .* got 'boolean' for 'beta'"),
        (own(_parameter_constraints={"beta": ["b"]}), "of Mine .* for 'beta' .*constraint type: b"),
        (own(utility=utility), r"`utility` must take what .*\['proba'\], got \['porba'\]; .*Mine"),
        (own(utility=lambda: None), "`utility` must take self first, got no .* in Mine; write"),
        (own(needs=lambda self: {}), r"take what `needs` gives, \[\], got \['proba'\]"),
        (own(BatchStrategy, select=select), r"take n, rng and .* got \['proba', 'n', 'rng'\]"),
        (own(BatchStrategy, select=swapped), r"take n, rng and .* got \['rng', 'n', 'proba'\]"),
        (own(needs={"proba": Proba()}), r"`needs` must be a method, got {.* by Mine; write def"),
        (own(needs=property(lambda self: {"proba": Proba()})), "`needs` must be a method, got {"),
    ],
)  # fmt: skip
def test_a_slip_in_a_class_of_ones_own_is_named_before_any_work(strategy, words):
    for refuse in refusals(strategy):
        with pytest.raises(TypeError, match=words):
            refuse()


def test_a_class_of_ones_own_may_leave_arguments_to_their_defaults_and_parameters_unchecked():
    check_strategy(own(utility=lambda self, proba, power=2: proba[:, 0]))
    check_strategy(own(_parameter_constraints={"beta": "no_validation"}))
    check_strategy(own(_parameter_constraints={}))


def test_an_heir_with_fewer_parameters_keeps_what_its_base_declares():
    class Plain(Margin):
        def __init__(self):
            super().__init__()

    check_strategy(Plain())
