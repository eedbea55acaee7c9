"""partial_fit after set_params: what can be taken over holds, what cannot is refused by name."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, LRScheduler
from skorch.dataset import ValidSplit
from torch import nn

from skal.nets import ANNClassifier, CNNClassifier, NetClassifier, NetEnsemble, SkorchClassifier
from tests.nets.modules import IMAGES, Nested, Tiny, X, Y, same_weights, weights

SMALL = {"max_epochs": 1, "batch_size": 30, "random_state": 0}
PIXEL_LABELS = np.arange(24) % 2


def ann(**params):
    return ANNClassifier(8, **{**SMALL, **params}).fit(X, Y)


def cnn(**params):
    net = CNNClassifier(channels=(2,), hidden_dim=4, **{**SMALL, **params})
    return net.fit(IMAGES, PIXEL_LABELS)


def module(**params):
    return NetClassifier(Nested, **{**SMALL, **params}).fit(X, Y)


def tiny(**params):
    return NetClassifier(Tiny, **{**SMALL, **params}).fit(X, Y)


def wrapped(module=Nested, **params):
    params = {"module__n_features": 5, **params} if module is Nested else params
    raw = NeuralNetClassifier(
        module, criterion=nn.CrossEntropyLoss, max_epochs=1, train_split=None, verbose=0, **params
    )
    return SkorchClassifier(raw, random_state=0).fit(X, Y)


def group(fitted):
    return fitted.net_.optimizer_.param_groups[0]


def steps(fitted):
    return {int(state["step"]) for state in fitted.net_.optimizer_.state.values()}


def as_it_is(fitted):
    return fitted


def through_pickle(fitted):
    return pickle.loads(pickle.dumps(fitted))


ways = pytest.mark.parametrize("way", [as_it_is, through_pickle, copy.deepcopy])


# ---------------------------------------------------------------- taken over


@ways
@pytest.mark.parametrize("make", [ann, module])
def test_weight_decay_and_learning_rate_hold_and_the_state_is_kept(make, way):
    fitted = way(make()).set_params(weight_decay=0.3, lr=0.02, optimizer__betas=(0.5, 0.6))
    before = weights(fitted)
    fitted.partial_fit(X, Y)
    found = {name: group(fitted)[name] for name in ("weight_decay", "lr", "betas")}
    assert found == {"weight_decay": 0.3, "lr": 0.02, "betas": (0.5, 0.6)}
    assert steps(fitted) == {6}  # two epochs of three batches: the state goes on
    assert not same_weights(fitted, before)
    assert len(fitted.history_) == 2


def test_parameters_set_after_pickling_or_before_give_the_same_weights():
    first, second = ann().set_params(weight_decay=0.3), through_pickle(ann())
    second.set_params(weight_decay=0.3)
    assert same_weights(first.partial_fit(X, Y), second.partial_fit(X, Y))


def test_a_parameter_set_to_an_equal_value_changes_nothing():
    plain = module(callbacks=[LRScheduler("StepLR", step_size=1)])
    same = through_pickle(plain)
    same.set_params(**clone(plain).get_params())
    built = same.net_
    assert same_weights(same.partial_fit(X, Y), plain.partial_fit(X, Y))
    assert same.net_ is built


def test_weights_are_poured_before_training_goes_on():
    fitted = ann()
    before = weights(fitted)
    fitted.set_params(weight_decay=0.5, max_epochs=0).partial_fit(X, Y)
    assert same_weights(fitted, before)


def test_another_optimizer_starts_with_a_fresh_state():
    fitted = ann().set_params(optimizer="adamw").partial_fit(X, Y)
    assert type(fitted.net_.optimizer_) is torch.optim.AdamW
    assert steps(fitted) == {3}


def test_the_batch_and_the_epochs_are_those_of_the_call():
    fitted = ann().set_params(batch_size=45, max_epochs=2).partial_fit(X, Y)
    assert steps(fitted) == {3 + 2 * 2}


@pytest.mark.parametrize("make", [ann, cnn])
def test_a_rate_of_dropout_is_taken_over(make):
    fitted = make()
    rows, labels = (X, Y) if make is ann else (IMAGES, PIXEL_LABELS)
    fitted.set_params(dropout=0.4).partial_fit(rows, labels)
    rates = {m.p for m in fitted.module_.modules() if isinstance(m, nn.Dropout)}
    assert rates == {0.4}


@ways
def test_an_option_that_leaves_the_weights_of_a_module_is_taken_over(way):
    fitted = way(module()).set_params(module__dropout=0.1).partial_fit(X, Y)
    assert fitted.module_.drop.p == 0.1
    assert steps(fitted) == {6}


def test_a_schedule_goes_on_where_another_parameter_is_set():
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.1)
    plain = ann(lr=1.0, optimizer="sgd", callbacks=[schedule], max_epochs=2)
    changed = copy.deepcopy(plain).set_params(weight_decay=0.1).partial_fit(X, Y)
    assert group(changed)["lr"] == group(plain.partial_fit(X, Y))["lr"] < 0.1
    assert group(changed.set_params(lr=0.5).partial_fit(X, Y))["initial_lr"] == 0.5


def test_callbacks_are_kept_until_others_are_set():
    class Counting(Callback):
        def __init__(self):
            self.epochs = 0

        def on_epoch_end(self, net, **kwargs):
            self.epochs += 1

    def counts(fitted):
        return [cb.epochs for _, cb in fitted.net_.callbacks_ if hasattr(cb, "epochs")]

    fitted = ann(callbacks=[Counting()]).set_params(weight_decay=0.1).partial_fit(X, Y)
    assert counts(fitted) == [2]
    fitted.set_params(callbacks=[Counting(), Counting()]).partial_fit(X, Y)
    assert counts(fitted) == [1, 1]


def test_a_criterion_and_a_validation_split_are_taken_over():
    fitted = ann().set_params(criterion__label_smoothing=0.2, train_split=ValidSplit(5))
    fitted.partial_fit(X, Y)
    assert fitted.net_.criterion_.label_smoothing == 0.2
    assert "valid_loss" in fitted.history_[-1]


def test_another_seed_starts_another_stream():
    plain, other = ann(), ann().set_params(random_state=7)
    assert not same_weights(plain.partial_fit(X, Y), other.partial_fit(X, Y))


def test_the_word_for_the_precision_that_is_there_is_taken():
    assert ann().set_params(dtype="float64").partial_fit(X, Y).dtype_ == "float64"


# ---------------------------------------------------------------- refused


REFUSED = [
    (ann, {"hidden_dim": 9}, "`hidden_dim` must stay 8 where weights are kept, got 9; set it back"),
    (ann, {"n_hidden": 2}, "`n_hidden` must stay 1"),
    (ann, {"activation": "tanh"}, "`activation` must stay 'relu'"),
    (ann, {"dtype": "float32"}, "`dtype` must stay 'auto'"),
    (cnn, {"channels": (3,)}, r"`channels` must stay \(2,\)"),
    (cnn, {"hidden_dim": 5}, "`hidden_dim` must stay 4"),
    (cnn, {"input_shape": (4, 9)}, "`input_shape` must stay None"),
    (cnn, {"scale_uint8": False}, "`scale_uint8` must stay .auto"),
    (module, {"module": Tiny}, "`module` must stay .*Nested"),
    (module, {"module__n_features": 4}, "`module__n_features` must stay None .* got 4"),
    (tiny, {"module__width": 4}, "`module__width` must stay None .* got 4"),
    (wrapped, {"net__module": Tiny}, "`module` must stay .*Nested"),
    (wrapped, {"net__module__n_classes": 4}, "`module__n_classes` must stay None"),
]


@ways
@pytest.mark.parametrize(("make", "params", "words"), REFUSED)
def test_what_the_weights_were_made_for_is_refused_by_name(make, params, words, way):
    fitted = way(make()).set_params(**params)
    rows, labels = (X, Y) if make is not cnn else (IMAGES, PIXEL_LABELS)
    before = {name: id(value) for name, value in vars(fitted).items()}
    proba = fitted.predict_proba(rows)
    with pytest.raises(ValueError, match=words):
        fitted.partial_fit(rows, labels)
    assert {name: id(value) for name, value in vars(fitted).items()} == before
    np.testing.assert_array_equal(fitted.predict_proba(rows), proba)


def test_images_are_read_as_fitted_whatever_shape_is_set_since():
    fitted = cnn()
    plain = fitted.predict_proba(IMAGES)
    fitted.set_params(input_shape=(4, 9))
    np.testing.assert_array_equal(fitted.predict_proba(IMAGES), plain)


# ---------------------------------------------------------------- raw skorch nets, ensembles


@ways
def test_a_raw_net_goes_on_with_what_was_set(way):
    fitted = way(wrapped(optimizer=torch.optim.Adam))
    before = {k: v.clone() for k, v in fitted.net_.module_.state_dict().items()}
    changed = {"lr": 0.5, "optimizer__weight_decay": 0.1, "max_epochs": 0, "module__dropout": 0.1}
    fitted.set_params(**{f"net__{name}": value for name, value in changed.items()})
    fitted.partial_fit(X, Y)
    assert (group(fitted)["lr"], group(fitted)["weight_decay"]) == (0.5, 0.1)
    assert fitted.net_.module_.drop.p == 0.1
    assert steps(fitted) == {1}
    after = fitted.net_.module_.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    fitted.set_params(net__max_epochs=2).partial_fit(X, Y)
    assert len(fitted.net_.history) == 3


def test_a_raw_net_of_which_nothing_was_set_is_not_built_anew():
    fitted = wrapped()
    net = fitted.net_
    assert fitted.partial_fit(X, Y).net_ is net


def test_members_go_on_with_what_was_set():
    ensemble = NetEnsemble(ANNClassifier(4, **SMALL), n_estimators=2, random_state=0).fit(X, Y)
    before = ensemble.estimators_
    ensemble.set_params(estimator__weight_decay=0.3).partial_fit(X, Y)
    assert [group(member)["weight_decay"] for member in ensemble.estimators_] == [0.3, 0.3]
    assert [group(member)["weight_decay"] for member in before] == [0.0, 0.0]
    assert not same_weights(*ensemble.estimators_)


def test_members_that_no_ensemble_can_go_on_with_are_refused():
    ensemble = NetEnsemble(ANNClassifier(4, **SMALL), n_estimators=2, random_state=0).fit(X, Y)
    for params, words in [
        ({"n_estimators": 3}, "`n_estimators` must stay 2 .* got 3"),
        ({"estimator": SGDClassifier(loss="log_loss")}, "`estimator` must stay .*ANNClassifier"),
        ({"estimator__hidden_dim": 5}, "`hidden_dim` must stay 4"),
    ]:
        changed = copy.deepcopy(ensemble).set_params(**params)
        with pytest.raises(ValueError, match=words):
            changed.partial_fit(X, Y)
        np.testing.assert_array_equal(changed.predict_proba(X), ensemble.predict_proba(X))


def test_members_of_an_ensemble_with_another_seed_draw_from_other_streams():
    ensemble = NetEnsemble(ANNClassifier(4, **SMALL), n_estimators=2, random_state=0).fit(X, Y)
    other = copy.deepcopy(ensemble).set_params(random_state=1).partial_fit(X, Y)
    assert not same_weights(ensemble.partial_fit(X, Y).estimators_[0], other.estimators_[0])


@pytest.mark.parametrize(
    "wrong",
    [{"max_epochs": -1}, {"lr": 0.0}, {"optimizer": "adamm"}, {"batch_size": 0}, {"lr": "x"}],
    ids=str,
)
def test_parameters_that_fit_refuses_are_refused_when_going_on(wrong):
    fitted = ANNClassifier(4, max_epochs=1, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=f"'{next(iter(wrong))}' parameter of ANNClassifier"):
        fitted.set_params(**wrong).partial_fit(X, Y)
