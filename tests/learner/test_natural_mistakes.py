"""What people do by mistake: named before any work, or warned of once; no state is changed."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC
from torch.utils.data import DataLoader, TensorDataset

from skal import ActiveLearner, ANNClassifier, NetClassifier, NetEnsemble, Plateau, TargetScore
from skal.evidence import Inputs
from skal.exceptions import EvidenceError
from skal.learner import PseudoLabels
from skal.strategies import KCenter, Skip

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)) + 2 * np.eye(4)[np.arange(40) % 3]
Y = np.arange(40) % 3
NAMES = np.array(["cat", "dog", "cow"])[Y]
NET = ANNClassifier(hidden_dim=4, max_epochs=1)
SIZES = {"init_size": 6, "query_size": 4, "budget": 14, "random_state": 0}
TENSORS = TensorDataset(torch.tensor(X), torch.tensor(Y))


class Failing(LogisticRegression):
    """Must not be reached."""

    def fit(self, X, y):
        raise AssertionError


FAILING = Failing()


def learner_of(estimator=None, **params):
    return ActiveLearner(
        LogisticRegression() if estimator is None else estimator, **(SIZES | params)
    )


def taught(estimator=None, **params):
    """A learner that has learned from cats and dogs."""
    rows = np.flatnonzero(NAMES != "cow")[:8]
    return learner_of(estimator, **params).teach(X[rows], NAMES[rows], rows=rows)


def assert_refused(learner, call, error, message):
    before = {name: pickle.dumps(value) for name, value in vars(learner).items()}
    with pytest.raises(error, match=message):
        call(learner)
    assert {name: pickle.dumps(value) for name, value in vars(learner).items()} == before


# ---------------------------------------------------------------- what is no classifier


@pytest.mark.parametrize("kind", [SelfTrainingClassifier(LogisticRegression()), LabelSpreading()])
@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: make_pipeline(StandardScaler(), e)])
def test_what_wants_unlabelled_rows_is_refused(kind, wrap):
    advice = r"marked by -1.*pass estimator=LogisticRegression\(\), pseudo_labels=PseudoLabels\(\)"
    assert_refused(learner_of(wrap(kind)), lambda a: a.fit(X, Y), TypeError, advice)


# ---------------------------------------------------------------- what is no pool


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((row for row in X), "read more than once, got a generator"),
        (DataLoader(TENSORS), r"got a DataLoader; pass skal.data.DatasetRows\(X.dataset\)"),
        ([Path(f"{k}.png") for k in range(40)], "got a path, '0.png'; pass the images"),
        (["a text"] * 40, "got a text, 'a text'; put a TfidfVectorizer in front"),
        ([{"a": 1}] * 40, "got a list of dicts; pass pandas.DataFrame"),
        ({"a": Y}, "got a dict; pass pandas.DataFrame"),
        (Path("rows.csv"), "got a path, 'rows.csv'"),
    ],
    ids=["generator", "DataLoader", "paths", "texts", "dicts", "dict", "path"],
)
@pytest.mark.parametrize("estimator", [NET, LogisticRegression()], ids=["net", "linear"])
def test_what_holds_no_rows_of_numbers_is_refused(estimator, rows, message):
    for call in (lambda a: a.fit(rows, Y), lambda a: a.query(rows, 2), lambda a: a.teach(rows, Y)):
        assert_refused(learner_of(estimator), call, TypeError, message)


@pytest.mark.parametrize("kind", [list, np.array, "series", "column"])
@pytest.mark.parametrize(
    "estimator", [NET, LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression())]
)
def test_names_of_files_are_no_rows(tmp_path, estimator, kind):
    pandas = pytest.importorskip("pandas")
    if isinstance(kind, str) and isinstance(estimator, Pipeline):
        pytest.skip("a transformer may take columns of texts")
    names = [str(tmp_path / f"scan {k}") for k in range(40)]  # of images without an ending
    (tmp_path / "scan 0").write_bytes(b"")
    wrap = {"series": pandas.Series, "column": lambda rows: pandas.DataFrame({"file": rows})}
    rows = wrap.get(kind, kind)(names)
    for call in (lambda a: a.fit(rows, Y), lambda a: a.query(rows, 2), lambda a: a.teach(rows, Y)):
        assert_refused(learner_of(estimator), call, TypeError, "got a path, .*ImageFolderPool")


def test_names_of_files_are_texts_to_a_pipeline_of_texts(tmp_path):
    names = [str(tmp_path / f"{'cat' if y else 'dog'} {k}.png") for k, y in enumerate(Y)]
    reader = make_pipeline(CountVectorizer(), LogisticRegression())
    assert learner_of(reader).fit(names, Y).n_labeled_ == SIZES["budget"]


def test_the_name_of_a_folder_is_no_pool(tmp_path):
    with pytest.raises(TypeError, match=r"got the single text .*; pass skal.data.ImageFolderPool"):
        learner_of().query(str(tmp_path), 2)


def test_a_frame_of_words_wants_an_encoder_before_anything_is_asked():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "colour": NAMES})
    for call in (lambda a: a.fit(frame, Y), lambda a: a.query(frame, 2)):
        assert_refused(learner_of(), call, TypeError, r"texts in \['colour'\]; encode them")


def test_a_torch_dataset_is_a_pool():
    whole, part = learner_of(NET).fit(X, Y), learner_of(NET).fit(TENSORS, Y).set_params(budget=20)
    assert part.labeled_rows_.tolist() == whole.labeled_rows_.tolist()
    assert set(part.query(TENSORS, 3).tolist()).isdisjoint(part.labeled_rows_)


@pytest.mark.parametrize("answer", ["cat", ["cat"]])
def test_a_row_without_its_axis_is_told_how_to_be_passed(answer):
    advice = r"X must be rows, got one axis of 4 numbers.*pool\[\[row\]\]"
    assert_refused(taught(), lambda a: a.teach(X[30], answer, rows=[30]), ValueError, advice)


def test_a_single_label_is_told_how_to_be_passed():
    advice = r"y must hold one label a row, got 'cat'; pass a list.*X=pool\[\[row\]\]"
    assert_refused(taught(), lambda a: a.teach(X[[30]], "cat"), ValueError, advice)


def test_a_whole_pool_with_some_answers_is_refused():
    advice = r"y has 2 labels, but X has 40 rows.*X\[rows\]"
    assert_refused(taught(), lambda a: a.teach(X, ["cat", "dog"], rows=[1, 2]), ValueError, advice)


# ---------------------------------------------------------------- what is no label


@pytest.mark.parametrize("nothing", ["", "  ", None, np.nan, "nan", "NaN", "<NA>", "?", "n/a"])
def test_no_answer_is_no_class(nothing):
    y = np.array(["cat", nothing], dtype=object)
    advice = "y must hold a label for every row, got .* for row 1.*leave rows without an answer out"
    assert_refused(taught(), lambda a: a.teach(X[30:32], y), ValueError, advice)
    y = np.append(NAMES[:38], y).astype(object)
    assert_refused(learner_of(), lambda a: a.fit(X, y), ValueError, "y must hold a label .*row 39")


@pytest.mark.parametrize("word", ["unknown", "Skip", "None", "not  sure"])
def test_a_word_for_no_answer_is_warned_of_once(word):
    y = np.where(np.arange(40) == 7, word, NAMES)
    said = f"y holds '{word}', which counts as a class.*pass classes= to the first teach"
    with pytest.warns(UserWarning, match=said):
        learner_of().fit(X, y)
    with pytest.warns(UserWarning, match=said):
        learner = taught().teach(X[[30]], [word])
    learner.teach(X[[31]], [word])


def test_a_word_for_no_answer_that_is_announced_is_a_class():
    classes = ["cat", "dog", "unknown"]
    assert learner_of().teach(X[:2], ["cat", "dog"], classes).teach(X[[2]], ["unknown"])


@pytest.mark.parametrize("spelling", ["Cat", " cat", "CAT "])
@pytest.mark.parametrize(
    ("estimator", "mode"),
    [(LogisticRegression(), "cumulative"), (SGDClassifier(random_state=0), "incremental")],
)
def test_a_new_spelling_of_a_class_is_refused(estimator, mode, spelling):
    learner = taught(estimator, mode=mode)
    assert_refused(learner, lambda a: a.teach(X[[30]], [spelling]), ValueError, "'cat' is known")


def test_a_class_that_only_looks_alike_can_be_announced():
    learner = taught().teach(X[[30]], ["Cat"], classes=["Cat", "cat", "dog"])
    assert learner.classes_.tolist() == ["Cat", "cat", "dog"]


def test_letters_of_either_case_are_classes():
    y = np.array(["a", "A"])[Y % 2]
    assert learner_of().teach(X[:9], y[:9]).teach(X[9:], y[9:]).classes_.tolist() == ["A", "a"]


def test_two_spellings_in_known_labels_are_warned_of():
    y = np.where(np.arange(40) == 7, "Cat", NAMES)
    with pytest.warns(UserWarning, match="'Cat' and 'cat' as two classes"):
        learner_of().fit(X, y)


def test_minus_one_beside_other_classes_is_warned_of():
    with pytest.warns(UserWarning, match=r"-1 beside the classes \[0, 1\].*leave these rows out"):
        learner_of().fit(X, Y - 1)
    with pytest.warns(UserWarning, match="-1 beside"):
        learner_of().teach(X[:9], Y[:9]).teach(X[[9]], [-1])


@pytest.mark.parametrize("classes", [[-1, 1, 1], [-2, -1, 0]])
def test_minus_one_of_a_sign_or_a_scale_is_a_class(classes):
    assert learner_of().fit(X, np.array(classes)[Y]).n_labeled_ == 14


def test_labels_of_the_test_set_that_are_all_new_are_refused():
    call = lambda a: a.fit(X, Y, X_test=X, y_test=Y + 3)  # noqa: E731
    assert_refused(learner_of(), call, ValueError, r"y_test must hold classes of y, \[0, 1, 2\]")


def test_labels_of_the_test_set_that_are_in_part_new_are_warned_of():
    with pytest.warns(UserWarning, match=r"y_test holds classes that y lacks, \[2\]"):
        learner_of().fit(X[Y < 2], Y[Y < 2], X_test=X, y_test=Y)


@pytest.mark.parametrize("labels", [Y, NAMES])
def test_rows_in_the_place_of_classes_are_told_their_name(labels):
    call = lambda a: a.teach(X[:9], labels[:9], range(10, 19))  # noqa: E731
    advice = "classes .*; rows of the pool are another argument, rows="
    assert_refused(learner_of(), call, (TypeError, ValueError), advice)


def test_a_learner_inside_a_learner_is_refused():
    call = lambda a: a.fit(X, Y)  # noqa: E731
    advice = "estimator must be a classifier .* got ActiveLearner.*estimator=learner.estimator"
    assert_refused(learner_of(learner_of()), call, TypeError, advice)


def test_columns_of_zeros_and_ones_are_no_labels():
    advice = r"an array of shape \(40, 3\) instead.*y.argmax\(axis=1\)"
    assert_refused(learner_of(), lambda a: a.fit(X, np.eye(3)[Y]), ValueError, advice)


@pytest.mark.parametrize("pseudo", [None, PseudoLabels(threshold=0.0)])
def test_a_slip_that_was_corrected_is_no_class(pseudo):
    learner = taught().set_params(pseudo_labels=pseudo)
    learner.teach(X[[30, 33]], ["cta"] * 2, rows=[30, 33], pool=X)
    assert learner.classes_.tolist() == ["cat", "cta", "dog"]
    learner.teach(X[[30, 33]], ["cat"] * 2, rows=[30, 33], pool=X, X_test=X, y_test=NAMES)
    assert learner.classes_.tolist() == learner.estimator_.classes_.tolist() == ["cat", "dog"]
    assert learner.predict_proba(X[:5]).shape == (5, 2)
    assert len(learner.query(X, 3)) == 3


@pytest.mark.parametrize(
    ("params", "first"),
    [({}, {"classes": ["cat", "cow", "dog"]}), ({"mode": "half-cumulative"}, {})],
)
def test_classes_that_were_announced_or_have_weights_stay(params, first):
    learner = learner_of(SGDClassifier(random_state=0), **params)
    learner.teach(X[:3], ["cat", "dog", "cow"], rows=range(3), **first)
    assert learner.teach(X[[2]], ["cat"], rows=[2]).classes_.tolist() == ["cat", "cow", "dog"]


def test_classes_of_a_pool_whose_labels_were_known_stay():
    learner = learner_of().fit(X, NAMES)
    rows = learner.labeled_rows_
    assert learner.teach(X[rows], ["cat", *["dog"] * 13], rows=rows).classes_.tolist() == [
        "cat",
        "cow",
        "dog",
    ]


# ---------------------------------------------------------------- what would be forgotten


def test_a_fit_that_forgets_answers_of_people_warns_of_it():
    with pytest.warns(UserWarning, match="forgets the 8 answers that teach was given.*warm_start"):
        taught().fit(X, NAMES)


def test_a_fit_that_keeps_answers_of_people_says_nothing():
    learner = taught(warm_start=True).fit(X, NAMES)
    assert learner.labeled_rows_[:8].tolist() == np.flatnonzero(NAMES != "cow")[:8].tolist()
    learner_of().fit(X, Y).fit(X, Y)


# ---------------------------------------------------------------- what is no parameter


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("row", "rows="),
        ("weights", "sample_weight="),
        ("x_test", "X_test="),
        ("worker", "they are"),
    ],
)
@pytest.mark.parametrize("estimator", [LogisticRegression(), NET], ids=["linear", "net"])
def test_unknown_keywords_are_refused_with_what_was_meant(estimator, wrong, meant):
    call = lambda a: a.teach(X[:9], Y[:9], **{wrong: np.ones(9)})  # noqa: E731
    assert_refused(learner_of(estimator), call, TypeError, f"got {wrong}=; .*{meant}")


def test_keywords_are_those_of_the_method_that_trains():
    warm = make_pipeline(StandardScaler(), SGDClassifier(random_state=0))
    learner = learner_of(warm, mode="incremental")
    learner.teach(X[:9], Y[:9], sgdclassifier__sample_weight=np.ones(9))
    call = lambda a: a.teach(X[9:12], Y[9:12], sample_weight=np.ones(3))  # noqa: E731
    assert_refused(learner, call, TypeError, "did you mean sgdclassifier__sample_weight=")


@pytest.mark.parametrize("scoring", ["f1-macro", ["accuracy", "f1-macro"], {"f": "F1 macro"}])
def test_a_misspelt_scorer_is_told_what_was_meant(scoring):
    wrong = "scoring must be a name .*; did you mean 'f1_macro'"
    assert_refused(learner_of(scoring=scoring), lambda a: a.fit(X, Y), ValueError, wrong)


@pytest.mark.parametrize("scoring", ["r2", ["accuracy", "neg_max_error"], {"e": "r2"}])
def test_a_scorer_of_regression_is_refused_with_those_of_classifiers(scoring):
    wrong = "scoring must be a scorer of classifiers, got .*'accuracy', 'balanced_accuracy'"
    assert_refused(learner_of(scoring=scoring), lambda a: a.fit(X, Y), ValueError, wrong)


@pytest.mark.parametrize(
    ("scoring", "labels", "advice"),
    [
        ("f1", NAMES, "use such as 'f1_macro'"),
        (["accuracy", "roc_auc"], Y, "use such as 'roc_auc_ovr'"),
        ({"p": "precision"}, np.where(Y == 1, "cat", "rest"), r"make_scorer\(..., pos_label="),
    ],
)
def test_a_scorer_that_the_labels_do_not_suit_is_refused_before_training(scoring, labels, advice):
    said = f"scoring must suit the labels, .*{advice}"
    for call in (
        lambda a: a.fit(X, labels, X_test=X, y_test=labels),
        lambda a: a.teach(X, labels, X_test=X, y_test=labels),
    ):
        assert_refused(learner_of(FAILING, scoring=scoring), call, ValueError, said)


def test_a_metric_of_two_arguments_is_no_scorer():
    call = lambda a: a.fit(X, Y, X_test=X, y_test=Y)  # noqa: E731
    learner = learner_of(scoring=own_metric)
    assert_refused(learner, call, TypeError, r"scoring must be a function of .*make_scorer")


def own_metric(truth, said):
    return float((truth == said).mean())


def test_an_error_of_ordered_classes_may_be_scored():
    error = make_scorer(mean_absolute_error, greater_is_better=False)
    stopping = TargetScore(-0.01)
    learner = learner_of(scoring=error, stopping=stopping).fit(X, Y, X_test=X, y_test=Y)
    assert (learner.history_["test_score"] <= 0).all()


@pytest.mark.parametrize(
    ("stopping", "scoring", "message"),
    [
        (TargetScore(85), None, "at most 1, got 85; pass .*, such as 0.85 for 85 percent"),
        (TargetScore(90, "test_f"), {"f": "f1_macro"}, "at most 1, got 90"),
        (TargetScore(0.1), ["neg_log_loss"], "at most 0, got 0.1; pass .*, such as -0.1"),
        (TargetScore("0.9"), None, "target must be a number, got '0.9'"),
        (Plateau(patience=0), None, "patience must be an int of at least 1, got 0"),
        (Plateau(min_delta=-1), None, "min_delta must be a number from 0 up, got -1"),
    ],
)
def test_a_rule_that_stops_never_or_at_once_is_refused(stopping, scoring, message):
    call = lambda a: a.fit(X, Y, X_test=X, y_test=Y)  # noqa: E731
    learner = learner_of(scoring=scoring, stopping=stopping)
    assert_refused(learner, call, (TypeError, ValueError), message)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"budget": 41}, "budget=41 labels are more than the 40 rows of X"),
        ({"query_size": 15}, "query_size=15 is more than the budget of 14 labels"),
    ],
)
def test_sizes_that_cannot_be_are_warned_of(params, message):
    with pytest.warns(UserWarning, match=message):
        learner_of(**params).fit(X, Y)


def test_a_skip_over_the_whole_pool_is_warned_of():
    with pytest.warns(UserWarning, match="n_skip=40 steps over the whole pool of 40 rows"):
        learner_of(strategy=Skip(n_skip=40), budget=10).fit(X, Y)
    learner_of(strategy=Skip(n_skip=39), budget=10).fit(X, Y)


@pytest.mark.parametrize("name", ["stopping", "on_round"])
@pytest.mark.parametrize(
    ("wrong", "message"), [(Plateau, "the class Plateau"), (lambda: 1, "takes")]
)
def test_what_cannot_be_given_a_history_is_refused(name, wrong, message):
    call = lambda a: a.fit(X, Y, X_test=X, y_test=Y)  # noqa: E731
    learner = learner_of()
    with pytest.raises(TypeError, match=f"{name} must be .*{message}"):
        call(learner.set_params(**{name: wrong}))
    assert not hasattr(learner, "history_")


@pytest.mark.parametrize("strategy", [None, ["margin", "entropy"]])
def test_what_is_no_strategy_is_told_what_is_one(strategy):
    wrong = "`strategy` must be a name, a Strategy object or a function, .* Blend"
    assert_refused(learner_of(strategy=strategy), lambda a: a.fit(X, Y), TypeError, wrong)


TEXTS = ["good", "bad", "so so", "fine"] * 10


@pytest.mark.parametrize(
    ("params", "who"),
    [
        ({"initial": "typiclust"}, r"initial=TypiClust\(\)"),
        ({"strategy": KCenter(space=Inputs())}, r"strategy=KCenter\(space=Inputs\(\)\)"),
    ],
)
def test_texts_where_points_are_needed_name_who_needs_them(params, who):
    texts = make_pipeline(TfidfVectorizer(), LogisticRegression())
    with pytest.raises(EvidenceError, match=f"^{who} needs Inputs.*the embedding as space="):
        learner_of(texts, **params).fit(TEXTS, Y)


# ---------------------------------------------------------------- one class at first


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (SVC(kernel="rfb"), "'kernel' parameter"),
        (RandomForestClassifier(max_depth=-1), "max_depth"),
    ],
)
def test_a_wrong_parameter_is_not_taken_for_a_single_class(estimator, message):
    call = lambda a: a.teach(X[:3], [1, 1, 1])  # noqa: E731
    assert_refused(learner_of(estimator), call, ValueError, message)


@pytest.mark.parametrize("estimator", [LogisticRegression(), SVC()])
def test_a_single_class_still_has_a_constant_stand_in(estimator):
    with pytest.warns(UserWarning, match="single class 1"):
        assert learner_of(estimator).teach(X[:3], [1, 1, 1]).predict(X[:2]).tolist() == [1, 1]


# ---------------------------------------------------------------- outputs for all classes


def linear_of_three():
    return torch.nn.Sequential(torch.nn.Linear(4, 3))


FIXED = {
    "instance": NetClassifier(linear_of_three(), max_epochs=1),
    "factory": NetClassifier(linear_of_three, max_epochs=1),
    "option": NetClassifier(torch.nn.Linear, module__out_features=3, max_epochs=1),
    "module": linear_of_three(),
    "ensemble": NetEnsemble(linear_of_three(), n_estimators=2),
    "pipeline": make_pipeline(StandardScaler(), linear_of_three()),
}


@pytest.mark.parametrize("estimator", FIXED.values(), ids=FIXED)
def test_a_module_with_fixed_outputs_may_start_on_rows_of_fewer_classes(estimator):
    rare = np.where(np.arange(40) == 20, 2, Y % 2)  # 20 is not in the initial set
    learner = learner_of(estimator, init_size=4, budget=6).fit(X, rare, X_test=X, y_test=rare)
    assert 2 not in learner.history_[0]["class_counts"]
    assert learner.predict_proba(X).shape == (40, 3)
    named = learner_of(estimator).teach(X[:4], rare[:4], classes=[0, 1, 2])
    assert named.estimator_.classes_.tolist() == [0, 1, 2]


def test_a_module_with_fixed_outputs_wants_all_classes_named():
    call = lambda a: a.teach(X[:4], Y[:4] % 2)  # noqa: E731
    assert_refused(
        learner_of(FIXED["factory"]), call, ValueError, r"teach\(X, y, classes=...\) of an Active"
    )


# ---------------------------------------------------------------- a pool that changes in place


def test_features_of_a_pool_that_changed_in_place_are_computed_anew():
    pool, seen = X.copy(), []

    def features(rows):
        seen.append(len(rows))
        return rows[:, :2]

    learner = learner_of(strategy=KCenter(space=features)).teach(pool[:6], Y[:6], rows=range(6))
    learner.query(pool, 3)
    learner.query(pool, 3)
    assert seen == [40]
    pool[:] = pool[::-1].copy()
    learner.query(pool, 3)
    assert seen == [40, 40]


def test_right_calls_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner_of().fit(X, NAMES, X_test=X, y_test=NAMES)
        taught().teach(X[[30]], ["cow"])


IMAGES = RNG.normal(size=(12, 3, 5))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (IMAGES[4], r"rows of shape \(5,\), .*fitted on rows of shape \(3, 5\); pass one row as X"),
        (np.zeros((2, 4, 5)), r"rows of shape \(4, 5\), .*fitted on rows of shape \(3, 5\)"),
        (np.zeros((2, 3, 6)), r"rows of shape \(3, 6\), .*fitted on rows of shape \(3, 5\)"),
    ],
)
def test_images_of_another_size_are_told_by_both_sizes(wrong, said):
    learner = learner_of(NET).teach(IMAGES[:4], [0, 1, 0, 1], rows=range(4))
    with pytest.raises(ValueError, match=said):
        learner.teach(wrong, [0] * len(wrong))
    assert learner.n_labeled_ == 4


def test_one_image_without_its_axis_is_told_how_to_be_passed():
    with pytest.raises(ValueError, match=r"or X\[\[row\]\] if it is one"):
        learner_of(NET).teach(IMAGES[4], [1])


def test_a_first_query_of_images_of_another_size_is_told_at_the_answers():
    learner = learner_of(NET)
    learner.query(np.zeros((9, 4, 5)), 2)
    with pytest.raises(ValueError, match=r"\(3, 5\), but query was given rows of shape \(4, 5\)"):
        learner.teach(IMAGES[:4], [0, 1, 0, 1], rows=range(4))
    learner.query(IMAGES, 2)
    assert learner.teach(IMAGES[:4], [0, 1, 0, 1], rows=range(4)).n_labeled_ == 4


# ---------------------------------------------------------------- what is on another scale

PIXELS = RNG.integers(0, 256, size=(40, 5, 6))
CALLS = {
    "predict": lambda a, rows: a.predict(rows),
    "predict_proba": lambda a, rows: a.predict_proba(rows[:2]),
    "decision_function": lambda a, rows: a.decision_function(rows),
    "query": lambda a, rows: a.query(rows, 2),
    "teach": lambda a, rows: a.teach(rows[8:], Y[8:]),
    "pool": lambda a, rows: a.teach(rows[8:] * 1.0, Y[8:], pool=rows),
    "X_test": lambda a, rows: a.teach(a.scaled(PIXELS[8:]), Y[8:], X_test=rows, y_test=Y),
    "fit": lambda a, rows: clone(a).fit(a.scaled(PIXELS), Y, X_test=rows, y_test=Y),
}


def flat(rows):
    return rows.reshape(len(rows), -1)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_rows_of_another_scale_than_those_that_were_taught_are_warned_of(call, large):
    scaled = (lambda rows: flat(rows) * 1.0) if large else (lambda rows: flat(rows) / 255)
    linear = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5)
    learner = learner_of(linear, init_size=12, budget=16).teach(scaled(PIXELS[:8]), Y[:8])
    learner.scaled = scaled
    other = flat(PIXELS) / 255 if large else flat(PIXELS)
    said = "about 1/2.. as large" if large else "about 2.. times as large"
    with pytest.warns(UserWarning, match=f"holds numbers {said}.*on one scale") as found:
        call(learner, other)
    assert {one.filename for one in found} == {__file__}


def frame(rows):
    return pytest.importorskip("pandas").DataFrame(rows)


@pytest.mark.parametrize("container", [csr_array, frame])
def test_the_scale_of_any_container_is_seen(container):
    learner = learner_of(SVC()).teach(container(flat(PIXELS) / 255), Y)
    with pytest.warns(UserWarning, match="about 255 times as large"):
        learner.predict(container(flat(PIXELS)))


def test_nets_tell_pixels_of_either_scale_apart_themselves():
    images = PIXELS.astype(np.uint8)
    learner = learner_of(NET).teach(images, Y)
    assert learner.predict(images[:9]).tolist() == learner.predict(images[:9] / 255).tolist()


@pytest.mark.parametrize("shift", [1, 8])
def test_rows_that_differ_as_classes_do_are_not_warned_of(shift):
    learner = learner_of(budget=None).teach(X[:20], Y[:20])
    learner.predict(X * shift)
    learner.predict(np.exp(X[20:]))
    learner.query(np.where(Y[:, None] == 1, X, X * shift), 3)


def test_a_budget_of_one_is_no_share():
    with pytest.raises(ValueError, match="budget must be at least 2 labels.*1.0 or None means all"):
        ActiveLearner(LogisticRegression(), budget=1).fit(X, Y)


@pytest.mark.parametrize(
    "classifier", [LogisticRegression(), make_pipeline(StandardScaler(), SVC())]
)
def test_images_into_a_classifier_of_flat_rows_are_told_to_be_flattened(classifier):
    images, y = np.random.default_rng(0).random((30, 4, 4)), np.arange(30) % 2
    with pytest.raises(ValueError, match=r"rows of shape \(4, 4\); flatten them: X.reshape\(len"):
        ActiveLearner(classifier, init_size=10, budget=20).fit(images, y)
