import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from skal.experiment import bootstrap_interval, holm, paired_tests

A = [0.80, 0.82, 0.81, 0.83, 0.79]
B = [0.78, 0.80, 0.80, 0.80, 0.78]
AREAS_A = [0.70, 0.72, 0.69, 0.75, 0.71, 0.73, 0.74, 0.68]
AREAS_B = [0.68, 0.71, 0.702, 0.72, 0.665, 0.69, 0.719, 0.685]


# ---------------------------------------------------------------- pairs


def test_t_of_the_worked_pairs():
    found = paired_tests(A, B)
    assert_allclose([found.t, found.t_p_value], [4.810702, 0.008581], atol=1e-6)
    assert_allclose(found.wilcoxon_p_value, 0.0625)
    assert found.n_pairs == 5


def test_wilcoxon_of_the_worked_areas():
    found = paired_tests(AREAS_A, AREAS_B)
    assert found.wilcoxon == 4
    assert_allclose(found.wilcoxon_p_value, 0.054688, atol=1e-6)
    greater = paired_tests(AREAS_A, AREAS_B, alternative="greater")
    assert greater.wilcoxon == 32
    assert_allclose(greater.wilcoxon_p_value, 0.027344, atol=1e-6)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_tests_and_interval_agree_with_scipy(alternative, level):
    a, b = np.random.default_rng(1).normal(size=(2, 12))
    found = paired_tests(a, b, level=level, alternative=alternative)
    t = stats.ttest_rel(a, b, alternative=alternative)
    interval = stats.ttest_rel(a, b).confidence_interval(level)
    w = stats.wilcoxon(a, b, alternative=alternative)
    assert_allclose([found.t, found.t_p_value], [t.statistic, t.pvalue])
    assert_allclose([found.wilcoxon, found.wilcoxon_p_value], [w.statistic, w.pvalue])
    assert_allclose([found.low, found.high], interval)


@pytest.mark.parametrize("signs", [[1, 1, 1, 1, 1], [1, -1, 1, 1, -1]])
@pytest.mark.parametrize("sizes", [[10, 10, 10, 10, 10], [10, 20, 10, 20, 30]])
def test_wilcoxon_ties_what_only_rounding_tells_apart(signs, sizes):
    hundredths = np.array(signs) * sizes
    b = np.array([0.1, 0.25, 0.4, 0.7, 0.55])
    a = b + hundredths / 100
    assert len({*np.abs(a - b)}) > len({*sizes})  # rounding took them apart
    expected = stats.wilcoxon(hundredths)  # whole numbers tie exactly
    found = paired_tests(a, b)
    assert found.wilcoxon == expected.statistic
    assert_allclose(found.wilcoxon_p_value, expected.pvalue)


def test_effect_is_the_mean_in_standard_deviations():
    found = paired_tests([1.0, 2.0, 6.0], [0.0, 0.0, 0.0])
    assert_allclose(found.effect, 3 / 7**0.5)  # deviations -2 -1 3: 14 / 2


def test_the_order_of_a_pair_turns_the_sign():
    one, other = paired_tests(A, B), paired_tests(B, A)
    assert_allclose([one.difference, one.low, one.t], [-other.difference, -other.high, -other.t])
    assert_allclose(one.t_p_value, other.t_p_value)


def test_equal_pairs_do_not_differ():
    found = paired_tests(A, A)
    assert (found.t, found.t_p_value, found.wilcoxon_p_value) == (0, 1, 1)
    assert (found.difference, found.low, found.high) == (0, 0, 0)


def test_rounding_errors_are_no_differences():
    found = paired_tests([0.1 + 0.2, 0.3, 0.3], [0.3, 0.1 + 0.2, 0.3])
    assert found.t_p_value == 1


@pytest.mark.parametrize(
    ("alternative", "p"), [("two-sided", 0.0), ("greater", 0.0), ("less", 1.0)]
)
def test_differences_without_spread_are_certain(alternative, p):
    found = paired_tests([0.5, 0.7, 0.9], [0.4, 0.6, 0.8], alternative=alternative)
    assert found.t == np.inf
    assert found.t_p_value == p


@pytest.mark.parametrize(("n", "difference"), [(0, np.nan), (1, 0.25)])
def test_fewer_than_two_pairs_say_nothing(n, difference):
    found = paired_tests([0.75] * n, [0.5] * n)
    assert_allclose(found.difference, difference)
    assert np.isnan([found.t_p_value, found.wilcoxon_p_value, found.low]).all()


def test_pairs_with_nan_are_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="2 pair"):
        found = paired_tests([*A, np.nan, 0.3], [*B, 0.0, np.nan])
    assert found == paired_tests(A, B)


def test_pairs_need_the_same_length():
    with pytest.raises(ValueError, match="same length"):
        paired_tests(A, B[:3])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match=rf"level must be.*got {level};.*such as 0\.95"):
        paired_tests(A, B, level=level)


def test_small_differences_have_an_interval_too():
    found = paired_tests([1e-6, 1.01e-6, 0.99e-6], [0, 0, 0])
    assert found.low < found.difference < found.high and found.t < np.inf


# ---------------------------------------------------------------- Holm


def test_holm_of_the_worked_values():
    assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])


def test_holm_never_lowers_a_value_and_stops_at_one():
    assert_allclose(holm([0.5, 0.9, 0.6]), [1, 1, 1])
    assert_allclose(holm([0.04]), [0.04])
    assert len(holm([])) == 0


def test_holm_leaves_out_what_was_not_tested():
    assert_allclose(holm([0.01, np.nan, 0.03]), [0.02, np.nan, 0.03])


# ---------------------------------------------------------------- bootstrap


def mean_of(values):
    return lambda weights: weights @ np.asarray(values)


def test_interval_of_a_mean_is_about_students():
    values = np.random.default_rng(0).normal(size=20)
    t = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = bootstrap_interval(mean_of(values), 20)
    assert_allclose(np.diff(found), np.diff([t.low, t.high]), rtol=0.05)


def test_interval_is_wider_than_plain_percentiles():
    values = np.array(A)
    plain = stats.bootstrap((values,), np.mean, method="percentile", rng=0).confidence_interval
    low, high = bootstrap_interval(mean_of(values), 5)
    assert low < plain.low and high > plain.high


def test_interval_covers_the_mean_at_about_its_level():
    # 5 repeats: plain percentiles cover in 83 % of cases; expanded ones in about 94 %
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(400):
        values = rng.normal(size=5)
        low, high = bootstrap_interval(mean_of(values), 5, n_resamples=1999)
        inside += low <= 0 <= high
    assert 0.90 < inside / 400 < 0.98


def test_same_seed_same_interval():
    one, same, other = (
        bootstrap_interval(mean_of(AREAS_A), 8, n_resamples=200, random_state=s) for s in (1, 1, 2)
    )
    assert one == same != other


def test_two_repeats_give_their_range():
    assert bootstrap_interval(mean_of([0.2, 0.5]), 2) == (0.2, 0.5)


def test_one_repeat_gives_no_interval():
    assert np.isnan(bootstrap_interval(mean_of([0.2]), 1)).all()


def test_infinite_values_are_ranked():
    with np.errstate(divide="ignore"):
        low, high = bootstrap_interval(lambda w: 1 / (w @ np.array([0.0, 0.0, 1.0])), 3)
    assert (low, high) == (1, np.inf)


def test_bounds_of_each_draw_give_the_outer_interval():
    values = np.array(A)
    inner = bootstrap_interval(mean_of(values), 5)
    outer = bootstrap_interval(lambda w: [w @ values - 1, w @ values + 2], 5)
    assert_allclose(outer, [inner[0] - 1, inner[1] + 2])
