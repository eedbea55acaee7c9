"""What may be given as a strategy, and what is refused with which words."""

from functools import partial

import numpy as np
import pytest

from skal import ActiveLearner
from skal.evidence import (
    CommitteeProba,
    Embedding,
    Inputs,
    Labeled,
    Labels,
    MCProba,
    Model,
    Proba,
    Scores,
)
from skal.strategies import (
    ALBL,
    STRATEGIES,
    BatchStrategy,
    Blend,
    Choice,
    FunctionStrategy,
    Funnel,
    Margin,
    QueryFunction,
    Strategy,
    Subsample,
    UtilityStrategy,
    check_strategy,
    top,
)
from tests.strategies.cases.uncertainty import P
from tests.strategies.oracle import evidence_of


def choose(strategy, n=2, proba=P, seed=0):
    evidence = evidence_of(proba)
    return check_strategy(strategy).choose(evidence, n, np.random.default_rng(seed))


# ---------------------------------------------------------------- names and objects


def test_the_names_are_those_of_the_five_uncertainty_strategies():
    names = {"random", "least_confidence", "margin", "ratio", "entropy"}
    assert names <= set(STRATEGIES)


def test_an_object_is_taken_as_it_is():
    margin = Margin(temperature=2.0)
    assert check_strategy(margin) is margin


@pytest.mark.parametrize("name", ["marign", ""])
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match=r"is not known; .*sorted\(skal.strategies.STRATEGIES\)"):
        check_strategy(name)


def test_a_class_is_refused_with_the_call_that_was_meant():
    with pytest.raises(TypeError, match=r"Margin is a class; pass Margin\(\)"):
        check_strategy(Margin)


@pytest.mark.parametrize("strategy", [None, 3, ["margin"], {"strategy": "margin"}])
def test_what_is_no_strategy_is_refused(strategy):
    with pytest.raises(
        TypeError, match="`strategy` must be a name, a Strategy object or a function, got"
    ):
        check_strategy(strategy)


@pytest.mark.parametrize("base", [Strategy, UtilityStrategy, BatchStrategy])
def test_a_base_class_cannot_be_made(base):
    with pytest.raises(TypeError, match="abstract"):
        base()


# ---------------------------------------------------------------- functions


def test_a_function_of_probabilities_gives_utilities():
    def doubt(proba):
        return 1 - proba.max(axis=1)

    choice = choose(doubt, n=2)
    assert choice.positions.tolist() == [3, 1]
    np.testing.assert_allclose(choice.utility, [0.65, 0.60])


def test_a_lambda_will_do():
    assert choose(lambda proba: proba[:, 2]).positions.tolist() == [3, 1]


def test_an_object_that_can_be_called_will_do():
    class Doubt:
        def __call__(self, proba):
            return 1 - proba.max(axis=1)

    assert choose(Doubt()).positions.tolist() == [3, 1]


def test_a_partial_function_will_do():
    def column(proba, k):
        return proba[:, k]

    assert choose(partial(column, k=2)).positions.tolist() == [3, 1]


def test_a_function_may_have_defaults_of_its_own():
    def power(proba, exponent=2):
        return -(proba**exponent).sum(axis=1)

    assert choose(power).positions.tolist() == [3, 1]


def test_a_function_with_n_gives_positions():
    def last_rows(proba, n):
        return np.arange(len(proba))[-n:]

    choice = choose(last_rows)
    assert choice.positions.tolist() == [2, 3]
    assert np.isnan(choice.utility).all()


def test_a_function_with_rng_is_given_the_generator():
    def shuffled(inputs, n, rng):
        return rng.permutation(len(inputs))[:n]

    expected = np.random.default_rng(7).permutation(4)[:2]
    assert choose(shuffled, seed=7).positions.tolist() == expected.tolist()


def test_positions_may_be_a_list():
    assert choose(lambda inputs, n: [3, 0]).positions.tolist() == [3, 0]


def test_the_name_of_an_argument_says_what_is_needed():
    for argument, need in [
        ("proba", Proba()),
        ("scores", Scores()),
        ("embedding", Embedding()),
        ("inputs", Inputs()),
        ("mc_proba", MCProba(20)),
        ("committee_proba", CommitteeProba()),
        ("labels", Labels()),
        ("labeled_proba", Labeled(Proba())),
        ("labeled_embedding", Labeled(Embedding())),
        ("labeled_inputs", Labeled(Inputs())),
    ]:
        function = eval(f"lambda {argument}: None")
        assert check_strategy(function).needs() == {argument: need}


@pytest.mark.parametrize(
    "function",
    [
        lambda: None,
        lambda x: None,
        lambda proba, x: None,
        lambda rng: None,
        lambda proba, *, weight: None,
        lambda **arrays: None,
        lambda *arrays: None,
    ],
    ids=["none", "x", "proba x", "rng", "weight", "kwargs", "args"],
)
def test_a_function_with_other_arguments_is_refused_before_any_work(function):
    with pytest.raises(TypeError, match="a function takes some of"):
        check_strategy(function).needs()


@pytest.mark.parametrize("first", ["classifier", "learner", "committee"])
def test_a_first_argument_of_modals_makes_a_query_function(first):
    strategy = check_strategy(eval(f"lambda {first}, X, n_instances=1: [0]"))
    assert isinstance(strategy, QueryFunction)
    assert strategy.needs() == {"model": Model(committee=first == "committee")}


def test_a_function_strategy_is_a_strategy_that_ranks():
    assert isinstance(check_strategy(lambda proba: proba[:, 0]), FunctionStrategy)


# ---------------------------------------------------------------- what comes out is checked


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda proba: proba, r"\(4, 3\)"),
        (lambda proba: proba[:-1, 0], r"\(3,\)"),
        (lambda proba: 1.0, r"\(\)"),
        (lambda proba: proba[:, :1], r"\(4, 1\)"),
    ],
)
def test_utilities_of_another_shape_are_refused(function, shape):
    with pytest.raises(
        ValueError, match=f"utilities must be one number for each .* got shape {shape}; mend"
    ):
        choose(function)


@pytest.mark.parametrize(
    "found",
    [["a"] * 4, np.array(["0.1"] * 4), np.ones(4) * 1j, [[1], [2, 3], [4], [5]], [{}] * 4],
    ids=["texts", "numbers as texts", "complex", "ragged", "objects"],
)
@pytest.mark.parametrize("whole", [lambda part: part, lambda part: Blend(["margin", part])])
def test_utilities_that_are_no_real_numbers_are_refused(found, whole):
    part = check_strategy(lambda proba: found)
    with pytest.raises(TypeError, match="utilities must be real numbers, got .*; mend Function"):
        choose(whole(part))


@pytest.mark.parametrize(
    ("proba", "advice"),
    [
        (P, "what it was given is finite, so mend its own arithmetic"),
        (P * [[1], [np.nan], [1], [1]], "`proba`, which it was given, is not finite either"),
    ],
)
@pytest.mark.parametrize("whole", [lambda part: part, lambda part: Blend([part])])
def test_who_is_at_fault_for_a_utility_that_is_not_finite_is_told(proba, advice, whole):
    part = check_strategy(lambda proba: proba[:, 0] * [1, np.nan, 1, 1])
    with pytest.raises(ValueError, match=advice):
        choose(whole(part), proba=proba)


def sorts(proba):
    proba.sort(axis=1)
    return proba[:, 0]


def fills(proba, n):
    proba[:] = 0
    return np.arange(n)


class Adds(BatchStrategy):
    def needs(self):
        return {"proba": Proba()}

    def select(self, n, rng, proba):
        proba += 1
        return np.arange(n)


@pytest.mark.parametrize(
    "strategy",
    [sorts, fills, Adds(), Blend(["margin", sorts])],
    ids=["sorts", "fills", "adds", "in"],
)
def test_a_strategy_that_changes_what_it_is_given_is_told_to_copy(strategy):
    with pytest.raises(
        ValueError, match="must stay as they are, .* read-only' by .*; work on a copy"
    ):
        choose(strategy)


class Own(Strategy):
    """Gives what it is told to give."""

    def __init__(self, told):
        self.told = told

    def needs(self):
        return {}

    def choose(self, evidence, n, rng):
        return self.told


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (np.arange(2), "`choose` must give a Choice, got ndarray by Own"),
        (None, "`choose` must give a Choice, got NoneType by Own"),
        (Choice([0, 0], [1.0, 1.0]), "positions must be n=2 distinct ints, got .*mend Own"),
        (Choice([0, 99], [1.0, 1.0]), r"positions must lie in .*99\]; mend Own"),
        (Choice([0, 1], [1.0]), r"utilities must be one number .* got shape \(1,\); mend Own"),
    ],
)
@pytest.mark.parametrize(
    "whole",
    [
        lambda own: own,
        Subsample,
        lambda own: Funnel("margin", own, keep=3),
        lambda own: Funnel(own, "margin", keep=1),
        lambda own: ALBL([own, "random"]),
    ],
    ids=["itself", "Subsample", "then", "first", "ALBL"],
)
def test_what_a_choose_of_ones_own_gives_is_checked(told, words, whole):
    X, y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12) % 2
    learner = ActiveLearner(strategy=whole(Own(told)), init_size=4, query_size=2, random_state=0)
    with pytest.raises((TypeError, ValueError), match=words):
        learner.fit(X, y)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_utilities_that_are_not_finite_are_refused(bad):
    def broken(proba):
        return np.array([0.1, bad, 0.2, bad])

    with pytest.raises(
        ValueError, match=r"utilities must be finite, got .* for row 1 \(and for 2 of 4"
    ):
        choose(broken)


def test_a_utility_that_is_not_finite_is_named_by_its_row():
    evidence = evidence_of(np.repeat(P, 5, axis=0), rows=[11, 13, 17])
    strategy = check_strategy(lambda proba: np.array([0.0, np.nan, 0.0]))
    with pytest.raises(ValueError, match="for row 13"):
        strategy.choose(evidence, 1, np.random.default_rng(0))


def test_entropy_by_hand_with_log_of_zero_is_refused_and_not_ranked():
    def naive(proba):
        with np.errstate(all="ignore"):
            return -(proba * np.log(proba)).sum(axis=1)

    with pytest.raises(ValueError, match="nan"):
        choose(naive, proba=np.eye(3))


def test_positions_that_are_not_n_distinct_ints_are_refused():
    for positions in [
        [0, 0],
        [0],
        [0, 1, 2],
        [],
        [[0, 1]],
        [0.0, 1.0],
        [True, False],
        ["0", "1"],
        [None, None],
        3,
    ]:
        with pytest.raises(ValueError, match="positions must be n=2 distinct ints, got"):
            choose(lambda inputs, n, found=positions: found, n=2)


@pytest.mark.parametrize("positions", [[0, 4], [-1, 0]])
def test_positions_out_of_range_are_refused(positions):
    with pytest.raises(ValueError, match=r"positions must lie in 0\.\.3, got"):
        choose(lambda inputs, n: positions, n=2)


def test_a_batch_strategy_is_held_to_n_distinct_positions():
    class Twice(BatchStrategy):
        def needs(self):
            return {}

        def select(self, n, rng):
            return np.zeros(n, dtype=int)

    with pytest.raises(ValueError, match=r"must be n=2 distinct .*mend Twice\(\)"):
        choose(Twice())


def test_a_batch_strategy_is_given_n_the_generator_and_its_arrays():
    class Farthest(BatchStrategy):
        def needs(self):
            return {"inputs": Inputs()}

        def select(self, n, rng, inputs):
            return np.argsort(-inputs[:, 0])[:n]

    choice = choose(Farthest(), n=3)
    assert choice.positions.tolist() == [3, 2, 1]
    assert np.isnan(choice.utility).all()


def test_utilities_may_be_whole_numbers():
    assert choose(lambda proba: np.array([3, 1, 4, 1]), n=1).positions.tolist() == [2]


# ---------------------------------------------------------------- top


def test_top_gives_the_largest_first():
    rng = np.random.default_rng(0)
    assert top(np.array([0.1, 0.9, 0.5, 0.7]), 3, rng).tolist() == [1, 3, 2]


def test_top_of_none_is_empty():
    assert top(np.array([0.1, 0.9]), 0, np.random.default_rng(0)).tolist() == []


def test_top_draws_among_the_tied_at_its_edge_only():
    u = np.array([0.5, 0.9, 0.5, 0.1, 0.5])
    found = {tuple(top(u, 2, np.random.default_rng(s)).tolist()) for s in range(40)}
    assert found == {(1, 0), (1, 2), (1, 4)}


def test_top_orders_the_tied_at_random():
    u = np.array([0.5, 0.5])
    found = {tuple(top(u, 2, np.random.default_rng(s)).tolist()) for s in range(20)}
    assert found == {(0, 1), (1, 0)}


def test_top_agrees_with_a_full_sort():
    u = np.random.default_rng(3).random(500)
    for n in (1, 17, 499, 500):
        assert top(u, n, np.random.default_rng(0)).tolist() == np.argsort(-u)[:n].tolist()


# ---------------------------------------------------------------- slips in a class of one's own


class Slip(UtilityStrategy):
    """Needs what it is told to need."""

    def __init__(self, told):
        self.told = told

    def needs(self):
        return self.told

    def utility(self, **arrays):
        return np.zeros(len(P))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            [Proba()],
            r"`needs` must give a dict .* got \[Proba\(\)\] by Slip.*write such as {'proba'",
        ),
        (Proba(), r"`needs` must give a dict .* got Proba\(\) by Slip"),
        (None, r"`needs` must give a dict .* got None by Slip"),
        ({"proba": Proba}, r"got 'proba': <class .*Proba'> by Slip.*; write Proba\(\)\."),
        ({"proba": "proba"}, r"got 'proba': 'proba' by Slip.*; write such as Proba\(\)\."),
    ],
)
def test_needs_that_are_none_are_refused_with_what_to_write(told, words):
    for refuse in (
        lambda: check_strategy(Slip(told)),
        lambda: check_strategy(Subsample(Slip(told))),
        lambda: Slip(told).choose(evidence_of(P), 1, np.random.default_rng(0)),
    ):
        with pytest.raises(TypeError, match=words):
            refuse()


def test_a_parameter_that_is_stored_under_another_name_is_refused():
    class Renamed(Margin):
        def __init__(self, sharpness=1):
            super().__init__()
            self.power = sharpness

    for refuse in (
        lambda: check_strategy(Renamed()),
        lambda: check_strategy(Subsample(Renamed())),
        lambda: Renamed().choose(evidence_of(P), 1, np.random.default_rng(0)),
        lambda: ActiveLearner(strategy=Renamed()).fit(np.eye(9), [0, 1, 2] * 3),
    ):
        with pytest.raises(
            TypeError,
            match=r"`sharpness` must be stored by Renamed.__init__ .*self.sharpness = sharpness",
        ):
            refuse()
