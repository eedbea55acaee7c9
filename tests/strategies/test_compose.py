"""Skip and Subsample: hand-worked windows, sizes and draws."""

import numpy as np
import pytest

from skal.evidence import Proba
from skal.strategies import Skip, Subsample, UtilityStrategy, check_strategy
from tests.strategies.oracle import evidence_of, random_proba

U = np.array([0.9, 0.1, 0.8, 0.7, 0.6, 0.5])  # ranked 0, 2, 3, 4, 5, 1


class Given(UtilityStrategy):
    """Asks by the first column of the table, which is the utility itself."""

    def needs(self):
        return {"proba": Proba()}

    def utility(self, proba):
        return proba[:, 0]


def evidence_for(utility):
    return evidence_of(np.column_stack([utility, 1 - np.asarray(utility)]))


def chosen(strategy, n, utility=U, seed=0):
    choice = strategy.choose(evidence_for(utility), n, np.random.default_rng(seed))
    return choice.positions.tolist()


# ---------------------------------------------------------------- Skip


def test_skip_steps_over_the_top_of_the_ranking():
    for n_skip, n, expected in [
        (0, 2, [0, 2]),
        (2, 2, [3, 4]),  # the plain slice r[2:2] of the origin gives nothing
        (4, 2, [5, 1]),
        (5, 2, [5, 1]),  # the window moves up, so that n rows come back
        (13, 2, [5, 1]),
        (2, 4, [3, 4, 5, 1]),
        (2, 5, [2, 3, 4, 5, 1]),
        (2, 6, [0, 2, 3, 4, 5, 1]),
        (2, 1, [3]),
    ]:
        assert chosen(Skip(Given(), n_skip=n_skip), n) == expected


def test_skip_gives_the_utilities_of_its_rows():
    choice = Skip(Given(), n_skip=2).choose(evidence_for(U), 2, np.random.default_rng(0))
    np.testing.assert_allclose(choice.utility, [0.7, 0.6])


def test_skip_never_gives_fewer_rows_than_were_asked_for():
    for n_skip in range(12):
        for n in [1, 5, 10]:
            assert len(set(chosen(Skip(Given(), n_skip=n_skip), n, np.linspace(0, 1, 10)))) == n


def test_skip_chooses_at_random_among_the_rows_that_tie_at_its_edge():
    tied = np.array([1.0, 0.5, 0.5, 0.5, 0.0])
    found = {tuple(chosen(Skip(Given(), n_skip=2), 1, tied, seed)) for seed in range(40)}
    assert found == {(1,), (2,), (3,)}


def test_skip_takes_a_numpy_int():
    assert chosen(Skip(Given(), n_skip=np.int64(2)), 2) == [3, 4]


def test_skip_takes_a_function_of_utilities():
    def first_column(proba):
        return proba[:, 0]

    assert chosen(Skip(first_column, n_skip=2), 2) == [3, 4]


def test_nested_parameters_are_reachable():
    from skal.strategies import Entropy

    strategy = Subsample(Skip(Entropy(), n_skip=3), max_candidates=7)
    strategy.set_params(strategy__n_skip=4, strategy__strategy__temperature=2.0)
    assert strategy.strategy.n_skip == 4
    assert strategy.get_params()["strategy__strategy__temperature"] == 2.0


# ---------------------------------------------------------------- Subsample


class Watching(UtilityStrategy):
    """Asks by the first column, and notes how many candidates it was shown."""

    def __init__(self):
        self.seen = []

    def needs(self):
        return {"proba": Proba()}

    def utility(self, proba):
        self.seen.append(len(proba))
        return proba[:, 0]


def test_subsample_shows_so_many_candidates():
    for max_candidates, n, shown in [
        (10, 3, 10),
        (10, 10, 10),
        (10, 25, 25),  # never fewer than are asked for
        (1000, 3, 40),  # never more than there are
        (1, 1, 1),
        (0.25, 3, 10),
        (0.26, 3, 11),  # rounded up
        (0.01, 5, 5),
        (1.0, 3, 40),
    ]:
        inner = Watching()
        positions = chosen(Subsample(inner, max_candidates), n, np.linspace(0, 1, 40))
        assert inner.seen == [shown]
        assert len(set(positions)) == n


def test_subsample_chooses_the_best_of_those_drawn():
    utility = np.random.default_rng(1).permutation(np.linspace(0, 1, 40))
    best = chosen(Subsample(Given(), max_candidates=40), 3, utility)
    assert best == np.argsort(-utility)[:3].tolist()


def test_subsample_maps_positions_back_to_the_candidates():
    utility = np.zeros(50)
    utility[10:] = np.linspace(0.5, 1, 40)
    choice = Subsample(Given(), max_candidates=20).choose(
        evidence_for(utility), 5, np.random.default_rng(2)
    )
    np.testing.assert_array_equal(utility[choice.positions], choice.utility)
    assert choice.positions.max() > 20  # positions in the subsample itself end at 19


def test_subsample_draws_anew_in_every_query():
    strategy, rng = Subsample(Given(), max_candidates=3), np.random.default_rng(0)
    evidence = evidence_for(np.linspace(0, 1, 100))
    found = [strategy.choose(evidence, 3, rng).positions.tolist() for _ in range(2)]
    assert found[0] != found[1]


def test_subsample_draws_every_candidate_alike():
    strategy, rng = Subsample(Given(), max_candidates=2), np.random.default_rng(0)
    evidence = evidence_for(np.linspace(0, 1, 8))
    counts = np.zeros(8)
    for _ in range(400):
        counts[strategy.choose(evidence, 2, rng).positions] += 1
    assert counts.min() > 65  # 100 are expected, with a deviation of 8.7
    assert counts.max() < 135


def test_the_best_of_a_subsample_is_on_average_in_the_top_quantile():
    strategy, rng = Subsample(Given(), max_candidates=9), np.random.default_rng(0)
    evidence = evidence_for(np.linspace(0, 1, 1000))
    ranks = [(999 - strategy.choose(evidence, 1, rng).positions[0]) / 1000 for _ in range(500)]
    assert np.mean(ranks) == pytest.approx(1 / (9 + 1), abs=0.02)


def test_subsample_measures_only_what_it_has_drawn():
    proba = random_proba(100)
    evidence = evidence_of(proba)
    asked = []
    measure = evidence.estimator.measure
    evidence.estimator.measure = lambda X, rows, *rest, **seed: (
        asked.append(len(rows)) or measure(X, rows, *rest, **seed)
    )
    Subsample("entropy", max_candidates=7).choose(evidence, 3, np.random.default_rng(0))
    assert asked == [7]


def test_subsample_of_random_is_random():
    assert len(set(chosen(Subsample("random", max_candidates=4), 3))) == 3


@pytest.mark.parametrize("wrapper", [Skip, Subsample])
def test_an_unknown_name_inside_is_refused(wrapper):
    with pytest.raises(ValueError, match="strategy='marign' is not known"):
        wrapper("marign").needs()


@pytest.mark.parametrize("wrapper", [Skip, Subsample])
def test_a_name_inside_is_resolved_late(wrapper):
    assert wrapper("entropy").get_params()["strategy"] == "entropy"
    assert check_strategy(wrapper("entropy")).needs() == {"proba_0": Proba()}
