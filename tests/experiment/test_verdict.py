import re
from dataclasses import replace

import numpy as np
import pytest

from skal.experiment import Comparison, DataSet, Failure, Run, conclude, summarize
from skal.learner import History
from tests.experiment.runs import X as X_DIGITS
from tests.experiment.runs import small

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
    assert "digits, by score over 20–100 labels, 5 repeats; target 0.80.\n" in said
    assert re.search(
        r"margin helps: its score is 8\.5 points higher than that of random, on average over these "
        r"labels \(8\.1 to 8\.9\)\. It reaches 0\.80 with 60 labels, random needs 100: 40 % fewer",
        said,
    )
    assert said.endswith("Numbers in brackets are 95 % intervals.")


def test_it_says_plainly_that_a_learner_hurts():
    said = text(runs(margin=MARGIN, random=RANDOM), baseline="margin", target=0.75)
    assert (
        "random hurts: its score is 8.5 points lower than that of margin, on average over these "
        "labels (8.1 to 8.9). It reaches 0.75 with 80 labels, margin needs 50: 60 % more (58 to "
        "63 %)." in said
    )


def test_it_says_that_a_learner_never_arrives():
    said = text(runs(margin=MARGIN, random=RANDOM), baseline="margin")
    assert "target 0.85, 1 % short of where margin ends" in said
    assert "It does not reach 0.85 within 100 labels, margin needs 91: at least 9 % more." in said


def test_it_says_that_the_baseline_never_arrives():
    said = text(runs(random=RANDOM, margin=MARGIN), target=0.84)
    assert "It reaches 0.84 with 80 labels, random not within 100: at least 20 % fewer (1" in said
    assert "allowing for chance)" in said


def test_it_says_that_none_arrives():
    said = text(runs(random=RANDOM, margin=MARGIN), target=0.99)
    assert "margin helps:" in said and "Neither reaches 0.99 within 100 labels." in said


def test_it_says_that_a_target_is_too_low():
    said = text(runs(random=RANDOM, margin=MARGIN), target=0.4)
    assert "Both reach 0.40 with the first 20 labels, so give a higher target." in said


def test_it_calls_noise_noise_and_says_what_remains_possible():
    found = [run("random", k, RANDOM) for k in range(5)]
    found += [run("margin", k, RANDOM + 3 * OWN[k]) for k in range(5)]
    verdict = Comparison(found).verdict()
    assert verdict.outcomes == {"digits": {"margin": "noise"}}
    # mean 0, deviation 3 * .00339: half the interval is 2.776 * .01017 / 5 ** .5 = .0126
    assert (
        "margin makes no difference to random beyond chance: on average over these labels, "
        "anything from 1.3 points less to 1.3 points more is possible. It reaches 0.79 with 97 "
        "labels, random needs 97." in str(verdict)
    )
    assert "fewer" not in str(verdict) and "intervals" not in str(verdict)


def test_one_pair_allows_no_statement():
    said = text(runs(n=1, random=RANDOM, margin=MARGIN))
    assert (
        "margin: no statement is possible with 1 repeat, in which its score was 8.7 points higher "
        "on average; run 5 repeats or more." in said
    )


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
    assert (
        "The score of newest falls after its peak, from 0.80 with 60 labels to 0.60 with 100."
        in said
    )
    assert "At the end it is the other way round: random is ahead by 20 points." in said


def test_a_baseline_that_falls_is_told():
    said = text(runs(random=np.array([0.5, 0.8, 0.8, 0.7, 0.6]), margin=MARGIN))
    assert "The score of random falls after its peak" in said


def test_area_and_labels_may_disagree():
    late = np.array([0.50, 0.74, 0.745, 0.745, 0.84])
    said = text(runs(random=RANDOM, margin=late), target=0.75)
    assert "It reaches 0.75 with 81 labels, random needs 80: 1 % more, though anything from" in said
    assert "So it is ahead on average, but not in labels: look at the curves." in said


def test_statistics_of_tests_are_left_to_the_table():
    said = text(many(6)) + text(runs(random=RANDOM, margin=MARGIN, entropy=RANDOM + 0.02))
    words = ["p = ", "p < ", "Holm", "Wilcoxon", "t test", "Friedman", "Nemenyi", "Student"]
    assert not [word for word in words if word in said]


def test_the_two_best_are_compared():
    said = text(runs(random=RANDOM, margin=MARGIN, entropy=MARGIN - 0.05))
    assert "Of those that help, margin is ahead of entropy, the next, by 5.0 points on ave" in said
    said = text(runs(random=RANDOM, margin=MARGIN, entropy=MARGIN - 0.0001))
    assert "margin is ahead of entropy, the next, but by no more than chance." in said


def test_few_repeats_are_called_too_few_for_the_interval():
    note = "With 3 repeats, intervals of labels are too narrow"
    assert note in text(runs(n=3, random=RANDOM, margin=MARGIN))
    assert "too narrow" not in text(runs(n=5, random=RANDOM, margin=MARGIN))


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
    assert "its score is 0.85 higher than that of random, on average over these labels." in said


def test_the_name_of_the_score_is_told():
    found = [run(name, 0, RANDOM, score="test_f1") for name in ("random", "margin")]
    assert "digits, by F1 over" in text(found)


@pytest.mark.parametrize(
    ("scoring", "words"),
    [
        (None, "accuracy"),
        ("neg_log_loss", "negative log loss"),
        ("f1_macro", "F1 macro"),
        ({"is": "mine", "digest": "0"}, "mine"),
        ({"is": "<lambda>", "digest": "0"}, "score"),
    ],
)
def test_a_single_scorer_is_called_by_its_name(scoring, words):
    params = {name: {"scoring": scoring} for name in ("random", "margin")}
    said = str(Comparison(runs(random=RANDOM, margin=MARGIN), params=params).verdict())
    assert f"digits, by {words} over" in said and f"its {words} is" in said
    assert f"to reach {words} 0.79" in said


def test_losses_are_told_in_units_of_their_own():
    params = {name: {"scoring": "neg_log_loss"} for name in ("random", "margin")}
    found = runs(random=-2 * (1 - RANDOM), margin=-2 * (1 - MARGIN))
    verdict = Comparison(found, params=params).verdict()
    assert verdict.outcomes == {"digits": {"margin": "helps"}}
    assert "points" not in str(verdict)
    assert "target -0.40, 1 % short of where random ends" in str(verdict)
    assert "margin helps: its negative log loss is 0.17 higher than that of random" in str(verdict)


def test_a_correlation_is_not_told_in_points():
    params = {name: {"scoring": "matthews_corrcoef"} for name in ("random", "margin")}
    assert "points" not in str(
        Comparison(runs(random=RANDOM, margin=MARGIN), params=params).verdict()
    )


# ---------------------------------------------------------------- several data sets


def test_each_data_set_has_a_paragraph_and_all_a_sentence():
    found = runs(random=RANDOM, margin=MARGIN)
    found += runs(data="mri", random=RANDOM, margin=RANDOM - 0.05)
    said = text(found)
    parts = said.split("\n\n")
    assert parts[0] == "Compared with random on 2 data sets, margin helps on 1 and hurts on 1."
    assert parts[1].startswith("digits, by") and parts[2].startswith("mri, by")
    assert "rank" not in said  # two learners


def many(n_data):
    return [
        each
        for i in range(n_data)
        for each in runs(n=3, data=f"data {i}", random=RANDOM, margin=MARGIN, entropy=MARGIN - 0.05)
    ]


def test_two_data_sets_are_too_few_for_ranks_of_any_number_of_learners():
    assert "2 data sets are too few to rank 3 learners." in text(many(2))
    names = ["random", *(f"learner {i}" for i in range(9))]
    curves = {name: RANDOM + 0.02 * i for i, name in enumerate(names)}
    found = [each for i in range(2) for each in runs(n=2, data=f"data {i}", **curves)]
    said = text(found)  # the critical difference, 9.58, is more than the 9 between first and last
    assert "2 data sets are too few to rank 10 learners." in said and "Mean ranks" not in said


def test_ranks_over_more_data_sets_have_a_critical_difference():
    said = text(many(6))
    assert "Mean ranks, 1 is best: margin 1.0, entropy 2.0, random 3.0." in said
    assert "Learners less than 1.4 apart are not told apart." in said
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


# ---------------------------------------------------------------- unequal ranges, broken learners


def with_tiny():
    """Learners with 20–100 labels, and one that only has the first 20."""
    tiny = [run("tiny", k, [RANDOM[0] + SHIFTS[k]], x=[20]) for k in range(5)]
    return runs(random=RANDOM, margin=MARGIN) + tiny


def test_a_short_learner_changes_nothing_for_the_others():
    verdict = Comparison(with_tiny()).verdict(target=0.8)
    alone = Comparison(runs(random=RANDOM, margin=MARGIN)).verdict(target=0.8)
    assert verdict.outcomes == {"digits": {"margin": "helps", "tiny": "unknown"}}
    assert str(alone).splitlines()[:4] == str(verdict).splitlines()[:4]
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
        "b: no difference to random: on average over these labels they are equal in all 2 pairs, "
        "though the curves are not the same from end to end." in str(verdict)
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
        "Of those that help, over the 3 repeats and 20–100 labels that they share, margin is ahead "
        "of entropy, the next, by 1.0 points on average." in said
    )


def test_the_largest_area_is_left_open_where_one_repeat_is_shared():
    found = [run("random", k, RANDOM + SHIFTS[k]) for k in range(5)]
    found += [run("a", k, MARGIN + SHIFTS[k] + OWN[k]) for k in (0, 1, 2)]
    found += [run("b", k, MARGIN + SHIFTS[k] + OWN[k]) for k in (2, 3, 4)]  # one in common
    said = text(found)
    assert "a helps" in said and "b helps" in said
    assert "ahead of" not in said
    assert "Which of b and a is best cannot be said: they share fewer than two repeats" in said


def test_ranks_say_which_learners_and_labels_they_are_of():
    found = many(6) + [
        run("tiny", k, [0.5], x=[20], data=f"data {i}") for i in range(6) for k in (0, 1)
    ]
    found += [run("badge", k, MARGIN, data="data 0") for k in (0, 1)]
    said = text(found)
    assert "Mean ranks, 1 is best: margin 1.0, entropy 2.0, random 3.0." in said
    assert "Not ranked: badge (not on every data set), tiny (too few labels in common)." in said


def test_ranks_over_part_of_the_labels_say_so():
    found = [r for r in many(6) if r.learner != "entropy"]
    for i in range(6):
        found += [run("entropy", k, MARGIN[:3] - 0.05, x=X[:3], data=f"data {i}") for k in (0, 1)]
    said = text(found)
    assert "Mean ranks over the labels that all of them have (data 0: 20–60, data 1:" in said


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


# ---------------------------------------------------------------- a baseline that learns nothing

HALVES = DataSet(100, 10, {0: 50, 1: 50})


def at_chance(scoring, **curves):
    params = {name: {"scoring": scoring} for name in curves}
    return Comparison(runs(**curves), data={"digits": HALVES}, params=params)


def test_a_baseline_near_chance_is_said_to_be_there():
    rising = np.linspace(0.45, 0.52, 5)  # more than 1 %, and still no more than guessing
    said = str(at_chance(None, random=rising, margin=rising + 0.0001).verdict())
    assert said.startswith(
        "On digits, random learns next to nothing, so strategies cannot be judged yet.\n\nWarning: "
    )
    assert "ends at accuracy 0.52, hardly above the share of the largest class (0.50)" in said
    below = str(at_chance(None, random=rising - 0.03, margin=rising).verdict())
    assert "ends at accuracy 0.49, not above the share of the largest class (0.50)" in below
    assert "more epochs" in said
    uneven = DataSet(100, 10, {0: 10, 1: 20, 2: 20, 3: 20, 4: 30})
    found = at_chance(None, random=rising, margin=rising)
    assert "hardly above" not in str(Comparison(found.runs, data={"digits": uneven}).verdict())


@pytest.mark.parametrize("scoring", ["neg_log_loss", "f1_macro", "roc_auc", "matthews_corrcoef"])
def test_only_accuracies_are_compared_with_the_largest_class(scoring):
    rising = np.linspace(0.1, 0.52, 5)
    found = at_chance(scoring, random=rising, margin=rising + 0.1).summary()
    assert not found.limits.near_chance


def test_a_test_set_of_its_own_says_what_guessing_gives():
    skewed = DataSet(100, 10, {0: 90, 1: 10}, test_share=0.5)
    found = at_chance(None, random=RANDOM, margin=MARGIN)
    for data, near in ((skewed, {}), (replace(skewed, test_share=None), {"digits": 0.9})):
        table = Comparison(found.runs, data={"digits": data}, params=found.params)
        assert table.summary().limits.near_chance == near
    given = small(n_repeats=1, X_test=X_DIGITS[:4], y_test=[1, 1, 1, 0]).data["data"]
    assert given.test_share == 0.75


def test_a_helping_learner_beside_a_baseline_at_chance_is_told_with_a_warning():
    rising = np.linspace(0.45, 0.52, 5)
    first = at_chance(None, random=rising, margin=MARGIN).verdict().headline
    assert first.startswith("On digits, margin helps: ")
    assert first.endswith("; but random hardly gets better with labels: mind the warning.")


def test_nothing_is_said_to_hurt_first_where_the_baseline_learns_nothing():
    rising = np.linspace(0.45, 0.52, 5)
    found = at_chance(None, random=rising, margin=rising - 0.03)
    assert found.verdict().outcomes["digits"]["margin"] == "hurts"
    assert found.verdict().headline == (
        "On digits, random learns next to nothing, so strategies cannot be judged yet."
    )
    more = runs(data="scans", random=RANDOM, margin=MARGIN)
    both = Comparison([*found.runs, *more], data={"digits": HALVES}, params=found.params)
    assert both.verdict().headline.endswith("; but random learns next to nothing on digits.")


def test_learners_that_played_the_same_are_named():
    twins = runs(random=RANDOM, margin=MARGIN)
    twins += [replace(run, learner="twin") for run in twins if run.learner == "margin"]
    same = "margin and twin played the same: equal scores in every round of every repeat."
    assert same in text(twins).splitlines()
    assert "played the same" not in text(runs(random=RANDOM, margin=MARGIN, other=MARGIN))


def test_noise_whose_interval_leaves_zero_out_is_laid_to_the_correction():
    steps = 0.01 + 0.006 * np.array([-1, -1, 0, 1, 1])  # alone p = 0.02, twice that of two
    found = [run("random", k, RANDOM) for k in range(5)]
    found += [run("margin", k, RANDOM + steps[k]) for k in range(5)]
    alone = Comparison(found).verdict()
    assert alone.outcomes["digits"]["margin"] == "helps"
    found += [run(f"m{i}", k, RANDOM + steps[k - i]) for i in (1, 2) for k in range(5)]
    said = str(Comparison(found).verdict())
    assert "less to" not in said
    assert (
        "margin makes no difference to random beyond chance: its score is 1.0 points higher on "
        "average over these labels (0.3 to 1.7), but of 3 learners compared at once, one gets as "
        "far by luck too often." in said
    )
    assert said.endswith("decided with a correction for comparing several learners.")


def test_a_baseline_that_does_not_rise_is_warned_of_by_any_score():
    said = text(runs(random=np.full(5, 0.91), margin=np.full(5, 0.911)))
    assert (
        "Warning: on digits, random hardly gets better with more labels, from 0.91 with 20 labels "
        "to 0.91 with 100. Either the first labels say all (begin with fewer: init_size), or "
        "nothing is learned" in said
    )
    assert "Warning" not in text(runs(random=RANDOM, margin=MARGIN))


def test_a_score_that_falls_from_the_first_round_on_may_be_a_loss():
    said = text(runs(random=1 - RANDOM, margin=1 - MARGIN))
    assert "random gets worse with more labels, from 0.50 with 20 labels to 0.20 with 100" in said
    assert "greater_is_better=False" in said


# ---------------------------------------------------------------- the headline


def first_of(found, params=None, **options):
    return Comparison(found, params=params).verdict(**options).headline


def test_the_headline_of_a_learner_that_helps_or_hurts():
    assert first_of(runs(random=RANDOM, margin=MARGIN), target=0.8) == (
        "On digits, margin helps: it needs 40 % fewer labels than random to reach score 0.80 "
        "(about 60 instead of 100)."
    )
    assert first_of(runs(random=RANDOM, margin=MARGIN), target=0.84) == (
        "On digits, margin helps: it reaches score 0.84 with about 80 labels, random not within "
        "100."
    )
    assert first_of(runs(margin=MARGIN, random=RANDOM), baseline="margin") == (
        "On digits, random hurts: it does not reach score 0.85 within 100 labels, margin does with "
        "about 91."
    )


def test_a_headline_without_sure_labels_tells_the_scores():
    late = np.array([0.50, 0.74, 0.745, 0.745, 0.84])
    found = [runs(random=RANDOM, margin=late), runs(random=RANDOM, margin=MARGIN)]
    for each, target in zip(found, [0.75, 0.99], strict=True):
        assert "margin helps: with equally many labels its score is " in first_of(
            each, target=target
        )


def test_an_uncertain_saving_never_contradicts_the_outcome():
    # behind on the way by far, and to the target by so little that some repeats say the contrary
    slow = np.array([0.50, 0.52, 0.56, 0.745, 0.84])
    noise = 10 * OWN
    found = [run("random", k, RANDOM + noise[(2 * k) % 5]) for k in range(5)]
    found += [run("margin", k, slow - noise[k]) for k in range(5)]
    verdict = Comparison(found).verdict(target=0.745)
    saving = verdict.summary.learner("margin").saving
    assert verdict.outcomes["digits"]["margin"] == "hurts" and saving.low < 0 < saving.high
    assert "hurts: with equally many labels its score is " in verdict.headline
    assert re.search(r", though (not for sure|anything from .* is possible)\.", str(verdict))


def test_the_headline_of_what_cannot_be_told_says_so():
    noise = [run("random", k, RANDOM) for k in range(5)]
    noise += [run("margin", k, RANDOM + 3 * OWN[k]) for k in range(5)]
    assert first_of(noise) == (
        "On digits, margin makes no difference to random that 5 repeats can tell from chance."
    )
    assert first_of(runs(n=1, random=RANDOM, margin=MARGIN)) == (
        "On digits, nothing can be said yet: one repeat tells nothing; run 5 or more."
    )
    assert first_of(runs(n=3, random=RANDOM, again=RANDOM)).startswith("On digits, again ")


@pytest.mark.parametrize(("n", "outcome"), [(2, "noise"), (3, "helps")])
def test_two_pairs_prove_nothing_however_well_they_agree(n, outcome):
    verdict = Comparison(runs(n=n, random=RANDOM, margin=MARGIN)).verdict()
    assert verdict.outcomes["digits"]["margin"] == outcome


def test_the_headline_of_several_learners_has_one_sentence():
    found = runs(random=RANDOM, margin=MARGIN, entropy=MARGIN - 0.05, bad=RANDOM - 0.05)
    assert first_of(found, target=0.8) == (
        "On digits, margin and entropy help, and bad hurts, compared with random; margin leads: "
        "it needs 40 % fewer labels than random to reach score 0.80 (about 60 instead of 100)."
    )
    crowd = {f"learner {i}": RANDOM + 0.01 * i for i in range(2, 10)}
    assert first_of(runs(random=RANDOM, **crowd)).startswith("On digits, 8 of 8 learners help, ")


def test_the_headline_counts_data_sets():
    found = many(3) + runs(n=3, data="d", random=RANDOM, margin=RANDOM - 0.05, entropy=MARGIN)
    assert first_of(found) == (
        "Compared with random on 4 data sets, entropy helps on all and hurts on none; margin helps "
        "on 3 and hurts on 1."
    )


def test_data_without_a_name_are_called_yours():
    said = text(runs(random=RANDOM, margin=MARGIN, data="data"))
    assert said.startswith("On your data, margin helps") and "\nYour data, by score over" in said


@pytest.mark.parametrize("strategy", ["random", {"is": "skal.strategies.uncertainty.Random"}])
def test_a_comparison_without_random_says_that_there_is_none(strategy):
    found = runs(margin=MARGIN, entropy=RANDOM)
    assert "No learner asks at random" in text(found)
    params = {"margin": {"strategy": "margin"}, "entropy": {"strategy": strategy}}
    assert "No learner" not in str(Comparison(found, params=params).verdict())


def test_a_learner_alone_is_said_to_be_alone():
    assert first_of(runs(margin=MARGIN)) == (
        "On digits, margin reaches score 0.86 with 100 labels; it was played alone, so whether it "
        "helps cannot be said."
    )


@pytest.mark.filterwarnings("ignore:.*counted nowhere")
@pytest.mark.parametrize(
    ("found", "words"),
    [
        (runs(random=RANDOM), "nothing can be compared: random alone has .*with 100 labels; mine"),
        (runs(random=RANDOM, margin=MARGIN), "margin helps: .*; mine"),
        (runs(random=RANDOM) + runs(random=RANDOM, data="b"), "random alone has .*compared; mine"),
        (many(2), "Compared with .*; mine"),
    ],
    ids=["one", "two", "one on two", "several"],
)
def test_the_headline_tells_who_failed_in_every_run(found, words):
    failed = [Failure(run.data, "mine", run.repeat, "E") for run in found]
    first = text(found, failures=failed).splitlines()[0]
    assert re.search(f"{words} failed in every run\\.", first), first
    assert "played alone" not in first


# ---------------------------------------------------------------- terminals and notebooks


def test_what_a_terminal_shows_unasked_is_short_and_print_shows_all():
    few, crowd = Comparison(runs(random=RANDOM, margin=MARGIN)), Comparison(many(12))
    assert repr(few.verdict()) == str(few.verdict()) == few.verdict().text
    assert repr(few.summary()) == str(few.summary())
    assert repr(crowd) == "<Comparison: 3 learners x 3 repeats on 12 data sets, 108 runs>"
    assert "on 'digits'" in repr(few)
    for thing in (crowd.verdict(), crowd.summary()):
        lines = repr(thing).splitlines()
        assert len(lines) == 10 and lines[:9] == str(thing).splitlines()[:9]
        assert lines[9].endswith("more lines: print it)")


def test_what_a_notebook_shows_is_escaped_and_runs_nothing():
    evil = "<script>alert(1)</script>"
    found = Comparison(runs(**{"random": RANDOM, evil: MARGIN}, data=evil))
    for thing in (found, found.verdict(), found.summary()):
        html = thing._repr_html_()
        assert "<script" not in html and "&lt;script&gt;" in html
        assert "color" not in html
    assert "helps: it needs 40 % fewer" in found._repr_html_()


@pytest.mark.filterwarnings("error")
def test_a_comparison_without_a_verdict_can_be_looked_at():
    assert "0 runs" in Comparison([])._repr_html_()
    failed = [Failure("digits", "margin", 5, "E")]
    assert (
        "margin helps"
        in Comparison(runs(random=RANDOM, margin=MARGIN), failures=failed)._repr_html_()
    )
