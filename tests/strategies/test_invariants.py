"""What holds for every strategy, alone or composed."""

import numpy as np
import pytest
from sklearn.base import clone

import skal.measures
from skal.evidence import Proba, Scores
from skal.strategies import UtilityStrategy
from tests.strategies.cases import CASES
from tests.strategies.oracle import evidence_of, random_proba

ALL = {name: case.strategy for name, case in CASES.items()}
PLAIN = {name: case.strategy for name, case in CASES.items() if not case.by_chance}
RANKED = {
    name: strategy for name, strategy in PLAIN.items() if isinstance(strategy, UtilityStrategy)
}
RANKED = {name: s for name, s in RANKED.items() if not getattr(s, "gives_positions", False)}
DOUBT = {  # read class probabilities and nothing else
    name: strategy
    for name, strategy in RANKED.items()
    if all(isinstance(need, Proba | Scores) for need in strategy.needs().values())
}

everywhere = pytest.mark.parametrize("strategy", ALL.values(), ids=ALL)
where_no_chance = pytest.mark.parametrize("strategy", PLAIN.values(), ids=PLAIN)
where_ranked = pytest.mark.parametrize("strategy", RANKED.values(), ids=RANKED)
where_doubt_is_ranked = pytest.mark.parametrize("strategy", DOUBT.values(), ids=DOUBT)


def choose(strategy, evidence, n, seed=0):
    return strategy.choose(evidence, n, np.random.default_rng(seed))


@everywhere
@pytest.mark.parametrize("n", [1, 2, 7, 19, 20])
def test_exactly_n_distinct_positions_come_back(strategy, n):
    positions = choose(strategy, evidence_of(random_proba(20)), n).positions
    assert len(positions) == n
    assert len(set(positions.tolist())) == n
    assert set(positions.tolist()) <= set(range(20))


@everywhere
def test_a_single_candidate_is_chosen(strategy):
    assert choose(strategy, evidence_of(random_proba(1)), 1).positions.tolist() == [0]


@everywhere
def test_utilities_belong_to_the_positions(strategy):
    choice = choose(strategy, evidence_of(random_proba(20)), 6)
    assert choice.utility.shape == (6,)
    ranks = not np.isnan(choice.utility).any()
    assert ranks or np.isnan(choice.utility).all()
    assert not ranks or (np.diff(choice.utility) <= 0).all()


@everywhere
def test_positions_count_candidates_and_not_rows(strategy):
    proba = random_proba(40)
    rows = np.arange(5, 40, 2)
    some = choose(strategy, evidence_of(proba, rows=rows), 4)
    part = choose(strategy, evidence_of(proba).part(rows), 4)
    assert some.positions.tolist() == part.positions.tolist()
    assert some.positions.max() < len(rows)


@everywhere
def test_the_same_seed_gives_the_same_answer(strategy):
    evidence = evidence_of(np.full((12, 3), 1 / 3), tied=True)
    first, again = (choose(strategy, evidence, 5, seed=3).positions.tolist() for _ in range(2))
    assert first == again
    assert len(set(first)) == 5


@where_ranked
def test_other_seeds_break_ties_in_other_ways(strategy):
    evidence = evidence_of(np.full((12, 3), 1 / 3), tied=True)
    found = {tuple(choose(strategy, evidence, 5, seed=s).positions.tolist()) for s in range(8)}
    assert len(found) > 1


@where_ranked
def test_ties_favour_no_position(strategy):
    evidence = evidence_of(np.full((6, 2), 0.5), tied=True)
    rng = np.random.default_rng(0)
    counts = np.zeros(6)
    for _ in range(300):
        counts[strategy.choose(evidence, 1, rng).positions] += 1
    assert counts.min() > 20  # 50 are expected, with a deviation of 6.5


@where_no_chance
def test_permuted_candidates_give_the_same_rows(strategy):
    proba = random_proba(30)
    order = np.random.default_rng(5).permutation(30)
    plain = choose(strategy, evidence_of(proba), 9).positions
    permuted = choose(strategy, evidence_of(proba, rows=order), 9).positions
    assert order[permuted].tolist() == plain.tolist()


@where_doubt_is_ranked
def test_permuted_classes_give_the_same_rows(strategy):
    proba = random_proba(30)
    plain = choose(strategy, evidence_of(proba), 9).positions
    permuted = choose(strategy, evidence_of(proba[:, [2, 0, 3, 1]]), 9).positions
    assert permuted.tolist() == plain.tolist()


@where_ranked
def test_the_first_of_many_are_the_many_of_few(strategy):
    evidence = evidence_of(random_proba(30))
    few, many = (choose(strategy, evidence, n).positions.tolist() for n in (4, 15))
    assert many[:4] == few


@where_doubt_is_ranked
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_a_certain_row_never_outranks_a_uniform_one(strategy, n_classes):
    certain = np.eye(n_classes)
    uniform = np.full((3, n_classes), 1 / n_classes)
    proba = np.concatenate([certain, uniform])
    positions = choose(strategy, evidence_of(proba), len(proba)).positions
    assert set(positions[:3].tolist()) == {n_classes, n_classes + 1, n_classes + 2}


@everywhere
@pytest.mark.parametrize("n", [5, 12])
def test_probabilities_of_zero_and_one_are_no_hindrance(strategy, n):
    proba = np.eye(4)[np.arange(12) % 4]
    choice = choose(strategy, evidence_of(proba), n)
    assert len(set(choice.positions.tolist())) == n


@where_no_chance
def test_float32_and_float64_agree(strategy):
    proba = random_proba(30)
    single = choose(strategy, evidence_of(proba.astype(np.float32), dtype=np.float32), 9)
    double = choose(strategy, evidence_of(proba.astype(np.float32).astype(np.float64)), 9)
    assert single.positions.tolist() == double.positions.tolist()
    np.testing.assert_allclose(single.utility, double.utility, rtol=1e-4, atol=1e-6)


@everywhere
def test_blocks_of_any_size_give_the_same_answer(strategy, monkeypatch):
    proba = random_proba(50)
    whole = choose(strategy, evidence_of(proba), 9)
    monkeypatch.setattr(skal.measures, "BLOCK", 40)  # a row or two at a time
    cut = choose(strategy, evidence_of(proba), 9)
    assert cut.positions.tolist() == whole.positions.tolist()
    np.testing.assert_allclose(cut.utility, whole.utility, rtol=1e-9)


@everywhere
def test_a_single_class_is_refused_or_served(strategy):
    evidence = evidence_of(np.ones((9, 1)))
    try:
        positions = choose(strategy, evidence, 4).positions
    except ValueError as refusal:
        assert "two classes" in str(refusal)
    else:
        assert len(set(positions.tolist())) == 4


@everywhere
def test_labels_may_be_strings(strategy):
    proba = random_proba(20, n_classes=3)
    named = evidence_of(proba, classes=["cat", "dog", "eel"])
    numbered = choose(strategy, evidence_of(proba), 5).positions
    assert choose(strategy, named, 5).positions.tolist() == numbered.tolist()


@everywhere
def test_rows_may_be_colour_images(strategy):
    proba = random_proba(20)
    images = choose(strategy, evidence_of(proba, shape=(3, 4, 4)), 5).positions
    assert images.tolist() == choose(strategy, evidence_of(proba), 5).positions.tolist()


@everywhere
def test_duplicates_count_as_rows_of_their_own(strategy):
    rows = np.repeat(np.arange(4), 5)
    choice = choose(strategy, evidence_of(random_proba(4), rows=rows), 12)
    assert len(set(choice.positions.tolist())) == 12


@everywhere
def test_evidence_stays_as_it_was(strategy):
    evidence, other = evidence_of(random_proba(20)), evidence_of(random_proba(20))
    before = other.arrays(strategy.needs())  # measured apart from what the strategy is given
    for array in tables_of(evidence.estimator):
        array.flags.writeable = False
    choose(strategy, evidence, 5)
    after = evidence.arrays(strategy.needs())
    for name in before:
        if isinstance(before[name], np.ndarray):
            np.testing.assert_array_equal(after[name], before[name])


def tables_of(oracle):
    return [value for value in vars(oracle).values() if isinstance(value, np.ndarray)]


@everywhere
def test_choosing_changes_no_parameter(strategy):
    before = {name: repr(value) for name, value in strategy.get_params().items()}
    attributes = sorted(vars(strategy))
    choose(strategy, evidence_of(random_proba(20)), 5)
    assert {name: repr(value) for name, value in strategy.get_params().items()} == before
    assert sorted(vars(strategy)) == attributes


@everywhere
def test_a_clone_chooses_alike(strategy):
    evidence = evidence_of(random_proba(20))
    cloned = choose(clone(strategy), evidence, 5).positions
    assert cloned.tolist() == choose(strategy, evidence, 5).positions.tolist()


@everywhere
def test_no_global_generator_is_moved(strategy, global_rng_untouched):
    choose(strategy, evidence_of(np.full((12, 3), 1 / 3)), 5)
