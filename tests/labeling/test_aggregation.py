"""Worked numbers and properties of labels made of several people's answers."""

import numpy as np
import pytest

from skal.labeling.aggregation import Crowdlab, DawidSkene, OneCoin, aggregate

ANSWERS = np.array([[0, 0, 1], [0, 0, 0], [1, 1, 0], [1, 1, 1], [0, 1, 1], [1, 1, 0]])
pytestmark = pytest.mark.filterwarnings("ignore:Dawid-Skene learns from")  # of six rows, on purpose


def table(answers):
    """Columns of a long table from a matrix of items by people, -1 where there is no answer."""
    items, people = np.nonzero(answers >= 0)
    return items, people, answers[items, people]


def by(method, answers=ANSWERS, classes=(0, 1)):
    return aggregate(*table(answers), classes, method=method)


def team(accuracy, *, n=400, n_classes=4, seed=0, share=1.0):
    """True classes, and answers of people who are right so often, else wrong evenly."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_classes, size=n)
    wrong = (truth[:, None] + rng.integers(1, n_classes, (n, len(accuracy)))) % n_classes
    right = rng.random((n, len(accuracy))) < accuracy
    answers = np.where(right, truth[:, None], wrong)
    return truth, np.where(rng.random(answers.shape) < share, answers, -1)


# ---------------------------------------------------------------- worked numbers


def test_one_step_of_dawid_skene():
    found = by(DawidSkene(alpha=0, max_iter=1))
    likely = [0.113475, 0.048706, 0.843162, 0.930748, 0.657534, 0.843162]
    np.testing.assert_allclose(found.proba[:, 1], likely, atol=1e-6)
    diagonals = [[0.75, 0.7], [0.625, 0.9], [0.625, 0.6]]
    np.testing.assert_allclose(found.confusion[:, [0, 1], [0, 1]], diagonals, atol=1e-6)


def test_three_steps_of_dawid_skene():
    found = by(DawidSkene(alpha=0, max_iter=3))
    likely = [0.003407, 0.005970, 0.992631, 0.987126, 0.453351, 0.992631]
    np.testing.assert_allclose(found.proba[:, 1], likely, atol=1e-6)
    likelihoods = [-11.486287, -10.754359, -10.294544]
    np.testing.assert_allclose(found.log_likelihood, likelihoods, atol=1e-6)


def test_dawid_skene_to_the_end():
    found = by(DawidSkene(tol=0))
    likely = [0.000017, 0.000066, 0.999159, 0.996719, 0.010049, 0.999159]
    np.testing.assert_allclose(found.proba[:, 1], likely, atol=1e-6)


def test_dawid_skene_stops_where_little_is_gained():
    found = by("dawid_skene")
    assert len(found.log_likelihood) == 23
    np.testing.assert_allclose(found.proba[4, 1], 0.010053, atol=1e-6)


def test_wawa_weighs_by_agreement():
    found = by("wawa")
    np.testing.assert_allclose(found.reliability, [0.833333, 1, 0.5], atol=1e-6)
    likely = [0.214286, 0, 0.785714, 1, 0.642857, 0.785714]
    np.testing.assert_allclose(found.proba[:, 1], likely, atol=1e-6)


def test_one_step_of_one_coin():
    found = by(OneCoin(max_iter=1))
    np.testing.assert_allclose(found.reliability, [0.722222, 0.777778, 0.611111], atol=1e-6)
    likely = [0.177534, 0.080386, 0.878621, 0.947020, 0.725594, 0.878621]
    np.testing.assert_allclose(found.proba[:, 1], likely, atol=1e-6)


def test_the_majority_counts_shares():
    found = by("majority")
    np.testing.assert_allclose(found.proba[:, 1], [1 / 3, 0, 2 / 3, 1, 2 / 3, 2 / 3])
    assert found.label.tolist() == [0, 0, 1, 1, 1, 1]


# ---------------------------------------------------------------- properties


def test_the_likelihood_never_falls_without_smoothing():
    _, answers = team([0.9, 0.7, 0.4, 0.6], share=0.6)
    found = by(DawidSkene(alpha=0, tol=0), answers, range(4))
    assert (np.diff(found.log_likelihood) > -1e-9).all()


@pytest.mark.parametrize("method", ["majority", "wawa", "dawid_skene", "one_coin"])
def test_other_names_and_another_order_change_nothing(method):
    _, answers = team([0.9, 0.7, 0.5], share=0.7, n=60)
    items, people, labels = table(answers)
    one = aggregate(items, people, labels, range(4), method=method)
    p = np.random.default_rng(1).permutation(len(items))
    other = aggregate(-items[p], -people[p], labels[p], range(4), method=method)
    np.testing.assert_allclose(other.proba[::-1], one.proba, atol=1e-6)
    np.testing.assert_allclose(other.reliability[::-1], one.reliability, atol=1e-6)


@pytest.mark.parametrize("method", ["dawid_skene", "one_coin"])
def test_an_item_nobody_answered_gets_the_prior_and_no_weight(method):
    items, people, labels = table(ANSWERS)
    labels = [*labels.tolist(), None]
    found = aggregate([*items, 99], [*people, 0], labels, [0, 1], method=method)
    np.testing.assert_allclose(found.proba[-1], found.proba[:-1].mean(axis=0), atol=1e-2)
    assert found.weight[-1] == 0 and found.n_answers[-1] == 0
    np.testing.assert_allclose(found.proba[:-1], by(method).proba, atol=1e-6)


@pytest.mark.parametrize("method", ["auto", "wawa", "dawid_skene", "one_coin"])
def test_one_person_is_believed(method):
    found = aggregate([3, 1, 2], ["anna"] * 3, ["b", "a", "b"], method=method)
    assert found.label.tolist() == ["a", "b", "b"] and found.weight.tolist() == [1, 1, 1]
    assert np.isnan(found.reliability).all()


def test_who_answered_nothing_says_nothing():
    items, people, labels = table(ANSWERS)
    labels = [*labels.tolist(), None]
    found = aggregate([*items, 0], [*people, 9], labels, [0, 1], method=DawidSkene(alpha=0))
    np.testing.assert_allclose(found.confusion[-1], 0.5)
    assert np.isnan(found.reliability[-1])


def test_a_class_nobody_used_stays_possible_and_unlikely():
    found = by("one_coin", classes=[0, 1, 2])
    assert np.isfinite(found.proba).all() and found.proba[:, 2].max() < 1e-6


def test_the_last_answer_of_a_person_counts_and_a_skip_takes_it_back():
    found = aggregate([1, 1, 2, 2], ["a"] * 4, ["x", "y", "x", None], ["x", "y"])
    assert found.label[0] == "y" and found.n_answers.tolist() == [1, 0]


def test_a_tie_goes_to_the_first_class_and_is_said():
    found = aggregate([1, 1], ["a", "b"], ["y", "x"], ["y", "x"], method="majority")
    assert found.label[0] == "y" and found.tie[0] and found.weight[0] == 0.5


def test_certainty_that_was_learned_is_capped():
    assert by("dawid_skene").weight.max() == 0.999
    assert by("majority").weight.max() == 1


def test_few_answers_are_warned_of():
    with pytest.warns(UserWarning, match="from 6 shared answers a person"):
        by("dawid_skene")


@pytest.mark.parametrize(
    ("shared", "method"), [(0, "majority"), (79, "one_coin"), (80, "dawid_skene")]
)
def test_auto_counts_answers_that_others_gave_too(shared, method):
    _, answers = team([0.9, 0.9], n=300)
    answers[shared::2, 0] = answers[shared + 1 :: 2, 1] = -1
    answers[shared::2, 1], answers[shared + 1 :: 2, 0] = 0, 1
    assert by("auto", answers, range(4)).method == method


# ---------------------------------------------------------------- a careless colleague


@pytest.mark.parametrize("method", ["wawa", "one_coin"])
def test_learning_who_is_careless_beats_the_majority(method):
    gains = []
    for seed in range(5):
        truth, answers = team([0.9, 0.9, 0.55], n=1000, seed=seed)
        found, majority = by(method, answers, range(4)), by("majority", answers, range(4))
        assert np.argmin(found.reliability) == 2
        gains.append((found.label == truth).mean() - (majority.label == truth).mean())
    assert np.mean(gains) > 0.005, gains


def test_learning_what_each_person_confuses_beats_the_majority():
    truth, answers = team([0.9, 0.9, 0.9], n=1000)
    answers[:, 0][truth == 0] = 1  # one person never says 0, another never 2
    answers[:, 1][truth == 2] = 3
    found, majority = by("auto", answers, range(4)), by("majority", answers, range(4))
    assert found.method == "dawid_skene"
    assert (found.label == truth).mean() > (majority.label == truth).mean() + 0.03


def test_a_tenth_of_overlap_tells_who_is_careless():
    rng = np.random.default_rng(0)
    truth, answers = team([0.95, 0.95, 0.6], n=1000, n_classes=10)
    first, second = rng.permuted(np.tile(np.arange(3), (1000, 1)), axis=1)[:, :2].T
    kept = np.zeros(answers.shape, dtype=bool)
    kept[np.arange(1000), first] = True
    kept[np.arange(0, 1000, 10), second[::10]] = True
    found = by("auto", np.where(kept, answers, -1), range(10))
    assert found.method == "one_coin" and np.argmin(found.reliability) == 2
    alone = kept.sum(axis=1) == 1
    careless = alone & (first == 2)
    assert found.weight[careless].mean() < found.weight[alone & ~careless].mean() - 0.1


# ---------------------------------------------------------------- with a classifier


def test_a_classifier_settles_what_one_careless_answer_left_open():
    truth, answers = team([0.9, 0.6], n=600, share=0.75)
    P = np.full((600, 4), 0.1 / 3)
    P[np.arange(600), np.where(np.random.default_rng(5).random(600) < 0.9, truth, 0)] = 0.9
    items, people, labels = table(answers)
    P, truth = P[np.unique(items)], truth[np.unique(items)]
    found = aggregate(items, people, labels, range(4), proba=P)
    assert found.method == "crowdlab"
    alone = aggregate(items, people, labels, range(4))
    assert (found.label == truth).mean() > (alone.label == truth).mean() + 0.02


def test_rows_without_predictions_are_settled_by_people():
    items, people, labels = table(ANSWERS)
    P = np.full((6, 2), np.nan)
    P[4] = [0.9, 0.1]
    found = aggregate(items, people, labels, [0, 1], method=Crowdlab(), proba=P)
    majority = [0, 0, 1, 1, 1, 1]
    assert np.delete(found.label, 4).tolist() == np.delete(majority, 4).tolist()
    np.testing.assert_allclose(found.proba.sum(axis=1), 1)


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: aggregate([1, 2], ["a"], ["x"]), "got 2, 1 and 1"),
        (lambda: aggregate([1], ["a"], ["z"], ["x", "y"]), r"must be among .*got \['z'\]"),
        (lambda: aggregate([1, 2], ["a", "a"], ["x", 1]), "all words or all numbers"),
        (lambda: aggregate([1], ["a"], [None]), "must hold an answer"),
        (lambda: aggregate([1], ["a"], ["x"], ["x", "x"]), "each class once"),
        (lambda: aggregate([1], ["a"], ["x"], method="vote"), "got 'vote'"),
        (lambda: aggregate([1], ["a"], ["x"], method="crowdlab"), "`proba` must hold"),
        (lambda: aggregate([1], ["a"], ["x"], proba=[[1, 0]]), r"shape \(1, 1\)"),
        (lambda: DawidSkene(alpha=-1), "`alpha` must be at least 0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
