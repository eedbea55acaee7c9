"""What holds for every strategy, alone or composed; a test looks at one shared run."""

import re

import numpy as np
import pytest
from sklearn.base import clone

import skal.measures
from skal.evidence import Proba, Scores
from skal.strategies import UtilityStrategy
from tests.strategies.cases import CASES
from tests.strategies.oracle import evidence_of, random_proba


def id_of(case):
    """The setting; without the address of a function, which every worker has another of."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(case.strategy))


ALL = {id_of(case): case.strategy for case in CASES.values()}  # each setting once
PLAIN = {id_of(case): case.strategy for case in CASES.values() if not case.by_chance}
RANKED = {
    name: strategy
    for name, strategy in PLAIN.items()
    if isinstance(strategy, UtilityStrategy) and not getattr(strategy, "gives_positions", False)
}
OF_PROBA = {  # read class probabilities and nothing else
    name: strategy
    for name, strategy in RANKED.items()
    if all(isinstance(need, Proba | Scores) for need in strategy.needs().values())
}

everywhere = pytest.mark.parametrize("strategy", ALL.values(), ids=ALL)
where_no_chance = pytest.mark.parametrize("strategy", PLAIN.values(), ids=PLAIN)
where_ranked = pytest.mark.parametrize("strategy", RANKED.values(), ids=RANKED)
where_proba_is_ranked = pytest.mark.parametrize("strategy", OF_PROBA.values(), ids=OF_PROBA)


def choose(strategy, evidence, n, seed=0):
    return strategy.choose(evidence, n, np.random.default_rng(seed))


def rows(strategy, evidence, n=5, seed=0):
    return choose(strategy, evidence, n, seed).positions.tolist()


@everywhere
def test_n_distinct_candidates_come_back_with_their_utilities(strategy):
    pool = evidence_of(random_proba(20))
    certain = evidence_of(np.eye(4)[np.arange(12) % 4])  # probabilities of 0 and 1
    copies = evidence_of(random_proba(4), rows=np.repeat(np.arange(4), 5))
    for evidence, sizes in [
        (pool, (1, 7, 20)),
        (evidence_of(random_proba(1)), (1,)),
        (certain, (5, 12)),
        (copies, (12,)),
    ]:
        for n in sizes:
            choice = choose(strategy, evidence, n)
            assert len(choice.positions) == len(choice.utility) == n
            assert len(set(choice.positions.tolist()) & set(range(len(evidence)))) == n
            ranks = not np.isnan(choice.utility).any()
            assert ranks or np.isnan(choice.utility).all()
            assert not ranks or (np.diff(choice.utility) <= 0).all()
    try:
        assert len(set(rows(strategy, evidence_of(np.ones((9, 1))), 4))) == 4
    except ValueError as refusal:  # of a single class
        assert "two classes" in str(refusal)


@everywhere
def test_the_answer_depends_on_nothing_but_evidence_and_seed(strategy, monkeypatch):
    proba = random_proba(20, n_classes=3)
    plain = rows(strategy, evidence_of(proba))
    assert rows(clone(strategy), evidence_of(proba)) == plain
    assert rows(strategy, evidence_of(proba, classes=["cat", "dog", "eel"])) == plain
    assert rows(strategy, evidence_of(proba, shape=(3, 4, 4))) == plain  # colour images
    some = np.arange(3, 20, 2)  # positions count candidates and not rows
    part = rows(strategy, evidence_of(proba).part(some))
    assert rows(strategy, evidence_of(proba, rows=some)) == part
    assert max(part) < len(some)
    monkeypatch.setattr(skal.measures, "BLOCK", 40)  # a row or two at a time
    assert rows(strategy, evidence_of(proba)) == plain


@everywhere
def test_choosing_changes_nothing(strategy, global_rng_untouched):
    evidence, other = evidence_of(random_proba(20)), evidence_of(random_proba(20))
    before = other.arrays(strategy.needs())  # measured apart from what the strategy is given
    for table in vars(evidence.estimator).values():
        if isinstance(table, np.ndarray):
            table.flags.writeable = False
    params = {name: repr(value) for name, value in strategy.get_params().items()}
    attributes = sorted(vars(strategy))
    rows(strategy, evidence)
    assert {name: repr(value) for name, value in strategy.get_params().items()} == params
    assert sorted(vars(strategy)) == attributes
    after = evidence.arrays(strategy.needs())
    for name, array in before.items():
        if isinstance(array, np.ndarray):
            np.testing.assert_array_equal(after[name], array)


@where_no_chance
def test_neither_order_nor_dtype_of_the_pool_matters(strategy):
    proba, order = random_proba(30).astype(np.float32), np.random.default_rng(5).permutation(30)
    double = choose(strategy, evidence_of(proba.astype(np.float64)), 9)
    single = choose(strategy, evidence_of(proba, dtype=np.float32), 9)
    assert single.positions.tolist() == double.positions.tolist()
    np.testing.assert_allclose(single.utility, double.utility, rtol=1e-4, atol=1e-6)
    permuted = choose(strategy, evidence_of(proba.astype(np.float64), rows=order), 9).positions
    assert order[permuted].tolist() == double.positions.tolist()


@where_ranked
def test_a_ranking_is_one_and_breaks_ties_at_random(strategy):
    assert rows(strategy, evidence_of(random_proba(30)), 15)[:4] == rows(
        strategy, evidence_of(random_proba(30)), 4
    )
    tied, rng = evidence_of(np.full((6, 2), 0.5), tied=True), np.random.default_rng(0)
    assert rows(strategy, tied, seed=3) == rows(strategy, tied, seed=3)
    counts = np.zeros(6)
    for _ in range(300):
        counts[strategy.choose(tied, 1, rng).positions] += 1
    assert counts.min() > 20  # 50 are expected, with a deviation of 6.5


@where_proba_is_ranked
def test_classes_have_no_order_and_a_uniform_row_outranks_a_certain_one(strategy):
    proba = random_proba(30)
    assert rows(strategy, evidence_of(proba[:, [2, 0, 3, 1]])) == rows(strategy, evidence_of(proba))
    for n_classes in (2, 3, 10):
        extremes = np.concatenate([np.eye(n_classes), np.full((3, n_classes), 1 / n_classes)])
        first = rows(strategy, evidence_of(extremes), 3)
        assert set(first) == {n_classes, n_classes + 1, n_classes + 2}
