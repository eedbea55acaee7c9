"""Error without a test set: worked numbers, unbiasedness by enumeration, refusals."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from skal import ActiveLearner
from skal.evidence import Evidence
from skal.experiment import lure, pool_error, wilson_interval
from skal.learner import History
from skal.strategies import Power, Softmax, SoftRank

LOSSES = np.array([0.1, 0.4, 0.2, 0.9])
ODDS = np.array([1.0, 2, 3, 4])


def draws(odds, n_drawn):
    """Every ordered draw without replacement: positions, chance of each, chance of all."""
    for order in permutations(range(len(odds)), n_drawn):
        left = odds.sum() - np.concatenate([[0], np.cumsum(odds[list(order)])[:-1]])
        chances = odds[list(order)] / left
        yield list(order), chances, chances.prod()


# ---------------------------------------------------------------- LURE


def test_the_worked_draw_gives_the_worked_estimate():
    assert lure(LOSSES[[3, 1]], [0.4, 1 / 3], 4) == pytest.approx(0.5375, abs=1e-12)


@pytest.mark.parametrize("n_drawn", [1, 2, 3, 4])
def test_the_estimate_is_right_on_average_over_all_draws(n_drawn):
    mean = sum(p * lure(LOSSES[rows], q, 4) for rows, q, p in draws(ODDS, n_drawn))
    assert mean == pytest.approx(0.4, abs=1e-12)


def test_the_plain_mean_is_not_right_on_average():
    mean = sum(p * LOSSES[rows].mean() for rows, _, p in draws(ODDS, 2))
    assert mean == pytest.approx(0.482956, abs=1e-6)


@pytest.mark.parametrize("n_drawn", [1, 3, 4])
def test_rows_drawn_evenly_give_the_plain_mean(n_drawn):
    even = 1 / (4 - np.arange(n_drawn))
    assert lure(LOSSES[:n_drawn], even, 4) == pytest.approx(LOSSES[:n_drawn].mean(), abs=1e-15)


def test_a_pool_that_is_drawn_whole_is_known_exactly():
    for rows, chances, _ in draws(ODDS, 4):
        assert lure(LOSSES[rows], chances, 4) == pytest.approx(0.4, abs=1e-12)


def test_the_last_row_of_a_pool_of_one():
    assert lure([0.3], [1.0], 1) == 0.3


@pytest.mark.parametrize("strategy", [Power, Softmax, SoftRank])
def test_the_chances_that_strategies_tell_make_it_right_on_average(strategy):
    """Losses grow with the utility, so that the plain mean of what is drawn is far too high."""
    utility = np.linspace(0.1, 1, 12)
    losses = utility**2
    pool = Evidence(None, utility[:, None], np.arange(12))
    chooser, rng = strategy(lambda inputs: inputs[:, 0], beta=1.5), np.random.default_rng(0)
    choices = [chooser.choose(pool, 4, rng) for _ in range(4000)]
    found = np.array([lure(losses[c.positions], c.chance, 12) for c in choices])
    plain = np.array([losses[c.positions].mean() for c in choices])
    sigma = found.std() / np.sqrt(len(found))
    assert abs(found.mean() - losses.mean()) < 4 * sigma
    assert plain.mean() - losses.mean() > 10 * sigma


@pytest.mark.parametrize(
    ("losses", "chances", "n_pool", "message"),
    [
        ([0.1, 0.2], [0.5, np.nan], 4, "chances holds NaN.*not drawn at random.*Softmax"),
        ([0.1, np.nan], [0.5, 0.5], 4, "losses holds NaN"),
        ([0.1, np.inf], [0.5, 0.5], 4, "losses holds NaN or infinity"),
        ([0.1, 0.2], [0.5, 0.0], 4, r"chances must lie in \(0, 1\], got 0.0"),
        ([0.1, 0.2], [0.5, 1.5], 4, "chances must lie"),
        ([0.1, 0.2], [0.5], 4, r"got shapes \(2,\) and \(1,\)"),
        ([], [], 4, "at least one"),
        ([[0.1]], [[0.5]], 4, r"shapes \(1, 1\)"),
        ([0.1, 0.2], [0.5, 0.5], 1, "2 rows cannot be drawn from n_pool=1"),
    ],
)
def test_wrong_draws_are_refused(losses, chances, n_pool, message):
    with pytest.raises(ValueError, match=message):
        lure(losses, chances, n_pool)


# ---------------------------------------------------------------- Wilson


@pytest.mark.parametrize(("n_wrong", "n", "level"), [(5, 100, 0.95), (0, 20, 0.9), (7, 7, 0.99)])
def test_the_interval_is_that_of_the_formula(n_wrong, n, level):
    z, p = norm.ppf((1 + level) / 2), n_wrong / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    expected = (max(middle - half, 0), min(middle + half, 1))
    np.testing.assert_allclose(wilson_interval(n_wrong, n, level), expected, atol=1e-12)


@pytest.mark.parametrize(("n_wrong", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(n_wrong, n):
    with pytest.raises(ValueError, match="n_wrong must lie in 0..n"):
        wilson_interval(n_wrong, n)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match="level must lie in"):
        wilson_interval(1, 5, level)


# ---------------------------------------------------------------- histories

Y = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1])


def record(round_, n_labeled, rows, predicted, chance, **more):
    return {
        "round": round_,
        "n_labeled": n_labeled,
        "fraction": n_labeled / 10,
        "rows": np.array(rows),
        "predicted": np.array(predicted),
        "chance": np.array(chance, dtype=float),
    } | more


def two_rounds(**more):
    first = {"round": 0, "n_labeled": 4, "fraction": 0.4, "rows": np.arange(4)}
    return History(
        [
            first,
            record(1, 6, [4, 5], [0, 0], [0.2, 0.5], **more),
            record(2, 8, [6, 7], [1, 1], [0.25, 0.5], **more),
        ]
    )


def test_estimates_of_a_history_are_those_of_its_rounds():
    found = pool_error(two_rounds(), Y)
    assert found.round.tolist() == [0, 1]
    assert found.n_labeled.tolist() == [4, 6]
    assert found.n_drawn.tolist() == [2, 2]
    assert found.batch_error.tolist() == [0.5, 0.5]
    expected = [lure([0, 1], [0.2, 0.5], 6), lure([1, 0], [0.25, 0.5], 4)]
    assert found.error.tolist() == expected


def test_a_window_pools_the_latest_rounds_by_their_rows():
    history = two_rounds()
    history.append(record(3, 9, [8], [1], [0.5]))
    found, single = pool_error(history, Y, window=2), pool_error(history, Y).error
    assert found.n_drawn.tolist() == [2, 4, 3]
    np.testing.assert_allclose(found.batch_error, [1 / 2, 2 / 4, 2 / 3])
    expected = [single[0], (single[0] + single[1]) / 2, (2 * single[1] + single[2]) / 3]
    np.testing.assert_allclose(found.error, expected, atol=1e-12)


def test_one_record_or_a_slice_may_be_asked_about():
    history = two_rounds()
    whole = pool_error(history, Y)
    assert pool_error(history[2], Y).error.tolist() == whole.error[1:].tolist()
    assert pool_error(history[2:], Y).error.tolist() == whole.error[1:].tolist()


def test_labels_may_be_words():
    words = np.array(["no", "yes"])
    history = two_rounds()
    for r in history[1:]:
        r["predicted"] = words[r["predicted"]]
    assert (
        pool_error(history, words[Y]).error.tolist() == pool_error(two_rounds(), Y).error.tolist()
    )


def test_of_random_rows_it_is_the_plain_error():
    X, y = load_digits(return_X_y=True)
    sizes = {"init_size": 50, "query_size": 40, "budget": 200, "random_state": 0}
    learner = ActiveLearner(GaussianNB(var_smoothing=0.01), "random", **sizes)
    found = pool_error(learner.fit(X, y).history_, y)
    np.testing.assert_allclose(found.error, found.batch_error, atol=1e-12)
    assert found.n_labeled.tolist() == [50, 90, 130, 170]


def test_it_is_near_the_true_error_where_hard_rows_are_asked():
    """Mean over 30 runs of one round each, against the error on all rows without a label."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:600] / 16, y[:600]
    estimated, plain, true = [], [], []
    for seed in range(30):
        learner = ActiveLearner(
            LogisticRegression(), Softmax("entropy", beta=2.0), init_size=40, query_size=60,
            budget=100, random_state=seed,
        ).fit(X, y)  # fmt: skip
        found = pool_error(learner.history_, y)
        start = learner.set_params(budget=40).fit(X, y)
        still = np.setdiff1d(np.arange(600), start.labeled_rows_)
        true.append(np.mean(start.predict(X[still]) != y[still]))
        estimated.append(found.error[0])
        plain.append(found.batch_error[0])
    gap = np.array(estimated) - true
    sigma = gap.std() / np.sqrt(len(gap))
    assert abs(gap.mean()) < 4 * sigma
    assert np.mean(plain) - np.mean(true) > 5 * sigma


def test_rows_of_a_ranking_are_refused_with_what_to_do():
    X, y = load_digits(return_X_y=True)
    learner = ActiveLearner(GaussianNB(), "margin", init_size=50, budget=100, random_state=0)
    with pytest.raises(ValueError, match="round 1 were not drawn with known chances; use a strat"):
        pool_error(learner.fit(X, y).history_, y)


@pytest.mark.parametrize("key", ["predicted", "chance", "fraction"])
def test_rounds_that_people_taught_are_refused(key):
    history = two_rounds()
    if key == "fraction":
        history[1]["fraction"] = np.nan
    else:
        del history[1][key]
    with pytest.raises(ValueError, match=f"round 1 must hold '{key}', got"):
        pool_error(history, Y)


def test_labels_of_another_pool_are_refused():
    with pytest.raises(ValueError, match=r"y has shape \(5,\), but round 1 asked row 5"):
        pool_error(two_rounds(), Y[:5])


def test_labels_of_another_kind_are_refused():
    with pytest.raises(TypeError, match="y has labels of type str"):
        pool_error(two_rounds(), Y.astype(str))


def test_a_history_of_the_initial_set_only_is_refused():
    with pytest.raises(ValueError, match="no round after the initial set"):
        pool_error(two_rounds()[:1], Y)


@pytest.mark.parametrize("window", [0, -1, 1.5, True, None])
def test_a_window_that_is_no_count_is_refused(window):
    with pytest.raises(ValueError, match="window must be an int"):
        pool_error(two_rounds(), Y, window=window)
