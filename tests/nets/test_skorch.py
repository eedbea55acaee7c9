"""Raw skorch nets: labels of any kind, fresh starts, and clear words where they cannot work."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, EarlyStopping
from torch import nn

from skal import ActiveLearner
from skal.evidence import Embedding, Evidence, MCProba, Proba
from skal.nets import SkorchClassifier, as_classifier
from tests.nets.modules import IMAGES, Nested, X, Y

NAMES = np.array(["ant", "bee", "cow"])[Y]
INSTANCE = Nested()


class Net(nn.Sequential):
    def __init__(self, width=8, n_classes=3):
        super().__init__(nn.Linear(5, width), nn.ReLU(), nn.Linear(width, n_classes))


def raw(module=Net, **params):
    defaults = {"criterion": nn.CrossEntropyLoss, "max_epochs": 2, "train_split": None}
    return NeuralNetClassifier(module, **{**defaults, "verbose": 0, **params})


def wrapped(module=Net, random_state=0, **params):
    return SkorchClassifier(raw(module, **params), random_state=random_state)


def weights(fitted):
    return {k: v.detach().clone() for k, v in fitted.net_.module_.state_dict().items()}


def same_weights(a, b):
    a, b = weights(a), weights(b)
    return all(torch.equal(a[k], b[k]) for k in a)


# ---------------------------------------------------------------- rows and labels


@pytest.mark.parametrize(
    "labels",
    [Y, NAMES, NAMES.astype(object), Y * 10 - 5, Y.astype(np.int32), Y.astype(float)],
    ids=["codes", "text", "object", "offset", "int32", "float"],
)
def test_labels_come_back_as_they_were_given(labels):
    fitted = wrapped().fit(X, labels)
    assert fitted.classes_.tolist() == np.unique(labels).tolist()
    assert set(fitted.predict(X)) <= set(labels)


def test_the_kind_of_labels_does_not_change_training():
    assert same_weights(wrapped().fit(X, Y), wrapped().fit(X, NAMES))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.uint8, bool])
def test_rows_of_any_numeric_dtype_are_read(dtype):
    rows = (np.abs(X) * 3).astype(dtype)
    assert wrapped().fit(rows, Y).predict_proba(rows).shape == (90, 3)


def test_a_dataframe_is_read():
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    frame = pd.DataFrame(X, columns=list("abcde"))
    fitted = wrapped().fit(frame, NAMES)
    expected = wrapped().fit(X, NAMES).predict_proba(X)
    np.testing.assert_allclose(fitted.predict_proba(frame), expected, rtol=0, atol=1e-6)
    evidence = Evidence(fitted, frame, np.array([4, 2]), classes=fitted.classes_)
    np.testing.assert_allclose(evidence.arrays({"p": Proba()})["p"], expected[[4, 2]], rtol=1e-6)


def test_images_are_read():
    fitted = wrapped(Nested, module__n_features=36).fit(IMAGES, np.arange(24) % 3)
    assert fitted.predict_proba(IMAGES).shape == (24, 3)


def test_probabilities_sum_to_one():
    proba = wrapped().fit(X, Y).predict_proba(X)
    assert proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-14)


def test_outputs_without_a_class_are_left_out():
    proba = wrapped(module__n_classes=5).fit(X, Y).predict_proba(X)
    assert proba.shape == (90, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_rows_that_are_not_finite_are_refused(bad):
    rows = X.copy()
    rows[3, 1] = bad
    with pytest.raises(ValueError, match="contains (NaN|infinity)"):
        wrapped().fit(rows, Y)


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="0 sample"):
        wrapped().fit(X[:0], Y[:0])


@pytest.mark.parametrize("n_classes", [1, 2])
def test_missing_outputs_are_said_clearly(n_classes):
    words = f"NeuralNetClassifier has {n_classes} outputs for 3 classes; give it an output for"
    with pytest.raises(ValueError, match=words):
        wrapped(module__n_classes=n_classes).fit(X, Y)


def test_missing_outputs_are_said_before_the_class_is_seen():
    with pytest.raises(ValueError, match="has 2 outputs for 3 classes"):
        wrapped(module__n_classes=2).partial_fit(X[Y < 2], Y[Y < 2], classes=[0, 1, 2])


# ---------------------------------------------------------------- fresh starts and seeds


@pytest.mark.parametrize("module", [Net, INSTANCE], ids=["class", "instance"])
def test_the_same_seed_gives_the_same_weights(module, global_rng_untouched):
    first, again = wrapped(module).fit(X, Y), wrapped(module).fit(X, Y)
    assert same_weights(first, again)
    assert not same_weights(first, wrapped(module, random_state=1).fit(X, Y))


@pytest.mark.parametrize("module", [Net, INSTANCE], ids=["class", "instance"])
def test_a_refit_and_a_clone_start_fresh(module):
    fitted = wrapped(module).fit(X, Y)
    once = clone(fitted).fit(X, Y)
    assert same_weights(fitted, once)
    assert same_weights(fitted.fit(X[::-1], Y[::-1]).fit(X, Y), once)


def test_a_fitted_raw_net_is_taken_as_unfitted():
    net = raw().fit(X.astype(np.float32), Y)
    assert same_weights(SkorchClassifier(net, 0).fit(X, Y), wrapped().fit(X, Y))


def test_the_raw_net_is_never_trained_itself():
    net = raw(Nested())
    before = [p.clone() for p in net.module.parameters()]
    SkorchClassifier(net, random_state=0).fit(X, Y).partial_fit(X, Y)
    assert all(torch.equal(p, q) for p, q in zip(before, net.module.parameters()))
    assert not net.initialized_


def test_predictions_move_no_global_generator(global_rng_untouched):
    fitted = wrapped(INSTANCE).fit(X, Y)
    fitted.predict(X), fitted.predict_proba(X)


def test_a_raw_net_is_in_evaluation_mode_after_training():
    # else a sweep would give training mode back while another thread predicts
    fitted = wrapped().fit(X, Y)
    assert not fitted.net_.module_.training
    assert not fitted.partial_fit(X, Y).net_.module_.training


def test_partial_fit_goes_on():
    fitted = wrapped().fit(X, Y)
    before = fitted.predict_proba(X)
    fitted.partial_fit(X, Y)
    assert len(fitted.net_.history) == 4
    assert not np.array_equal(fitted.predict_proba(X), before)


def test_partial_fit_keeps_classes_to_come():
    fitted = wrapped().partial_fit(X[Y == 1], NAMES[Y == 1], classes=["ant", "bee", "cow"])
    assert fitted.predict_proba(X).shape == (90, 3)
    fitted.partial_fit(X[Y == 2], NAMES[Y == 2])
    assert fitted.classes_.tolist() == ["ant", "bee", "cow"]


def test_the_first_partial_fit_needs_the_classes():
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        wrapped().partial_fit(X, Y)


def test_partial_fit_refuses_labels_it_was_not_told_of():
    fitted = wrapped().partial_fit(X[Y < 2], Y[Y < 2], classes=[0, 1])
    with pytest.raises(ValueError, match=r"no output for: \[2\]; known are \[0, 1\]"):
        fitted.partial_fit(X, Y)


def test_a_failing_fit_leaves_nothing_behind():
    unfitted = wrapped(module__n_classes=2)
    before = set(vars(unfitted))
    with pytest.raises(ValueError, match="outputs"):
        unfitted.fit(X, Y)
    assert set(vars(unfitted)) == before


# ---------------------------------------------------------------- as part of a learner


def test_raw_nets_are_wrapped_also_at_the_end_of_a_pipeline():
    assert isinstance(as_classifier(raw()), SkorchClassifier)
    pipeline = as_classifier(make_pipeline(StandardScaler(), raw()))
    assert isinstance(pipeline, Pipeline)
    assert isinstance(pipeline[-1], SkorchClassifier)


def test_other_classifiers_are_left_as_they_are():
    for estimator in (wrapped(), make_pipeline(StandardScaler(), wrapped())):
        assert as_classifier(estimator) is estimator


def test_probabilities_and_embedding_are_given_as_evidence():
    fitted = wrapped().fit(X, Y)
    evidence = Evidence(fitted, X, np.array([4, 2, 80]), classes=fitted.classes_)
    found = evidence.arrays({"p": Proba(), "e": Embedding(), "h": Embedding("0")})
    np.testing.assert_allclose(found["p"], fitted.predict_proba(X)[[4, 2, 80]], rtol=1e-6)
    hidden = fitted.net_.module_[0](torch.from_numpy(X[[4, 2, 80]]).float()).detach().numpy()
    np.testing.assert_allclose(found["h"], hidden, rtol=1e-5)
    np.testing.assert_allclose(found["e"], np.maximum(hidden, 0), rtol=1e-5)


@pytest.mark.parametrize("mode", ["cumulative", "half-cumulative", "incremental"])
@pytest.mark.parametrize("piped", [False, True], ids=["alone", "in a pipeline"])
def test_a_raw_net_serves_a_learner(mode, piped):
    estimator = make_pipeline(StandardScaler(), raw()) if piped else raw()
    learner = ActiveLearner(
        estimator, mode=mode, init_size=12, query_size=6, budget=24, random_state=0
    ).fit(X, NAMES)
    assert learner.history_["n_labeled"].tolist() == [12, 18, 24]
    assert set(learner.predict(X)) <= set(NAMES)


class PressCtrlC(Callback):
    """Raises where the user's Ctrl-C would be raised: outside any callback."""

    def on_epoch_begin(self, net, **kwargs):
        def training_step(*args, **kwargs):
            raise KeyboardInterrupt

        net.train_step = training_step


def test_ctrl_c_passes_through_a_raw_net_and_a_callbacks_stop_does_not():
    X, y = np.eye(4, dtype=np.float32), np.array([0, 1, 0, 1])
    params = dict(module__in_features=4, module__out_features=2, train_split=None, verbose=0)
    params["criterion"] = torch.nn.CrossEntropyLoss
    stopping = EarlyStopping(monitor="train_loss", patience=1, threshold=10.0)
    net = NeuralNetClassifier(torch.nn.Linear, max_epochs=9, callbacks=[stopping], **params)
    assert len(SkorchClassifier(net, random_state=0).fit(X, y).net_.history) < 9
    net = NeuralNetClassifier(torch.nn.Linear, callbacks=[PressCtrlC()], **params)
    with pytest.raises(KeyboardInterrupt):
        SkorchClassifier(net, random_state=0).fit(X, y)


def test_evidence_leaves_out_outputs_without_a_class_too():
    net = wrapped(module__n_classes=5).fit(X, Y)
    found = Evidence(net, X, np.arange(6)).arrays({"proba": Proba()})["proba"]
    assert found.shape == (6, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(found, net.predict_proba(X[:6]), atol=1e-6)


def test_stochastic_passes_of_a_raw_net_are_probabilities_of_its_classes():
    net = wrapped(Nested, module__n_classes=5).fit(X, Y)
    passes = net.measure(X, np.arange(6), [MCProba(4)])[MCProba(4)]
    assert passes.shape == (4, 6, 3)
    np.testing.assert_allclose(passes.sum(axis=2), 1, rtol=1e-6)


def test_rows_that_nobody_has_looked_at_are_checked_before_a_sweep():
    bad = X.copy()
    bad[7, 2] = np.nan
    net = wrapped().fit(X, Y)
    with pytest.raises(ValueError, match="NaN"):
        net.measure(bad, None, [Embedding()])
    assert np.isfinite(net.measure(bad, np.array([3]), [Embedding()])[Embedding()]).all()


def test_a_device_that_was_set_since_waits_for_the_next_training():
    net = wrapped().fit(X, Y)
    before = net.predict_proba(X)
    net.set_params(net__device="meta")
    np.testing.assert_array_equal(net.predict_proba(X), before)
    assert len(net.measure(X, None, [Embedding()])[Embedding()]) == len(X)
