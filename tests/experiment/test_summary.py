from dataclasses import is_dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from sklearn.metrics import fbeta_score, make_scorer

from skal import experiment
from skal._describe import describe
from skal.experiment import (
    Comparison,
    DataSet,
    Failure,
    Run,
    area_under_curve,
    holm,
    scorer_of,
    summarize,
)
from skal.learner import History

X = [100, 200, 400, 800]
MARGIN = np.array([0.5, 0.7, 0.8, 0.85])
RANDOM = np.array([0.5, 0.62, 0.74, 0.85])
SHIFTS = np.array([-0.010, 0.004, 0.012, -0.003, -0.003])  # by repeat; they sum to 0
OWN = np.array([0.002, -0.003, 0.001, 0.004, -0.004])


def run(learner, repeat, scores, x=X, data="digits", **more):
    records = [
        {"round": i, "n_labeled": n, "test_score": s} | {k: v[i] for k, v in more.items()}
        for i, (n, s) in enumerate(zip(x, scores, strict=True))
    ]
    return Run(data, learner, repeat, History(records))


def two_learners(n=5, data="digits"):
    runs = [run("random", k, RANDOM + SHIFTS[k], data=data) for k in range(n)]
    return runs + [run("margin", k, MARGIN + SHIFTS[k] + OWN[k], data=data) for k in range(n)]


def line(runs, learner="margin", **options):
    return summarize(Comparison(runs), **options).learner(learner)


# ---------------------------------------------------------------- the worked curves


def test_line_of_the_worked_curves():
    found = line(two_learners(), target=0.75)
    assert_allclose([found.curve.area, found.curve.area_log], [0.771429, 0.725], atol=1e-6)
    assert_allclose(
        [found.curve.final, found.curve.peak, found.curve.peak_labels, found.curve.drop],
        [0.85, 0.85, 800, 0],
    )
    assert_allclose(found.saving.labels, 300)
    assert_allclose(found.saving.baseline_labels, 436.363636, atol=1e-6)
    assert_allclose(found.saving.value, 1 - 0.6875, atol=1e-6)
    assert_allclose(found.difference.deficiency, 55 / 85)
    assert (found.n_runs, found.n_pairs, found.n_left_out) == (5, 5, 0)
    assert found.saving.bound == "exact"


def test_tests_are_those_of_the_paired_areas():
    found = line(two_learners())
    areas = [[area_under_curve(X, c + s) for s in SHIFTS] for c in (MARGIN, RANDOM)]
    areas[0] = [a + o for a, o in zip(areas[0], OWN)]
    t, w = stats.ttest_rel(*areas), stats.wilcoxon(*areas)
    assert_allclose(found.difference.value, np.mean(areas[0]) - np.mean(areas[1]))
    assert_allclose([found.difference.t_p_value, found.difference.holm_p_value], t.pvalue)
    assert_allclose(found.difference.wilcoxon_p_value, w.pvalue)
    assert_allclose([found.difference.low, found.difference.high], t.confidence_interval())
    assert found.outcome == "helps"


def test_default_target_is_nearly_the_end_of_the_baseline():
    found = line(two_learners())
    assert_allclose(found.saving.target, 0.99 * 0.85)
    assert_allclose(found.saving.baseline_labels, 400 + 400 * (0.8415 - 0.74) / 0.11)


def test_default_target_of_negative_scores_lies_below_the_end():
    runs = [run("random", k, [-2.0, -1.5, -1.2, -1.0]) for k in range(2)]
    assert_allclose(line(runs, "random").saving.target, -1.01)


def test_the_interval_of_the_saving_holds_the_saving():
    found = line(two_learners(), target=0.75)
    assert found.saving.low < found.saving.value < found.saving.high < 1


def test_the_same_runs_give_the_same_interval():
    one, two = (line(two_learners()) for _ in range(2))
    assert (one.saving.low, one.saving.high) == (two.saving.low, two.saving.high)


def test_the_baseline_can_be_named():
    found = line(two_learners(), "random", baseline="margin", target=0.75)
    assert found.outcome == "hurts"
    assert_allclose(found.saving.value, 1 - 1 / 0.6875, atol=1e-6)


def test_holm_runs_over_the_learners_of_one_data_set():
    runs = two_learners() + [run("entropy", k, RANDOM + SHIFTS[k] + OWN[-k]) for k in range(5)]
    found = summarize(Comparison(runs))
    lines = [found.learner(name) for name in ("margin", "entropy")]
    expected = holm([each.difference.t_p_value for each in lines])
    assert_allclose([each.difference.holm_p_value for each in lines], expected)
    assert lines[1].outcome == "noise"


# ---------------------------------------------------------------- curves that never arrive


def test_a_baseline_that_never_arrives_bounds_the_saving_from_below():
    found = line(two_learners(), target=0.849, baseline="random")
    assert found.saving.bound == "exact"
    runs = [run("random", k, RANDOM[:3] + SHIFTS[k], x=X[:3]) for k in range(5)]
    runs += [run("margin", k, MARGIN[:3] + SHIFTS[k] + OWN[k], x=X[:3]) for k in range(5)]
    found = line(runs, target=0.75)
    assert found.saving.baseline_labels == np.inf
    assert found.saving.bound == "at least"
    assert_allclose(found.saving.value, 1 - 300 / 400)  # random: more than the 400 it bought
    assert found.saving.high == 1 and found.saving.low <= found.saving.value


def test_a_learner_that_never_arrives_bounds_the_saving_from_above():
    runs = [run("random", k, [0.5, 0.8, 0.8, 0.8]) for k in range(5)]
    runs += [run("margin", k, [0.5, 0.6, 0.6, 0.6 + OWN[k]]) for k in range(5)]
    found = line(runs)
    assert found.saving.labels == np.inf
    assert found.saving.bound == "at most"
    reached = 100 + 100 * (0.792 - 0.5) / 0.3
    assert_allclose(
        [found.saving.baseline_labels, found.saving.value], [reached, 1 - 800 / reached]
    )
    assert found.saving.low == -np.inf


def test_nothing_is_said_where_neither_arrives():
    found = line(two_learners(), target=0.99)
    assert found.saving.bound == "unknown" and np.isnan(found.saving.value)
    assert found.saving.labels == found.saving.baseline_labels == np.inf


def test_a_short_baseline_does_not_make_a_learner_worse():
    # random stops at 200 below the target; margin needs 300: nothing can be concluded
    runs = [run("random", k, RANDOM[:2], x=X[:2]) for k in range(3)]
    runs += [run("margin", k, MARGIN + OWN[k]) for k in range(3)]
    assert line(runs, target=0.75).saving.bound == "unknown"


# ---------------------------------------------------------------- pairs, failures, ranges


def test_missing_runs_leave_their_pairs_out():
    runs = [r for r in two_learners() if r.key != ("digits", "margin", 0)]
    found = line(runs)
    assert (found.n_runs, found.n_pairs) == (4, 4)
    assert_allclose(found.difference.value, line([r for r in runs if r.repeat]).difference.value)


def test_failed_runs_are_counted_and_never_zero():
    failed = [Failure("digits", "margin", 5, "ValueError: no")]
    with pytest.warns(UserWarning, match=r"1 run\(s\) on 'digits' failed.*'margin': 1"):
        found = summarize(Comparison(two_learners(), failures=failed)).learner("margin")
    assert found.n_left_out == 1
    assert found.difference.value == line(two_learners()).difference.value


def test_runs_without_scores_are_counted_and_never_zero():
    runs = [*two_learners(), run("margin", 5, [np.nan] * 4), run("random", 5, RANDOM)]
    with pytest.warns(UserWarning, match="counted nowhere"):
        found = line(runs)
    assert (found.n_runs, found.n_pairs, found.n_left_out) == (5, 5, 1)


def test_without_pairs_nothing_is_tested():
    runs = [run("random", 0, RANDOM), run("margin", 1, MARGIN)]
    found = line(runs, target=0.75)
    assert found.outcome == "unknown" and found.n_pairs == 0
    assert np.isnan([found.difference.value, found.difference.t_p_value, found.saving.value]).all()
    assert_allclose(found.saving.labels, 300)


def test_one_pair_has_a_difference_and_no_test():
    found = line(two_learners(n=1))
    assert found.outcome == "unknown"
    assert_allclose(
        found.difference.value, 0.771429 + OWN[0] - area_under_curve(X, RANDOM), atol=1e-6
    )
    assert np.isnan([found.difference.t_p_value, found.saving.low]).all()


def test_a_baseline_that_failed_everywhere_leaves_the_rest_standing():
    runs = [r for r in two_learners() if r.learner == "margin"]
    failed = [Failure("digits", "random", k, "E") for k in range(5)]
    with pytest.warns(UserWarning, match="'random': 5"):
        found = summarize(Comparison(runs, baseline="random", failures=failed)).learner("margin")
    assert found.outcome == "unknown" and np.isnan(found.saving.target)
    assert_allclose(found.curve.area, 0.771429, atol=1e-6)


def test_equal_learners_are_identical():
    runs = [run(name, k, RANDOM + SHIFTS[k]) for name in ("random", "again") for k in range(4)]
    found = line(runs, "again")
    assert (found.outcome, found.difference.holm_p_value, found.saving.value) == ("identical", 1, 0)
    assert line([r for r in runs if r.repeat == 0], "again").outcome == "unknown"


# ---------------------------------------------------------------- falls


def test_a_collapse_is_seen():
    runs = [run("random", k, RANDOM + SHIFTS[k]) for k in range(5)]
    runs += [run("newest", k, np.array([0.5, 0.8, 0.7, 0.6]) + SHIFTS[k]) for k in range(5)]
    found = line(runs, "newest")
    assert found.curve.falls
    assert_allclose([found.curve.drop, found.curve.peak_labels], [0.2, 200])
    assert not line(runs, "random").curve.falls


@pytest.mark.parametrize(
    ("drops", "falls"),
    [([0.0099] * 4, False), ([0.0101] * 4, True), ([0.5, -0.1, 0.0, 0.0], False)],
)
def test_a_fall_is_a_percent_of_the_peak_and_sure(drops, falls):
    runs = [run("random", k, [0.5, 1.0, 1.0 - drop], x=X[:3]) for k, drop in enumerate(drops)]
    assert line(runs, "random").curve.falls == falls


def test_the_interval_of_a_fall_is_at_99_percent():
    drops = [0.1, 0.2, 0.15, 0.12]
    runs = [run("random", k, [0.5, 1.0, 1.0 - drop], x=X[:3]) for k, drop in enumerate(drops)]
    found = line(runs, "random").curve
    expected = stats.t.interval(0.99, 3, np.mean(drops), stats.sem(drops))
    assert_allclose([found.drop_low, found.drop_high], expected)


def test_a_noisy_plateau_does_not_fall():
    rng = np.random.default_rng(0)
    x = np.arange(10, 510, 10)
    alarms = 0
    for _ in range(200):
        runs = [run("random", k, 0.5 + rng.normal(0, 0.03, 50), x=x) for k in range(5)]
        alarms += line(runs, "random").curve.falls
    assert alarms <= 10  # 5 %


# ---------------------------------------------------------------- what was asked


def test_classes_batches_and_seconds_of_what_was_asked():
    more = {
        "class_counts": [{"a": 9, "b": 1}, {"a": 1, "b": 3}, {"a": 2, "b": 4}, {"a": 0, "b": 0}],
        "batch_distance": [9.0, 1.0, 2.0, np.nan],
        "query_seconds": [0.0, 1.0, 1.0, 2.0],
        "fit_seconds": [1.0, 1.0, 1.0, 1.0],
    }
    evenly = more | {"batch_distance": [9.0, 3.0, 3.0, 3.0]}
    runs = [run("random", 0, RANDOM, **evenly), run("margin", 0, MARGIN, **more)]
    about = {"digits": DataSet(100, 20, {"a": 50, "b": 50})}
    found = summarize(Comparison(runs, data=about)).learner("margin")
    p = np.array([0.3, 0.7])  # 3 and 7, without the initial set
    assert_allclose(found.asked.class_entropy, -(p * np.log2(p)).sum())
    assert_allclose(found.asked.class_distance, 0.2)
    assert_allclose([found.asked.batch_distance, found.asked.batch_distance_ratio], [1.5, 0.5])
    assert_allclose([found.asked.query_seconds, found.asked.fit_seconds], [4, 4])


def test_a_class_of_the_data_set_that_was_never_asked_counts():
    more = {"class_counts": [{}, {"a": 1, "b": 1}, {}, {}]}
    runs = [run("random", 0, RANDOM, **more)]
    about = {"digits": DataSet(30, 5, {"a": 10, "b": 10, "c": 10})}
    found = summarize(Comparison(runs, data=about)).learner("random")
    assert_allclose(found.asked.class_entropy, np.log(2) / np.log(3))


def test_old_histories_without_these_keys_give_nan():
    found = line(two_learners())
    assert np.isnan(
        [found.asked.class_entropy, found.asked.batch_distance, found.asked.fit_seconds]
    ).all()


# ---------------------------------------------------------------- tables and options


def test_records_cannot_be_changed_and_go_into_sets():
    records = [thing for thing in vars(experiment).values() if is_dataclass(thing)]
    assert len(records) >= 15
    for record in records:
        assert record.__dataclass_params__.frozen, record
    result = Comparison(two_learners() + two_learners(data="more"))
    assert len({result.summary(), result.summary(), result.verdict(), *result.runs}) == 3 + 20


def test_the_frame_holds_every_learner():
    frame = summarize(Comparison(two_learners() + two_learners(data="more"))).to_frame()
    assert frame[["data", "learner"]].to_numpy().tolist() == [
        ["digits", "random"],
        ["digits", "margin"],
        ["more", "random"],
        ["more", "margin"],
    ]
    assert frame["curve_area"].notna().all()


def test_tables_for_people_hold_the_main_numbers():
    found = summarize(Comparison(two_learners()), target=0.75)
    head, _, first, second = found.to_markdown().splitlines()
    assert head.startswith("| learner | runs | area | end | labels to target | saving [95 %] |")
    assert first == "| random | 5 | 0.729 | 0.85 | 436 | – | – | – | baseline |"
    assert second.startswith("| margin | 5 | 0.771 | 0.85 | 300 | 31 % [")
    assert str(found).splitlines()[1].split() == [c for c in first.split() if c != "|"]
    assert found._repr_markdown_() == found.to_markdown()


def test_a_name_cannot_break_the_markdown():
    runs = [run(name, 0, RANDOM) for name in ("random", "a|b")]
    assert "| a\\|b |" in summarize(Comparison(runs)).to_markdown()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"level": 95}, "between 0 and 1"),
        ({"baseline": "badge"}, "name one of them"),
        ({"score": "test_f1"}, r"\['test_score'\]"),
    ],
)
def test_wrong_options_are_refused(options, why):
    with pytest.raises(ValueError, match=why):
        summarize(Comparison(two_learners()), **options)


def test_an_unknown_line_names_those_there_are():
    with pytest.raises(ValueError, match=r"\('margin', 'digits'\)"):
        summarize(Comparison(two_learners())).learner("badge")


def test_a_comparison_sums_itself_up():
    assert str(Comparison(two_learners()).summary(target=0.75)) == str(
        summarize(Comparison(two_learners()), target=0.75)
    )


# ---------------------------------------------------------------- unequal ranges


def test_each_learner_is_compared_over_the_labels_that_it_shares_with_the_baseline():
    short = [run("short", k, MARGIN[:3] + SHIFTS[k] + OWN[k], x=X[:3]) for k in range(5)]
    found = summarize(Comparison(two_learners() + short))
    same = summarize(Comparison(two_learners())).learner("margin")
    margin, brief = found.learner("margin"), found.learner("short")
    assert (margin.curve.area_from, margin.curve.area_to, margin.difference.value) == (
        100,
        800,
        same.difference.value,
    )
    assert (brief.curve.area_from, brief.curve.area_to) == (100, 400)
    expected = area_under_curve(X[:3], MARGIN[:3]) - area_under_curve(X[:3], RANDOM[:3])
    assert_allclose(brief.difference.value, expected)
    assert_allclose(brief.difference.end, 0.80 - 0.74)  # at 400


def test_areas_over_different_labels_are_marked_in_the_table():
    short = [run("short", k, MARGIN[:3] + SHIFTS[k] + OWN[k], x=X[:3]) for k in range(5)]
    rows = summarize(Comparison(two_learners() + short)).to_markdown().splitlines()
    assert rows[0].startswith("| learner | runs | area | over labels | end |")
    assert rows[2].startswith("| random | 5 | 0.729 | 100–800 |")
    assert rows[4].startswith("| short | 5 | 0.70 | 100–400 |")
    assert "over labels" not in summarize(Comparison(two_learners())).to_markdown()


@pytest.mark.parametrize("x", [[1000, 2000], [100], [800]])
def test_without_a_common_range_only_its_own_numbers_are_given(x):
    other = [run("other", k, MARGIN[: len(x)], x=x) for k in range(5)]
    found = line(two_learners() + other, "other")
    assert found.outcome == "unknown" and found.n_pairs == 5
    assert np.isnan(
        [found.difference.value, found.saving.value, found.difference.holm_p_value]
    ).all()
    assert (found.curve.n_initial, found.curve.area_to) == (x[0], x[-1])
    assert_allclose(found.curve.area, area_under_curve(x, MARGIN[: len(x)]))


def test_a_target_that_a_late_start_has_passed_only_bounds_the_saving():
    # margin may have had 0.75 with fewer than its first 400 labels
    late = [run("late", k, MARGIN[2:] + SHIFTS[k], x=X[2:]) for k in range(5)]
    found = line(two_learners() + late, "late", target=0.75)
    assert_allclose(
        [found.saving.labels, found.saving.baseline_labels], [400, 436.363636], atol=1e-6
    )
    assert found.saving.bound == "at least"
    assert_allclose(found.saving.value, 1 - 400 / 436.363636, atol=1e-6)
    # and the other way round: the baseline needed at most 400
    found = line(two_learners() + late, "margin", baseline="late", target=0.75)
    assert found.saving.bound == "unknown"


# ---------------------------------------------------------------- what broke


def test_a_learner_without_any_score_has_an_empty_line():
    runs = two_learners() + [run("nan", k, [np.nan] * 4) for k in range(5)]
    with pytest.warns(UserWarning, match="'nan': 5"):
        found = summarize(Comparison(runs))
    assert found.learner("nan").outcome == "unknown" and np.isnan(found.learner("nan").curve.area)
    assert found.learner("margin").outcome == "helps"


def test_a_data_set_without_any_score_is_left_out_with_a_warning():
    runs = [*two_learners(), run("random", 0, [np.nan] * 4, data="more")]
    with pytest.warns(UserWarning, match="No run on 'more' has a 'test_score'; .*left out"):
        found = summarize(Comparison(runs))
    assert list(found.ranges) == ["digits"]


def test_scores_that_are_all_nan_are_refused():
    with pytest.raises(ValueError, match="No run has a finite 'test_score'"):
        with pytest.warns(UserWarning):
            summarize(Comparison([run("random", 0, [np.nan] * 4)]))


def test_a_baseline_that_asks_for_copies_only_has_no_ratio():
    more = {"batch_distance": [np.nan, 0.0, 0.0, 0.0]}
    runs = [run("random", 0, RANDOM, **more), run("margin", 0, MARGIN, **more)]
    assert np.isnan(line(runs).asked.batch_distance_ratio)


@pytest.mark.parametrize(
    ("target", "scoring", "message"),
    [
        (85, None, "at most 1, got 85; pass a smaller one, such as 0.85"),
        (0.5, "neg_log_loss", "at most 0, got 0.5; .* such as -0.5"),
        ("0.9", None, "target must be a number, got '0.9'"),
    ],
)
def test_a_target_that_no_score_reaches_is_refused(target, scoring, message):
    params = dict.fromkeys(["random", "margin"], {"scoring": scoring})
    with pytest.raises((TypeError, ValueError), match=message):
        summarize(Comparison(two_learners(), params=params), target=target)


# ---------------------------------------------------------------- scorers


def cost(y, predicted):
    return float(np.mean(y == predicted))


def by_cost(classifier, X, y):
    return cost(y, classifier.predict(X))


@pytest.mark.parametrize(
    ("scoring", "name"),
    [
        (by_cost, "by_cost"),
        (make_scorer(cost), "cost"),
        (make_scorer(fbeta_score, beta=2, average="macro"), "fbeta_score"),
        (lambda *test: by_cost(*test), ""),
    ],
)
def test_a_scorer_that_is_a_function_is_called_by_its_name(scoring, name):
    learners = {"random": {"scoring": describe(scoring)}}
    assert scorer_of(Comparison([], params=learners), "test_score") == name
