"""Strategies that hold others, in one way and at any depth."""

import numpy as np
import pytest
from scipy.stats import rankdata

from skal.evidence import Embedding, Labeled, MCProba, Proba, Scores
from skal.strategies import (
    ALBL,
    EPIG,
    Blend,
    ClassQuota,
    DeepFool,
    Entropy,
    Funnel,
    InformationDensity,
    Margin,
    Power,
    Product,
    RankedBatch,
    RealWorldDiversity,
    Schedule,
    Skip,
    Softmax,
    SoftRank,
    Subsample,
    UtilityStrategy,
)
from tests.strategies.oracle import evidence_of, random_proba

UNIT = Entropy(normalize=True)
RANKINGS = {
    "blend": Blend(["entropy", "least_confidence"], weights=[1, 2]),
    "nested": Blend([Blend(["margin", "entropy"]), InformationDensity("entropy")], [1, 2]),
    "product": Product(["entropy", InformationDensity(Blend(["margin", "bald"]))]),
    "density of blend": InformationDensity(Blend(["margin", "entropy"])),
    "epig": EPIG(n_targets=5),
    "density of epig": InformationDensity(EPIG(n_targets=5)),
}
HALVES = np.arange(38) % 2  # 30 candidates and 8 labelled rows
WRAPPERS = [Skip, Power, Softmax, SoftRank, InformationDensity, RankedBatch]


def choose(strategy, evidence, n=6):
    return strategy.choose(evidence, n, np.random.default_rng(0)).positions.tolist()


def test_a_ranked_batch_takes_blends_of_blends_as_they_are():
    strategy = RankedBatch(Blend([Blend(["margin", "entropy"]), "least_confidence", "ratio"]))
    assert len(set(choose(strategy, evidence_of(random_proba(30))))) == 6


def test_the_needs_of_a_part_carry_its_number_at_any_depth():
    strategy = Blend([Blend(["margin", "entropy"]), InformationDensity(EPIG(n_passes=7))])
    needs = strategy.needs()
    assert {name: needs[name] for name in ("scores_0_0", "proba_1_0", "mc_proba_0_1")} == {
        "scores_0_0": Scores(),
        "proba_1_0": Proba(),
        "mc_proba_0_1": MCProba(7),
    }
    assert needs["embedding_1"] == Embedding()
    assert RankedBatch("entropy").needs() == {
        "proba_0": Proba(),
        "embedding": Embedding(),
        "labeled_embedding": Labeled(Embedding(), required=False),
    }


@pytest.mark.parametrize("strategy", RANKINGS.values(), ids=RANKINGS)
def test_a_ranking_is_a_function_of_its_arrays(strategy):
    evidence = evidence_of(random_proba(30))
    utility = strategy.utility(**evidence.arrays(strategy.needs()))
    np.testing.assert_array_equal(utility, strategy.utilities(evidence))
    assert len(set(utility.tolist())) > 5


def test_a_nested_blend_is_the_blend_of_its_parts_ranks():
    evidence = evidence_of(random_proba(30))
    inner, density = Blend(["margin", "entropy"]), InformationDensity("entropy")
    ranks = [(rankdata(part.utilities(evidence)) - 1) / 29 for part in (inner, density)]
    expected = (2 * ranks[0] + 3 * ranks[1]) / 5
    found = Blend([inner, density], weights=[2, 3]).utilities(evidence)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_every_wrapper_holds_a_blend():
    for wrapper in WRAPPERS:
        one = Blend([UNIT], on="values")
        evidence = evidence_of(random_proba(30))
        assert choose(wrapper(one), evidence) == choose(wrapper(UNIT), evidence)


def test_what_does_not_rank_is_refused():
    for wrapper in WRAPPERS:
        words = (
            f"{wrapper.__name__} needs strategies that rank rows by utility, got .* does not rank"
        )
        for inner in ("random", Skip(), Power(), lambda proba, n: range(n)):
            with pytest.raises(TypeError, match=words):
                wrapper(inner).check_params()
            with pytest.raises(TypeError, match=words):
                choose(wrapper(inner), evidence_of(random_proba(9)))


@pytest.mark.parametrize(
    "wrapper",
    [InformationDensity, RankedBatch, Power, lambda inner: Product([inner], on="values")],
)
@pytest.mark.parametrize("inner", ["margin", DeepFool(), "bim", "mase"])
def test_what_is_never_positive_is_not_weighed(wrapper, inner):
    with pytest.raises(ValueError, match="must not be negative, got .* whose never exceed 0; use"):
        wrapper(inner).check_params()


@pytest.mark.parametrize("wrapper", [Skip, Softmax, SoftRank, lambda inner: Product([inner])])
def test_what_is_never_positive_is_ranked(wrapper):
    wrapper("margin").check_params()
    RankedBatch(Margin(normalize=True)).check_params()


def test_the_targets_of_epig_are_those_of_the_query():
    evidence = evidence_of(random_proba(30))
    alone = EPIG(n_targets=5).utilities(evidence)
    held = Blend([EPIG(n_targets=5)], on="values").utilities(evidence)
    np.testing.assert_array_equal(held, alone)
    drawn = np.sort(np.random.default_rng(evidence.seed).choice(30, size=5, replace=False))
    draws = evidence.arrays({"mc_proba": MCProba(20)})["mc_proba"]
    np.testing.assert_array_equal(EPIG().utility(draws, draws[:, drawn]), alone)


@pytest.mark.parametrize("on", ["ranks", "values"])
def test_a_part_that_gives_what_cannot_be_ranked_is_named(on):
    def broken(proba):
        return np.where(np.arange(len(proba)) == 3, np.nan, 1.0)

    def short(proba):
        return proba[1:, 0]

    evidence = evidence_of(random_proba(9))
    with pytest.raises(ValueError, match=r"got nan for row 3 \(and for 1 of 9 .* by .*broken"):
        Blend(["entropy", broken], on=on).utilities(evidence)
    with pytest.raises(ValueError, match=r"of the 9 candidates, got shape \(8,\); mend .*short"):
        Blend(["entropy", short], on=on).utilities(evidence)


# ---------------------------------------------------------------- what is noted inside


class Diary(UtilityStrategy):
    """Notes what it asked."""

    def needs(self):
        return {"proba": Proba()}

    def utility(self, proba):
        return proba[:, 0]

    def choose(self, evidence, n, rng):
        choice = super().choose(evidence, n, rng)
        notes = {"notes": {"asked": choice.utility}, "row_notes": {"asked": choice.utility}}
        return choice._replace(**notes, chance=np.full(n, 0.5))


@pytest.mark.parametrize(
    "strategy",
    [Subsample(Diary()), Funnel("entropy", Diary()), Schedule([(0, Diary())])],
    ids=["subsample", "funnel", "schedule"],
)
def test_the_notes_of_who_chooses_are_kept(strategy):
    choice = strategy.choose(evidence_of(random_proba(20)), 4, np.random.default_rng(0))
    np.testing.assert_array_equal(choice.notes["asked"], choice.utility)


def test_the_notes_of_who_proposes_are_those_of_the_rows_asked():
    proba = random_proba(20)
    choice = Funnel(Diary(), "entropy", keep=2).choose(
        evidence_of(proba), 4, np.random.default_rng(0)
    )
    np.testing.assert_array_equal(choice.row_notes["asked"], proba[choice.positions, 0])
    np.testing.assert_array_equal(choice.notes["asked"], np.sort(proba[:, 0])[:-9:-1])


def test_two_bandits_in_a_funnel_would_read_each_others_notes():
    with pytest.raises(TypeError, match="must not both keep notes"):
        Funnel(ALBL(), Subsample(ALBL())).check_params()


def test_a_bandit_that_proposes_remembers():
    evidence = evidence_of(random_proba(20))
    choice = Funnel(ALBL(), "margin", keep=2).choose(evidence, 4, np.random.default_rng(0))
    assert choice.row_notes["trust"].shape == (4, 3)


def test_a_bandit_in_a_subsample_remembers():
    evidence = evidence_of(random_proba(20))
    choice = Subsample(ALBL()).choose(evidence, 4, np.random.default_rng(0))
    assert choice.row_notes["trust"].shape == (4, 3)
    assert choice.row_notes["advice"].shape == (4, 3)


@pytest.mark.parametrize("strategy", [ClassQuota(Diary()), RealWorldDiversity(HALVES, Diary())])
def test_notes_of_rows_are_kept_where_groups_share_a_batch(strategy):
    choice = strategy.choose(evidence_of(random_proba(30)), 8, np.random.default_rng(0))
    np.testing.assert_array_equal(choice.row_notes["asked"], choice.utility)
    assert choice.notes is None  # of several choices, none speaks for the whole


@pytest.mark.parametrize("strategy", [Subsample(Diary()), Funnel("entropy", Diary())])
def test_a_chance_among_some_is_no_chance_among_all(strategy):
    choice = strategy.choose(evidence_of(random_proba(20)), 4, np.random.default_rng(0))
    assert choice.chance is None


@pytest.mark.parametrize("strategy", [ClassQuota(Margin()), RealWorldDiversity(HALVES)])
def test_a_part_is_given_its_own_needs_only(strategy):
    evidence = evidence_of(random_proba(30))
    assert len(set(choose(strategy, evidence))) == 6
