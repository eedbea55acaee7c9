import re
from dataclasses import replace

import numpy as np
import pytest

from skal.experiment import Comparison, DataSet, Failure, Run, conclude, summarize
from skal.learner import History

X = np.array([20, 40, 60, 80, 100])
RANDOM = np.array([0.50, 0.60, 0.68, 0.75, 0.80])
MARGIN = np.array([0.50, 0.70, 0.80, 0.84, 0.86])
SHIFTS = np.array([-0.010, 0.004, 0.012, -0.003, -0.003, 0.0])
OWN = np.array([0.002, -0.003, 0.001, 0.004, -0.004, 0.0])


def run(learner, repeat, scores, x=X, data="digits", score="test_score"):
    records = [
        {"round": i, "n_labeled": int(n), score: float(s)}
        for i, (n, s) in enumerate(zip(x, scores, strict=True))
    ]
    return Run(data, learner, repeat, History(records))


def runs(n=5, data="digits", **curves):
    """Repeats of each curve, all shifted alike in a repeat, and a little by themselves."""
    return [
        run(name, k, curve + SHIFTS[k] + i * OWN[(k * i) % 5], data=data)
        for i, (name, curve) in enumerate(curves.items())
        for k in range(n)
    ]


def text(found, failures=(), **options):
    return str(Comparison(found, failures=failures).verdict(**options))


# ---------------------------------------------------------------- one learner


def test_it_says_how_much_a_learner_helps():
    said = text(runs(random=RANDOM, margin=MARGIN), target=0.8)
    assert "digits, by score over 20–100 labels; target 0.80." in said
    assert re.search(
        r"margin helps: it reaches 0\.80 with 60 labels, random needs 100: 40 % fewer, "
        r"95 % interval( without bounds|:? .*), 5 paired seeds; area under the curve "
        r"\+8\.\d+ points \[\d\.\d+, \d\.\d+\], p (= 0\.0\d+|< 0\.0001)\.",
        said,
    )


def test_it_says_plainly_that_a_learner_hurts():
    said = text(runs(margin=MARGIN, random=RANDOM), baseline="margin", target=0.75)
    assert re.search(
        r"random hurts: it reaches 0\.75 with 80 labels, margin needs 50: 60 % more, "
        r"95 % interval 5\d–6\d %, 5 paired seeds; area under the curve -8\.\d",
        said,
    )


def test_it_says_that_a_learner_never_arrives():
    said = text(runs(margin=MARGIN, random=RANDOM), baseline="margin")
    assert "target 0.851, 99 % of what margin reaches at the end" in said
    assert "random hurts: it does not reach 0.851 within 100 labels, margin needs 91: " in said
    assert "at least 9 % more, 95 % interval from any number more to " in said


def test_it_says_that_the_baseline_never_arrives():
    said = text(runs(random=RANDOM, margin=MARGIN), target=0.84)
    assert "it reaches 0.84 with 80 labels, random not within 100: at least 20 % fewer" in said
    assert re.search("95 % interval from 1. % fewer to nearly all", said)


def test_it_says_that_none_arrives():
    said = text(runs(random=RANDOM, margin=MARGIN), target=0.99)
    assert "margin helps: neither reaches 0.99 within 100 labels, 5 paired seeds" in said


def test_it_says_that_a_target_is_too_low():
    said = text(runs(random=RANDOM, margin=MARGIN), target=0.4)
    assert "both reach 0.40 with the first 20 labels, so give a higher target" in said


def test_it_calls_noise_noise_and_says_what_remains_possible():
    found = [run("random", k, RANDOM) for k in range(5)]
    found += [run("margin", k, RANDOM + 3 * OWN[k]) for k in range(5)]
    verdict = Comparison(found).verdict()
    assert verdict.outcomes == {"digits": {"margin": "noise"}}
    # mean 0, deviation 3 * .00339: half the interval is 2.776 * .01017 / 5 ** .5 = .0126
    assert (
        "margin: the difference to random is noise: area +0.0 points [-1.3, 1.3], p = 1 with 5 "
        "pairs; a true difference up to about 1.3 points cannot be excluded." in str(verdict)
    )


def test_one_pair_allows_no_statement():
    said = text(runs(n=1, random=RANDOM, margin=MARGIN))
    assert "margin: no statement is possible with 1 pair (area +8.7 points in it)" in said
    assert "run 5 repeats or more" in said


def test_no_pair_allows_no_statement():
    said = text([run("random", 0, RANDOM), run("margin", 1, MARGIN)])
    assert "no statement is possible, it shares no finished repeat with random" in said


def test_identical_learners_are_called_so():
    found = [run(name, k, RANDOM + SHIFTS[k]) for name in ("random", "r2") for k in range(3)]
    assert "r2 did exactly as random in all 3 pairs" in text(found)


# ---------------------------------------------------------------- what else must be known


def test_a_collapse_is_told():
    collapsed = np.array([0.50, 0.75, 0.80, 0.74, 0.60])
    said = text(runs(random=RANDOM, newest=collapsed))
    assert re.search(
        r"The score of newest falls after its peak, from 0\.80 with 60 labels to 0\.60 with 100: "
        r"20\.0 points \[\d+\.\d+, \d+\.\d+\]",
        said,
    )
    assert "At the end it is the other way round: random is ahead by 20.0 points" in said


def test_a_baseline_that_falls_is_told():
    said = text(runs(random=np.array([0.5, 0.8, 0.8, 0.7, 0.6]), margin=MARGIN))
    assert "The score of random falls after its peak" in said


def test_area_and_labels_may_disagree():
    late = np.array([0.50, 0.74, 0.745, 0.745, 0.84])
    said = text(runs(random=RANDOM, margin=late), target=0.75)
    assert "margin helps: it reaches 0.75 with 81 labels, random needs 80: 1 % more" in said
    assert "Area and labels to the target disagree" in said


def test_corrected_p_values_say_so():
    assert "after Holm" not in text(runs(random=RANDOM, margin=MARGIN))
    assert "after Holm" in text(runs(random=RANDOM, margin=MARGIN, entropy=RANDOM + 0.02))


def test_the_two_best_are_compared():
    said = text(runs(random=RANDOM, margin=MARGIN, entropy=MARGIN - 0.05))
    assert (
        "Of those that help, the largest area has margin; from the next, entropy, it is told apart"
        in said
    )
    said = text(runs(random=RANDOM, margin=MARGIN, entropy=MARGIN - 0.0001))
    assert "it is not told apart" in said


def test_the_limit_of_wilcoxon_is_told_where_it_matters():
    note = "With 5 pairs the Wilcoxon test can never be below 0.0625"
    assert note in text(runs(random=RANDOM, margin=MARGIN))
    assert "Wilcoxon" not in text(runs(n=6, random=RANDOM, margin=MARGIN))
    assert note not in text(runs(random=RANDOM, margin=MARGIN), level=0.9)


def test_few_repeats_are_called_too_few_for_the_interval():
    note = "intervals of savings are too narrow"
    assert note in text(runs(n=3, random=RANDOM, margin=MARGIN))
    assert note not in text(runs(n=5, random=RANDOM, margin=MARGIN))


@pytest.mark.filterwarnings("ignore:.*counted nowhere")  # the text says the same
def test_failed_and_missing_runs_are_told():
    failed = [Failure("digits", "margin", 4, "E"), Failure("digits", "badge", 0, "E")]
    found = [r for r in runs(random=RANDOM, margin=MARGIN) if r.key != ("digits", "margin", 4)]
    found = [r for r in found if r.key != ("digits", "random", 0)]
    said = text(found, failures=failed)
    assert "1 run of margin failed or had no score: not counted." in said
    assert "Only 3 of its 4 runs have a partner." in said
    assert "badge on digits: 1 run failed, none was finished." in said


def test_scores_that_are_no_shares_are_told_as_they_are():
    found = [run("random", k, 10 * RANDOM - 9 + SHIFTS[k]) for k in range(5)]
    found += [run("margin", k, 10 * MARGIN - 9 + SHIFTS[k] + OWN[k]) for k in range(5)]
    said = text(found)
    assert "points" not in said
    assert "area under the curve +0.85 [0.8" in said


def test_the_name_of_the_score_is_told():
    found = [run(name, 0, RANDOM, score="test_f1") for name in ("random", "margin")]
    assert "digits, by f1 over" in text(found)


# ---------------------------------------------------------------- several data sets


def test_each_data_set_has_a_paragraph_and_all_a_sentence():
    found = runs(random=RANDOM, margin=MARGIN)
    found += runs(data="mri", random=RANDOM, margin=RANDOM - 0.05)
    said = text(found)
    parts = said.split("\n\n")
    assert parts[0].startswith("digits, by") and parts[1].startswith("mri, by")
    assert "Over 2 data sets: margin helps on 1, hurts on 1." in parts[2]
    assert "Friedman" not in said  # two learners


def many(n_data):
    return [
        each
        for i in range(n_data)
        for each in runs(n=2, data=f"data {i}", random=RANDOM, margin=MARGIN, entropy=MARGIN - 0.05)
    ]


def test_ranks_over_few_data_sets_are_said_to_say_little():
    said = text(many(2))
    assert "Mean ranks by area, 1 is best: margin 1.00, entropy 2.00, random 3.00." in said
    assert "with 2 data sets and 3 learners it cannot be below 0.14" in said
    assert "this says little" in said


def test_ranks_that_could_never_differ_enough_are_said_to_say_little():
    names = ["random", *(f"learner {i}" for i in range(9))]
    curves = {name: RANDOM + 0.02 * i for i, name in enumerate(names)}
    found = [each for i in range(2) for each in runs(n=2, data=f"data {i}", **curves)]
    said = text(found)  # 9.58 is more than the 9 between first and last
    assert (
        "cannot be below 0.0352, and ranks would have to differ by 9.58: this says little" in said
    )


def test_ranks_over_more_data_sets_have_a_critical_difference():
    said = text(many(6))
    assert "Friedman p = 0.002" in said
    assert "Mean ranks less than 1.35 apart are not told apart (Nemenyi, 95 %)" in said
    assert "only large differences are found" in said


def test_fewer_than_ten_data_sets_are_called_few():
    of_six = Comparison(many(6)).summary()

    def said(n):
        return str(conclude(replace(of_six, ranks=replace(of_six.ranks, n_data=n))))

    assert ["With few data sets" in said(n) for n in (9, 10)] == [True, False]


# ---------------------------------------------------------------- the promise


def null_comparison(rng, n_others, n_pairs=5):
    """Learners that differ by chance only, around what a repeat has in common."""
    found = []
    for k in range(n_pairs):
        common = RANDOM + rng.normal(0, 0.02)
        for name in ("random", *(f"other {i}" for i in range(n_others))):
            noise = rng.normal(0, 0.01) + rng.normal(0, 0.01, 5)
            found.append(run(name, k, common + noise))
    return Comparison(found)


@pytest.mark.parametrize("n", [150, pytest.param(1000, marks=pytest.mark.slow)])
def test_null_comparisons_are_called_noise_at_the_promised_rate(n):
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(n):
        outcomes = null_comparison(rng, n_others=2).verdict().outcomes["digits"]
        wrong += set(outcomes.values()) != {"noise"}
    # 5 % of families at most, and a little less since both tests share the baseline
    error = 3 * (0.05 * 0.95 / n) ** 0.5
    assert 0.045 - error < wrong / n < 0.05 + error


def test_a_comparison_gives_its_verdict():
    comparison = Comparison(runs(random=RANDOM, margin=MARGIN))
    assert str(comparison.verdict(target=0.8)) == str(conclude(summarize(comparison, target=0.8)))
    assert repr(comparison.verdict()) == str(comparison.verdict())


# ---------------------------------------------------------------- unequal ranges, broken learners


def with_tiny():
    """Learners with 20–100 labels, and one that only has the first 20."""
    tiny = [run("tiny", k, [RANDOM[0] + SHIFTS[k]], x=[20]) for k in range(5)]
    return runs(random=RANDOM, margin=MARGIN) + tiny


def test_a_short_learner_changes_nothing_for_the_others():
    verdict = Comparison(with_tiny()).verdict(target=0.8)
    alone = Comparison(runs(random=RANDOM, margin=MARGIN)).verdict(target=0.8)
    assert verdict.outcomes == {"digits": {"margin": "helps", "tiny": "unknown"}}
    assert str(alone).splitlines()[:2] == str(verdict).splitlines()[:2]
    assert "over 20–100 labels" in str(verdict)


def test_a_learner_without_common_labels_allows_no_statement():
    late = [run("late", k, MARGIN[:2], x=[200, 300]) for k in range(5)]
    said = text(runs(random=RANDOM, margin=MARGIN) + late)
    assert (
        "late: no statement is possible, late has scores at 200–300 labels, random at 20–100: "
        "there is no range that both have." in said
    )
    assert "tiny has scores at 20 labels, random at 20–100" in text(with_tiny())
    assert "margin helps" in said


def test_a_learner_is_compared_over_the_labels_that_both_have():
    late = [run("late", k, MARGIN[2:] + SHIFTS[k] + OWN[k], x=X[2:]) for k in range(5)]
    said = text(runs(random=RANDOM, margin=MARGIN) + late)
    assert "digits, by score over 20–100 labels" in said
    (line,) = [line for line in said.splitlines() if line.startswith("late ")]
    assert "Compared over the 60–100 labels that both have." in line
    assert said.count("Compared over") == 1


def test_equal_areas_of_different_curves_are_not_identical():
    other = np.array([0.50, 0.68, 0.60, 0.75, 0.80])  # the same values between, in another order
    found = [
        run(n, k, c + SHIFTS[k]) for n, c in [("random", RANDOM), ("b", other)] for k in (0, 1)
    ]
    verdict = Comparison(found).verdict()
    assert verdict.outcomes == {"digits": {"b": "noise"}}
    assert (
        "b: no difference to random: the areas are equal in all 2 pairs, though the curves are not"
        in str(verdict)
    )


def test_a_shorter_run_of_the_same_curve_is_not_identical():
    found = [run("random", k, RANDOM + SHIFTS[k]) for k in range(3)]
    found += [run("short", k, RANDOM[:3] + SHIFTS[k], x=X[:3]) for k in range(3)]
    assert Comparison(found).verdict().outcomes == {"digits": {"short": "noise"}}


def test_the_largest_area_is_that_over_shared_repeats():
    # in every shared repeat margin is ahead of entropy; entropy's own repeats were the easy ones
    found = [run("random", k, RANDOM + SHIFTS[k]) for k in range(5)]
    found += [run("margin", k, RANDOM + 0.05 + SHIFTS[k] + OWN[k]) for k in range(5)]
    gain = [0.04, 0.04, 0.04, 0.09, 0.09]
    found += [run("entropy", k, RANDOM + gain[k] + SHIFTS[k] + OWN[k]) for k in range(5)]
    found = [r for r in found if r.learner != "margin" or r.repeat < 3]
    said = text(found)
    assert (
        "Of those that help, over the 3 repeats and 20–100 labels that they share, the largest "
        "area has margin; from the next, entropy, it is told apart (area +1.00 points" in said
    )


def test_the_largest_area_is_left_open_where_one_repeat_is_shared():
    found = [run("random", k, RANDOM + SHIFTS[k]) for k in range(5)]
    found += [run("a", k, MARGIN + SHIFTS[k] + OWN[k]) for k in (0, 1, 2)]
    found += [run("b", k, MARGIN + SHIFTS[k] + OWN[k]) for k in (2, 3, 4)]  # one in common
    said = text(found)
    assert "a helps" in said and "b helps" in said
    assert "largest area" not in said
    assert "Which of b and a is best cannot be said: they share fewer than two repeats" in said


def test_ranks_say_which_learners_and_labels_they_are_of():
    found = many(6) + [
        run("tiny", k, [0.5], x=[20], data=f"data {i}") for i in range(6) for k in (0, 1)
    ]
    found += [run("badge", k, MARGIN, data="data 0") for k in (0, 1)]
    said = text(found)
    assert "Mean ranks by area, 1 is best: margin 1.00, entropy 2.00, random 3.00." in said
    assert "Not ranked: badge (not on every data set), tiny (too few labels in common)." in said


def test_ranks_over_part_of_the_labels_say_so():
    found = [r for r in many(6) if r.learner != "entropy"]
    for i in range(6):
        found += [run("entropy", k, MARGIN[:3] - 0.05, x=X[:3], data=f"data {i}") for k in (0, 1)]
    said = text(found)
    assert (
        "Mean ranks by area over the labels that all of them have (data 0: 20–60, data 1:" in said
    )


@pytest.mark.filterwarnings("ignore:.*counted nowhere", "ignore:.*left out")  # the text says so
def test_what_broke_is_said_in_words():
    found = runs(random=RANDOM, margin=MARGIN)
    found += [run("nan", k, [np.nan] * 5) for k in range(5)]
    found += runs(data="no baseline", margin=MARGIN)
    found += [run("random", 0, [np.nan] * 5, data="no baseline")]
    found += [run("margin", 0, [np.nan] * 5, data="nothing")]
    said = text(found)
    assert "nan: no statement is possible, no run of it has a score." in said
    assert "no baseline, by score: random has no run with a score here." in said
    assert "margin: no statement is possible without random." in said
    assert "nothing: no run has a score, the data set is left out." in said
    assert "margin helps" in said


@pytest.mark.filterwarnings("ignore:.*counted nowhere")
def test_a_baseline_that_only_failed_can_be_named():
    failed = [Failure("digits", "random", k, "E") for k in range(5)]
    said = text(runs(margin=MARGIN, entropy=MARGIN), failures=failed, baseline="random")
    assert "random has no run with a score here" in said
    assert "random on digits: 5 runs failed, none was finished." in said


def test_a_baseline_near_chance_is_said_to_be_there():
    records = [{"n_labeled": n, "test_accuracy": s} for n, s in [(10, 0.5), (20, 0.52)]]
    runs = [Run("d", name, k, History(records)) for name in ("random", "margin") for k in (0, 1)]
    shares = {"even": {0: 50, 1: 50}, "uneven": {0: 10, 1: 20, 2: 20, 3: 20, 4: 30}}
    texts = {
        name: str(Comparison(runs, data={"d": DataSet(100, 10, counts)}).verdict())
        for name, counts in shares.items()
    }
    assert "hardly above the share of the largest class (0.50)" in texts["even"]
    assert "hardly above" not in texts["uneven"]
