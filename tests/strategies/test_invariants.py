"""What holds for every strategy, alone or composed."""

import numpy as np
import pytest
from sklearn.base import clone

from skal.evidence import Evidence
from tests.strategies.cases import CASES, COMPOSED, Oracle, evidence_of, random_proba

ALL = {**{name: case.strategy for name, case in CASES.items()}, **COMPOSED}
RANKED = {name: ALL[name] for name, case in CASES.items() if case.utilities is not None}
RANKED |= {name: ALL[name] for name in ("skip nothing", "subsample all", "function of utilities")}

everywhere = pytest.mark.parametrize("strategy", ALL.values(), ids=ALL)
where_ranked = pytest.mark.parametrize("strategy", RANKED.values(), ids=RANKED)


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
    alone = choose(strategy, evidence_of(proba[rows]), 4)
    assert some.positions.tolist() == alone.positions.tolist()


@everywhere
def test_the_same_seed_gives_the_same_answer(strategy):
    evidence = evidence_of(np.full((12, 3), 1 / 3))  # all tied
    first, again = (choose(strategy, evidence, 5, seed=3).positions.tolist() for _ in range(2))
    assert first == again


@everywhere
def test_other_seeds_break_ties_in_other_ways(strategy):
    evidence = evidence_of(np.full((12, 3), 1 / 3))
    found = {tuple(choose(strategy, evidence, 5, seed=s).positions.tolist()) for s in range(8)}
    assert len(found) > 1


@everywhere
def test_ties_favour_no_position(strategy):
    evidence = evidence_of(np.full((6, 2), 0.5))
    rng = np.random.default_rng(0)
    counts = np.zeros(6)
    for _ in range(300):
        counts[strategy.choose(evidence, 1, rng).positions] += 1
    assert counts.min() > 20  # 50 are expected, with a deviation of 6.5


@where_ranked
def test_permuted_candidates_give_the_same_rows(strategy):
    proba = random_proba(30)
    order = np.random.default_rng(5).permutation(30)
    plain = choose(strategy, evidence_of(proba), 9).positions
    permuted = choose(strategy, evidence_of(proba, rows=order), 9).positions
    assert order[permuted].tolist() == plain.tolist()


@where_ranked
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


@where_ranked
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_a_certain_row_never_outranks_a_uniform_one(strategy, n_classes):
    certain = np.eye(n_classes)
    uniform = np.full((3, n_classes), 1 / n_classes)
    proba = np.concatenate([certain, uniform])
    positions = choose(strategy, evidence_of(proba), len(proba)).positions
    assert set(positions[:3].tolist()) == {n_classes, n_classes + 1, n_classes + 2}


@everywhere
def test_probabilities_of_zero_and_one_are_ranked(strategy):
    proba = np.eye(4)[np.arange(12) % 4]
    choice = choose(strategy, evidence_of(proba), 12)
    assert sorted(choice.positions.tolist()) == list(range(12))


@where_ranked
def test_float32_and_float64_agree(strategy):
    proba = random_proba(30).astype(np.float32)
    single = choose(strategy, evidence_of(proba), 9)
    double = choose(strategy, evidence_of(proba.astype(np.float64)), 9)
    assert single.positions.tolist() == double.positions.tolist()
    np.testing.assert_allclose(single.utility, double.utility, rtol=1e-6)


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
    proba = np.repeat(random_proba(4), 5, axis=0)
    assert len(set(choose(strategy, evidence_of(proba), 12).positions.tolist())) == 12


@everywhere
def test_inputs_stay_as_they_were(strategy):
    proba = random_proba(20)
    kept, X, rows = proba.copy(), np.arange(20.0)[:, None], np.arange(20)
    for array in (proba, X, rows):
        array.flags.writeable = False
    choose(strategy, Evidence(Oracle(proba), X, rows, classes=np.arange(4)), 5)
    np.testing.assert_array_equal(proba, kept)


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
