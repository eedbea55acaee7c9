from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from skal.experiment import (
    Comparison,
    Failure,
    Run,
    checkpoints,
    critical_difference,
    friedman,
    penalties,
    penalty_matrix,
    ranks,
)
from skal.learner import History

A = [[0.80, 0.82, 0.81, 0.83, 0.79], [0.85, 0.86, 0.84, 0.87, 0.85]]
B = [[0.78, 0.80, 0.80, 0.80, 0.78], [0.85, 0.85, 0.85, 0.86, 0.86]]
C = [[0.80, 0.81, 0.82, 0.82, 0.80], [0.80, 0.82, 0.80, 0.81, 0.79]]
WORKED = [[0, 0.5, 0.5], [0, 0, 0.5], [0, 0.5, 0]]
TABLE = [
    [0.80, 0.78, 0.75],
    [0.70, 0.71, 0.65],
    [0.90, 0.88, 0.85],
    [0.60, 0.58, 0.59],
    [0.75, 0.74, 0.70],
    [0.66, 0.64, 0.60],
]


def run(learner, repeat, n_labeled, scores, data="digits"):
    records = [{"n_labeled": n, "test_score": s} for n, s in zip(n_labeled, scores, strict=True)]
    return Run(data, learner, repeat, History(records))


# ---------------------------------------------------------------- penalties


def test_penalties_of_the_worked_scores():
    matrix = penalty_matrix([A, B, C])
    assert_allclose(matrix, WORKED)
    assert_allclose(matrix.mean(axis=0), [0, 1 / 3, 1 / 3])


def test_no_pair_wins_more_than_all_checkpoints_and_none_beats_itself():
    matrix = penalty_matrix(np.random.default_rng(0).normal(size=(5, 7, 4)), alpha=0.5)
    assert matrix.sum() > 0
    assert (matrix + matrix.T <= 1 + 1e-12).all()
    assert_array_equal(np.diag(matrix), 0)


def test_equal_learners_have_no_penalties():
    assert_array_equal(penalty_matrix([A, A]), 0)


def test_a_difference_without_spread_is_a_win():
    assert_array_equal(penalty_matrix([[[0.5, 0.75]], [[0.25, 0.5]]]), [[0, 1], [0, 0]])


def test_the_quantile_follows_the_number_of_repeats():
    a, b = np.array([[0.04, 0.02]]), np.zeros((1, 2))  # t = 3: enough with 4, not with 1 degree
    assert penalty_matrix([a, b])[0, 1] == 0
    a, b = np.tile(a, 5), np.tile(b, 5)
    assert penalty_matrix([a, b])[0, 1] == 1


def test_missing_runs_leave_their_pairs_out():
    gap = np.array(C)
    gap[:, 0] = np.nan
    whole = penalty_matrix(np.array([A, B, C])[:, :, 1:])
    assert_allclose(penalty_matrix([A, B, gap])[1:, 2], whole[1:, 2])
    gap[:, 1:4] = np.nan  # a single repeat
    assert_array_equal(penalty_matrix([A, gap]), 0)


def test_penalties_need_three_axes():
    with pytest.raises(ValueError, match="n_learners, n_checkpoints, n_repeats"):
        penalty_matrix(A)


def test_checkpoints_double_up_to_where_the_reference_is_done():
    x = np.arange(100, 1001, 100)
    assert_array_equal(checkpoints(x, np.linspace(0.1, 1, 10)), [200, 300, 500, 900])
    plateau = [0.5, 0.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]
    assert_array_equal(checkpoints(x, plateau), [200, 300])


def test_a_curve_of_one_point_is_its_own_checkpoint():
    assert_array_equal(checkpoints([50], [0.3]), [50])


def worked_runs(data="digits"):
    """The worked scores at the checkpoints 110 and 120 of a baseline A that ends there."""
    named = {"A": A, "B": B, "C": C}
    return [
        run(name, k, [100, 110, 120], [0.5, scores[0][k], scores[1][k]], data)
        for name, scores in named.items()
        for k in range(5)
    ]


def test_the_last_checkpoint_is_the_first_at_which_the_end_is_reached():
    assert_array_equal(checkpoints([0, 10, 20, 40], [0.5, 0.8, 0.8, 0.8], share=1), [10])
    assert_array_equal(checkpoints([0, 10, 20, 40], [0.5, 0.7, 0.8, 0.8], share=1), [10, 20])


def test_penalties_of_a_comparison_sum_over_its_data_sets():
    one = penalties(Comparison(worked_runs(), baseline="A"))
    assert one.names == ["A", "B", "C"]
    assert_allclose(one.matrix, WORKED)
    assert_allclose(one.mean_penalties, [0, 1 / 3, 1 / 3])
    two = penalties(Comparison(worked_runs() + worked_runs("more"), baseline="A"))
    assert two.n_data == 2
    assert_allclose(two.matrix, 2 * np.array(WORKED))


def test_a_missing_run_leaves_its_pairs_out_of_a_comparison():
    runs = worked_runs()
    lost = next(r for r in runs if r.learner == "C" and r.repeat == 2)
    found = penalties(Comparison([r for r in runs if r is not lost], baseline="A"))
    scores = np.array([A, B, C])
    scores[2, :, 2] = np.nan
    assert_allclose(found.matrix, penalty_matrix(scores))


def test_a_data_set_without_the_baseline_is_left_out_with_a_warning():
    more = [r for r in worked_runs("more") if r.learner != "A"]
    with pytest.warns(UserWarning, match="'A' has no run on 'more'"):
        found = penalties(Comparison(worked_runs() + more, baseline="A"))
    assert found.n_data == 1


def test_an_unknown_baseline_is_refused():
    with pytest.raises(ValueError, match=r"baseline must be one of \['A', 'B'.*got 'D'"):
        penalties(Comparison(worked_runs()), baseline="D")


def test_a_short_learner_leaves_the_penalties_of_others_as_they_are():
    tiny = [run("tiny", k, [100], [0.5]) for k in range(5)]
    late = [run("late", k, [120, 130], [0.99 + k / 1e4] * 2) for k in range(5)]
    found = penalties(Comparison(worked_runs() + tiny + late, baseline="A"))
    assert_allclose(found.matrix[:3, :3], WORKED)
    assert_array_equal(found.matrix[3], 0)  # it has no checkpoint
    assert_allclose(found.matrix[4, :4], [0.5, 0.5, 0.5, 0])  # one of two


def test_the_last_checkpoint_is_of_the_baselines_own_end():
    # 0.99 * 0.8 is reached at 300 of 1,000 labels, whatever else ends at 200
    curve = [0.5, 0.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]
    runs = [run("A", k, range(100, 1001, 100), curve) for k in range(2)]
    runs += [run("B", k, [100, 200], [0.5, 0.3]) for k in range(2)]
    assert penalties(Comparison(runs)).matrix[0, 1] == 0.5


def test_a_learner_without_scores_has_no_penalties():
    runs = worked_runs() + [run("nan", k, [100], [np.nan]) for k in range(5)]
    with pytest.warns(UserWarning, match="'nan': 5"):
        found = penalties(Comparison(runs, baseline="A"))
    assert_allclose(found.matrix[:3, :3], WORKED)
    assert_array_equal(found.matrix[:, 3], 0)


# ---------------------------------------------------------------- ranks


def test_friedman_of_the_worked_table():
    found = friedman(TABLE)
    assert_allclose(found.mean_ranks, [1.166667, 2, 2.833333], atol=1e-6)
    assert_allclose([found.statistic, found.p_value], [8.333333, 0.015504], atol=1e-6)
    assert_allclose([found.f_statistic, found.f_p_value], [11.363636, 0.002663], atol=1e-6)


def test_friedman_agrees_with_scipy_with_ties():
    table = np.random.default_rng(0).integers(0, 4, size=(9, 4)) / 10
    expected = stats.friedmanchisquare(*table.T)
    found = friedman(table)
    assert_allclose([found.statistic, found.p_value], [expected.statistic, expected.pvalue])


def test_the_same_order_everywhere_is_certain_for_the_f_statistic():
    found = friedman([[0.3, 0.2, 0.1]] * 3)
    assert (found.f_statistic, found.f_p_value) == (np.inf, 0)


def test_ties_everywhere_are_no_difference():
    found = friedman([[0.3, 0.1 + 0.2, 0.3]] * 2)
    assert_array_equal(found.mean_ranks, 2)
    assert (found.p_value, found.f_p_value) == (1, 1)
    assert (found.statistic, found.f_statistic) == (0, 0)


@pytest.mark.parametrize("table", [[[1, 2, 3]], [[1, 2], [3, 4]], [1, 2, 3]])
def test_too_small_a_table_is_refused(table):
    with pytest.raises(ValueError, match="two data sets"):
        friedman(table)


def test_a_table_with_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        friedman([[1, 2, np.nan], [1, 2, 3]])


def test_critical_difference_of_the_worked_table():
    assert_allclose(critical_difference(3, 6), 1.353136, atol=1e-6)
    assert_allclose(critical_difference(3, 6) / np.sqrt(3 * 4 / 36), 2.343701, atol=1e-6)


def test_critical_difference_needs_two_learners():
    with pytest.raises(ValueError, match="at least 2 and 1, got 1 and 6"):
        critical_difference(1, 6)


def table_runs():
    """One point a run, in two repeats around the value of the table."""
    names = ("margin", "entropy", "random")
    return [
        run(name, k, [10], [TABLE[i][j] + (k - 0.5) / 100], f"data {i}")
        for i in range(6)
        for j, name in enumerate(names)
        for k in range(2)
    ]


def test_ranks_of_a_comparison_are_of_the_mean_areas():
    found = ranks(Comparison(table_runs()))
    assert found.names == ["margin", "entropy", "random"]
    assert_allclose(found.areas, TABLE)
    assert_allclose(found.mean_ranks, [1.166667, 2, 2.833333], atol=1e-6)
    assert_allclose(found.f_p_value, 0.002663, atol=1e-6)
    assert_allclose(found.critical_difference, 1.353136, atol=1e-6)
    assert found.n_data == 6


def test_ranks_can_differ_by_as_many_places_as_there_are():
    found = ranks(Comparison(table_runs()))  # first and last lie 2 ranks apart
    assert replace(found, critical_difference=2.0).can_differ
    assert not replace(found, critical_difference=2.01).can_differ


def test_ranks_cannot_differ_where_the_best_case_is_not_below_the_level():
    found = ranks(Comparison(table_runs()))
    assert_allclose(found.least_p_value, np.exp(-6))  # chi-squared of 12, two degrees of freedom
    assert found.can_differ
    assert not replace(found, alpha=found.least_p_value).can_differ


def test_a_learner_that_lacks_a_data_set_is_not_ranked():
    runs = [*table_runs(), run("badge", 0, [10], [0.99], "data 0")]
    with pytest.warns(UserWarning, match=r"\['badge'\] are not ranked: not on every data set"):
        assert "badge" not in ranks(Comparison(runs)).names


def test_a_failed_run_is_no_zero():
    failed = Failure("data 0", "margin", 2, "ValueError: no")
    with pytest.warns(UserWarning, match=r"1 run\(s\) on 'data 0' failed"):
        found = ranks(Comparison(table_runs(), failures=[failed]))
    assert_allclose(found.areas, TABLE)


def test_a_run_without_scores_is_no_zero():
    runs = [*table_runs(), run("margin", 2, [10], [np.nan], "data 0")]
    with pytest.warns(UserWarning, match="'margin': 1"):
        assert_allclose(ranks(Comparison(runs)).areas, TABLE)


def test_a_comparison_without_runs_is_refused():
    with pytest.raises(ValueError, match="no finished run; 1 failed"):
        ranks(Comparison([], failures=[Failure("a", "b", 0, "E")]))


def long_runs(names=("margin", "entropy", "random"), n_data=3):
    """Curves of three points, with one rank in all repeats and data sets."""
    return [
        run(name, k, [10, 20, 30], np.array([0.5, 0.6, 0.7]) - i / 10, f"data {d}")
        for d in range(n_data)
        for i, name in enumerate(names)
        for k in range(2)
    ]


def test_a_learner_with_too_few_labels_is_not_ranked():
    runs = [*long_runs(), *(run("tiny", 0, [10], [0.9], f"data {d}") for d in range(3))]
    with pytest.warns(UserWarning, match=r"\['tiny'\] are not ranked: too few labels in common"):
        found = ranks(Comparison(runs))
    assert found.names == ["margin", "entropy", "random"]
    assert found.ranges == {f"data {d}": (10, 30) for d in range(3)}
    assert_array_equal(found.mean_ranks, [1, 2, 3])


def test_ranks_are_of_the_labels_that_all_ranked_learners_have():
    runs = [*long_runs(), *(run("short", 0, [10, 20], [0.1, 0.2], f"data {d}") for d in range(3))]
    found = ranks(Comparison(runs))
    assert found.ranges["data 1"] == (10, 20)
    assert_allclose(found.areas[0], [0.55, 0.45, 0.35, 0.15])


def test_what_never_scored_is_not_ranked():
    runs = [*long_runs(), *(run("nan", 0, [10], [np.nan], f"data {d}") for d in range(3))]
    runs += [run("margin", 0, [10], [np.nan], "nothing")]
    with pytest.warns(UserWarning) as seen:
        found = ranks(Comparison(runs))
    assert found.names == ["margin", "entropy", "random"] and found.n_data == 3
    said = " ".join(str(w.message) for w in seen)
    assert "['nan'] are not ranked: not on every" in said and "No run on 'nothing'" in said


def test_too_few_learners_are_refused_with_their_names():
    with pytest.raises(ValueError, match=r"of \['margin', 'entropy'\] on 3 data set"):
        ranks(Comparison(long_runs(("margin", "entropy"))))
