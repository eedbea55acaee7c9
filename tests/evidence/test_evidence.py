"""Each need is measured once, for the candidates only, and lands in the right columns."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from skal import _containers
from skal.evidence import (
    Embedding,
    Evidence,
    Head,
    IfAny,
    Inputs,
    Labeled,
    Model,
    On,
    Past,
    Proba,
    Scores,
    align_columns,
    check_provides,
)
from skal.exceptions import EvidenceError
from skal.nets import ANNClassifier
from skal.strategies import Margin, Subsample

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.arange(60) % 3


class Counting:
    """Gives known probabilities and notes what it was asked."""

    def __init__(self, classes=(0, 1, 2)):
        self.classes_ = np.asarray(classes)
        self.asked = []

    def predict_proba(self, X):
        self.asked.append(np.asarray(X)[:, 0].tolist())
        weights = 1 + np.abs(np.asarray(X)[:, : len(self.classes_)])
        return weights / weights.sum(axis=1, keepdims=True)


def evidence_of(estimator, rows=None, pool=X, classes=(0, 1, 2), **labeled):
    rows = np.arange(len(pool)) if rows is None else np.asarray(rows)
    return Evidence(estimator, pool, rows, classes=np.asarray(classes), **labeled)


# ---------------------------------------------------------------- memo


def test_equal_needs_are_measured_once():
    classifier = Counting()
    evidence = evidence_of(classifier)
    first = evidence.arrays({"proba": Proba(), "p": Proba()})
    again = evidence.arrays({"proba": Proba()})
    assert len(classifier.asked) == 1
    assert first["proba"] is first["p"] is again["proba"]


def test_needs_are_compared_by_value():
    assert Embedding("3") == Embedding(layer="3") != Embedding()
    assert len({Proba(), Proba(), Labeled(Proba()), Labeled(Proba())}) == 2


def test_only_the_candidates_are_measured():
    classifier = Counting()
    evidence = evidence_of(classifier, rows=[7, 3, 50])
    proba = evidence.arrays({"proba": Proba()})["proba"]
    assert classifier.asked == [X[[7, 3, 50], 0].tolist()]
    assert len(evidence) == len(proba) == 3


def test_nothing_is_measured_without_a_need():
    classifier = Counting()
    assert evidence_of(classifier).arrays({}) == {}
    assert classifier.asked == []


def test_a_part_keeps_what_is_known():
    classifier = Counting()
    evidence = evidence_of(classifier, rows=np.arange(10, 30))
    whole = evidence.arrays({"proba": Proba(), "inputs": Inputs()})
    part = evidence.part(np.array([5, 0]))
    found = part.arrays({"proba": Proba(), "inputs": Inputs()})
    assert len(classifier.asked) == 1
    assert part.rows.tolist() == [15, 10]
    for name in ("proba", "inputs"):
        np.testing.assert_array_equal(found[name], whole[name][[5, 0]])


def test_a_part_measures_what_is_not_known_for_itself_only():
    classifier = Counting()
    part = evidence_of(classifier).part(np.array([5, 0]))
    part.arrays({"proba": Proba()})
    assert classifier.asked == [X[[5, 0], 0].tolist()]


def test_a_part_keeps_sparse_inputs_that_are_known():
    evidence = evidence_of(Counting(), pool=sp.csr_array(X), rows=np.arange(60))
    evidence.arrays({"x": Inputs()})
    part = evidence.part(np.array([7, 2])).arrays({"x": Inputs()})["x"]
    np.testing.assert_array_equal(part.toarray(), X[[7, 2]])


def test_a_part_leaves_the_whole_as_it_was():
    evidence = evidence_of(Counting())
    evidence.part(np.array([5])).arrays({"proba": Proba()})
    assert len(evidence.arrays({"proba": Proba()})["proba"]) == 60


def test_a_part_of_what_is_known_holds_all_labelled_rows():
    evidence = evidence_of(
        Counting(), X_labeled=X, rows_labeled=np.array([1, 2, 3]), y_labeled=Y[1:4]
    )
    evidence.arrays({"labeled": Labeled(Proba())})
    part = evidence.part(np.array([0]))
    assert len(part.arrays({"labeled": Labeled(Proba())})["labeled"]) == 3


def test_a_part_gives_its_own_pool_to_query_functions():
    evidence = evidence_of(Counting())
    assert len(evidence.arrays({"model": Model()})["model"].X_pool) == 60
    part = evidence.part(np.array([4, 2]))
    np.testing.assert_array_equal(part.arrays({"model": Model()})["model"].X_pool, X[[4, 2]])


# ---------------------------------------------------------------- labelled rows, inputs


def test_labeled_measures_the_labelled_rows_of_their_own_pool():
    classifier = Counting()
    other = X + 100
    evidence = evidence_of(
        classifier, rows=[0, 1], X_labeled=other, rows_labeled=np.array([9, 4]), y_labeled=Y[:2]
    )
    found = evidence.arrays({"labeled": Labeled(Inputs()), "inputs": Inputs()})
    np.testing.assert_array_equal(found["labeled"], other[[9, 4]])
    np.testing.assert_array_equal(found["inputs"], X[[0, 1]])


@pytest.mark.parametrize("rows", [None, np.empty(0, dtype=int)])
def test_labeled_without_labels_says_what_to_do(rows):
    evidence = evidence_of(Counting(), X_labeled=X, rows_labeled=rows)
    with pytest.raises(EvidenceError, match=r"Labeled\(of=Proba\(\)\).*no row is labelled yet"):
        evidence.arrays({"labeled": Labeled(Proba())})


def test_inputs_are_flattened_images():
    images = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    found = evidence_of(None, pool=images).arrays({"inputs": Inputs()})["inputs"]
    assert found.shape == (2, 60) and found.dtype == np.uint8


def test_sparse_inputs_stay_sparse():
    found = evidence_of(None, rows=[2, 0], pool=sp.csr_array(X)).arrays({"inputs": Inputs()})
    assert sp.issparse(found["inputs"])
    np.testing.assert_array_equal(found["inputs"].toarray(), X[[2, 0]])


def test_inputs_of_text_are_refused():
    with pytest.raises(EvidenceError, match=r"Inputs\(\), rows of numbers"):
        evidence_of(None, pool=["a", "b"]).arrays({"inputs": Inputs()})


def test_the_pool_may_be_a_dataframe():
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    frame = pd.DataFrame(X, columns=list("abc"), index=np.arange(60)[::-1])
    fitted = GaussianNB().fit(frame, Y)
    evidence = Evidence(fitted, frame, np.array([4, 2]), classes=fitted.classes_)
    found = evidence.arrays({"proba": Proba(), "inputs": Inputs()})
    np.testing.assert_array_equal(found["inputs"], X[[4, 2]])
    np.testing.assert_allclose(found["proba"], fitted.predict_proba(frame)[[4, 2]])


# ---------------------------------------------------------------- columns


def test_a_class_not_yet_seen_gets_probability_zero_in_its_own_column():
    found = evidence_of(Counting(classes=["b", "d"]), classes=["a", "b", "c", "d"])
    proba = found.arrays({"proba": Proba()})["proba"]
    assert proba.shape == (60, 4)
    assert (proba[:, [0, 2]] == 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_columns_that_are_all_there_are_not_copied():
    values = np.ones((2, 3)) / 3
    assert align_columns(values, np.arange(3), np.arange(3)) is values


def test_columns_are_aligned_by_label():
    aligned = align_columns(np.array([[0.25, 0.75]]), np.array([5, 9]), np.array([1, 5, 7, 9]))
    assert aligned.tolist() == [[0.0, 0.25, 0.0, 0.75]]


def test_decision_values_of_a_class_not_yet_seen_are_minus_infinity():
    two = Y < 2
    svm = LinearSVC().fit(X[two], Y[two])
    scores = evidence_of(svm).arrays({"scores": Scores()})["scores"]
    assert scores.shape == (60, 3)
    assert np.isneginf(scores[:, 2]).all()
    assert np.isfinite(Margin().utility(scores)).all()


def test_the_margin_of_a_binary_svm_is_its_distance():
    svm = LinearSVC().fit(X, Y > 0)
    scores = evidence_of(svm, classes=[False, True]).arrays({"scores": Scores()})["scores"]
    np.testing.assert_allclose(Margin().utility(scores), -np.abs(svm.decision_function(X)))


def test_the_margin_of_a_svm_is_the_gap_of_its_two_best_classes():
    svm = LinearSVC().fit(X, Y)
    best = np.sort(svm.decision_function(X), axis=1)
    scores = evidence_of(svm).arrays({"scores": Scores()})["scores"]
    np.testing.assert_allclose(Margin().utility(scores), best[:, -2] - best[:, -1])


def test_scores_are_probabilities_where_there_are_some():
    found = evidence_of(Counting()).arrays({"scores": Scores(), "proba": Proba()})
    np.testing.assert_array_equal(found["scores"], found["proba"])


def test_decision_values_of_pairs_become_those_of_classes():
    y = np.arange(60) % 4
    pairs, classes = (SVC(decision_function_shape=shape).fit(X, y) for shape in ("ovo", "ovr"))
    found = evidence_of(pairs, classes=range(4)).arrays({"scores": Scores()})["scores"]
    np.testing.assert_array_equal(found, classes.decision_function(X))  # 4 columns, not 6


# ---------------------------------------------------------------- blocks


@pytest.mark.parametrize("fitted", [GaussianNB().fit(X, Y), LinearSVC().fit(X, Y)], ids=repr)
def test_small_blocks_give_the_same_result(monkeypatch, fitted):
    pool = np.random.default_rng(1).normal(size=(1000, 3))
    rows = np.random.default_rng(2).permutation(1000)[:900]
    whole = evidence_of(fitted, rows, pool).arrays({"scores": Scores()})["scores"]
    monkeypatch.setattr(_containers, "BLOCK", 24 * 256)
    cut = evidence_of(fitted, rows, pool).arrays({"scores": Scores()})["scores"]
    np.testing.assert_allclose(cut, whole, rtol=1e-12)


def test_blocks_hold_a_bounded_number_of_values(monkeypatch):
    monkeypatch.setattr(_containers, "BLOCK", 24 * 300)
    classifier = Counting()
    evidence_of(classifier, pool=np.ones((1000, 3))).arrays({"proba": Proba()})
    assert [len(rows) for rows in classifier.asked] == [300, 300, 300, 100]


# ---------------------------------------------------------------- Pipelines


@pytest.fixture(scope="module")
def pipeline():
    net = ANNClassifier(8, max_epochs=2, random_state=0)
    return make_pipeline(StandardScaler(), net).fit(X * 7 + 3, Y)


def test_a_pipeline_is_transformed_before_its_net_is_asked(pipeline):
    pool = X * 7 + 3
    found = evidence_of(pipeline, pool=pool).arrays({"proba": Proba(), "embedding": Embedding()})
    np.testing.assert_array_equal(found["proba"], pipeline.predict_proba(pool))
    np.testing.assert_array_equal(
        found["embedding"], pipeline[-1].embed(pipeline[0].transform(pool))
    )


def test_a_pipeline_in_small_blocks_gives_the_same_result(monkeypatch, pipeline):
    pool = np.tile(X * 7 + 3, (10, 1))
    needs = {"proba": Proba(), "embedding": Embedding()}
    whole = evidence_of(pipeline, pool=pool).arrays(needs)
    monkeypatch.setattr(_containers, "BLOCK", 24 * 256)
    cut = evidence_of(pipeline, pool=pool).arrays(needs)
    for name in needs:
        np.testing.assert_allclose(cut[name], whole[name], rtol=0, atol=1e-6)


def test_a_pipeline_in_a_pipeline_gives_its_embedding(pipeline):
    outer = Pipeline([("identity", "passthrough"), ("none", None), ("inner", pipeline)])
    pool = X * 7 + 3
    found = evidence_of(outer, pool=pool).arrays({"e": Embedding(), "p": Proba()})
    np.testing.assert_array_equal(found["e"], pipeline[-1].embed(pipeline[0].transform(pool)))
    np.testing.assert_array_equal(found["p"], pipeline.predict_proba(pool))


def test_a_pipeline_may_begin_with_text():
    lengths = FunctionTransformer(lambda texts: np.array([[len(t), t.count("a")] for t in texts]))
    texts = ["a", "bb", "aaa", "bbbb", "aaaaa", "b"]
    fitted = make_pipeline(lengths, GaussianNB()).fit(texts, [0, 1, 0, 1, 0, 1])
    proba = evidence_of(fitted, rows=[4, 1], pool=texts, classes=[0, 1]).arrays({"p": Proba()})["p"]
    np.testing.assert_allclose(proba, fitted.predict_proba(["aaaaa", "bb"]))


class Sampler:
    """Changes the rows that a classifier is trained on, and none that it is asked about."""

    def fit_resample(self, X, y):
        return X, y


def test_a_step_that_only_resamples_is_passed_by():
    fitted = GaussianNB().fit(X, Y)
    steps = [("sample", Sampler()), ("classify", fitted)]
    found = evidence_of(Pipeline(steps)).arrays({"p": Proba(), "e": Embedding()})
    np.testing.assert_array_equal(found["p"], fitted.predict_proba(X))
    np.testing.assert_array_equal(found["e"], X)


# ---------------------------------------------------------------- early refusals


@pytest.mark.parametrize(
    ("estimator", "need", "words"),
    [
        (LinearSVC(), Proba(), "LinearSVC does not give; use strategy='margin'"),
        (SGDClassifier(), Proba(), "SGDClassifier does not give"),
        (make_pipeline(StandardScaler(), LinearSVC()), Proba(), "LinearSVC does not give"),
        (LogisticRegression(), Embedding("0"), r"Embedding\(layer='0'\).*use a net"),
        (LogisticRegression(), Labeled(Embedding("2")), r"Embedding\(layer='2'\)"),
        (LogisticRegression(), Model(committee=True), "use a BaggingClassifier"),
    ],
)
def test_a_need_that_cannot_be_answered_is_refused_before_any_work(estimator, need, words):
    with pytest.raises(EvidenceError, match=words):
        check_provides(estimator, [need], "mine")


def test_the_refusal_names_the_strategy():
    with pytest.raises(EvidenceError, match=r"strategy=Subsample\("):
        check_provides(LinearSVC(), [Proba()], Subsample("entropy"))


@pytest.mark.parametrize(
    ("estimator", "need"),
    [
        (LinearSVC(), Scores()),
        (LinearSVC(), Inputs()),
        (LinearSVC(), Model()),
        (SGDClassifier(loss="log_loss"), Proba()),
        (ANNClassifier(), Embedding()),
        (make_pipeline(StandardScaler(), ANNClassifier()), Labeled(Embedding())),
    ],
)
def test_a_need_that_can_be_answered_is_let_pass(estimator, need):
    check_provides(estimator, [need], "mine")


@pytest.mark.parametrize(
    "need", [Proba(), IfAny(Proba()), Inputs(), Labeled(Inputs()), Head(), Past()], ids=repr
)
def test_an_answer_that_others_share_cannot_be_written_to(need):
    model = LogisticRegression().fit(X, Y)
    taught = {"X_labeled": X, "rows_labeled": np.arange(9), "past": {"note": np.zeros(3)}}
    answer = Evidence(model, X, np.arange(9, 60), **taught).arrays({"it": need})["it"]
    if isinstance(answer, dict):
        answer = tuple(answer.values())
    for array in answer if isinstance(answer, tuple) else [answer]:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_what_is_shown_read_only_stays_writable_where_it_lies():
    Evidence(None, X, np.arange(9)).arrays({"other": On(Inputs(), X)})
    assert X.flags.writeable
