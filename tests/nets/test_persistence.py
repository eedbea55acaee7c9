"""Pickle, joblib and deepcopy: exact, and nothing but arrays and plain values inside."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import EarlyStopping, LRScheduler
from skorch.dataset import ValidSplit

from skal.nets import ANNClassifier, CNNClassifier, NetClassifier
from tests.nets.modules import IMAGES, Lazy, Nested, Tiny, X, Y, same_weights, weights

INSTANCE = Nested()


def through_pickle(fitted):
    return pickle.loads(pickle.dumps(fitted))


def through_joblib(fitted):
    file = io.BytesIO()
    joblib.dump(fitted, file)
    file.seek(0)
    return joblib.load(file)


ways = pytest.mark.parametrize("copied", [through_pickle, through_joblib, copy.deepcopy])

small = {"max_epochs": 2, "batch_size": 16, "random_state": 0}
NETS = {
    "ann": ANNClassifier(8, **small),
    "dropout": ANNClassifier(8, dropout=0.5, **small),
    "adamw": ANNClassifier(8, optimizer="adamw", weight_decay=0.1, **small),
    "sgd with momentum": ANNClassifier(8, optimizer="sgd", optimizer__momentum=0.9, **small),
    "other optimizer": ANNClassifier(8, optimizer=torch.optim.RMSprop, **small),
    "class weight": ANNClassifier(8, class_weight="balanced", **small),
    "schedule": ANNClassifier(
        8, callbacks=[LRScheduler("StepLR", step_size=1, gamma=0.5)], **small
    ),
    "validation": ANNClassifier(8, train_split=ValidSplit(0.2), **small),
    "early stopping": ANNClassifier(
        8,
        train_split=ValidSplit(5),
        callbacks=[EarlyStopping(patience=1, threshold=10.0, sink=print)],
        **small,
    ),
    "module": NetClassifier(Nested, **small),
    "module with options": NetClassifier(Tiny, module__width=4, **small),
    "instance": NetClassifier(INSTANCE, **small),
    "lazy": NetClassifier(Lazy, **small),
}
each = pytest.mark.parametrize("net", NETS.values(), ids=NETS)


@each
@ways
def test_predictions_are_the_same_bit_for_bit(net, copied):
    fitted = clone(net).fit(X, Y)
    again = copied(fitted)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(again.embed(X), fitted.embed(X))


@each
@ways
def test_training_goes_on_bit_for_bit(net, copied, global_rng_untouched):
    fitted = clone(net).fit(X, Y)
    again = copied(fitted)
    for rows in (slice(0, 50), slice(30, 90)):
        fitted.partial_fit(X[rows], Y[rows])
        again.partial_fit(X[rows], Y[rows])
    assert same_weights(again, fitted)
    assert again.history_[:, "train_loss"] == fitted.history_[:, "train_loss"]


@each
def test_a_copy_is_trained_apart_from_its_original(net):
    fitted = clone(net).fit(X, Y)
    before = weights(fitted)
    copy.deepcopy(fitted).partial_fit(X, Y)
    assert same_weights(fitted, before)


class Tempered(torch.nn.CrossEntropyLoss):
    """A loss with a weight of its own."""

    def __init__(self):
        super().__init__()
        self.sharpness = torch.nn.Parameter(torch.ones(1))

    def forward(self, outputs, label):
        return super().forward(self.sharpness * outputs, label)


@ways
def test_what_the_loss_has_learned_comes_through(copied):
    net = ANNClassifier(8, criterion=Tempered, **small).fit(X, Y)
    assert net.net_.criterion_.sharpness.item() != 1
    assert copied(net).net_.criterion_.sharpness.item() == net.net_.criterion_.sharpness.item()


def test_a_refit_of_a_copy_starts_fresh():
    fitted = clone(NETS["instance"]).fit(X, Y)
    assert same_weights(through_pickle(fitted).fit(X, Y), fitted)


def test_images_and_text_labels_come_through():
    net = CNNClassifier(channels=(2,), hidden_dim=4, max_epochs=1, random_state=0)
    labels = np.array(["cat", "dog"])[np.arange(24) % 2]
    fitted = net.fit(IMAGES, labels)
    again = through_pickle(fitted)
    assert again.classes_.tolist() == ["cat", "dog"]
    np.testing.assert_array_equal(again.predict_proba(IMAGES), fitted.predict_proba(IMAGES))
    assert same_weights(again.partial_fit(IMAGES, labels), fitted.partial_fit(IMAGES, labels))


def test_the_history_comes_through():
    fitted = clone(NETS["ann"]).fit(X, Y)
    again = through_pickle(fitted)
    assert list(again.history_) == list(fitted.history_)
    assert again.history_[:, "train_loss"] == fitted.history_[:, "train_loss"]


def test_an_unfitted_net_comes_through():
    again = through_pickle(NETS["module with options"])
    assert again.get_params()["module__width"] == 4
    assert not hasattr(again, "net_")


def test_a_copy_is_in_evaluation_mode():
    again = through_pickle(clone(NETS["module"]).fit(X, Y))
    assert not any(m.training for m in again.module_.modules())


def test_parameters_set_after_fit_do_not_spoil_the_copy():
    fitted = clone(NETS["ann"]).fit(X, Y).set_params(hidden_dim=4, dtype="float32")
    again = through_pickle(fitted)
    assert again.hidden_dim == 4
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_an_option_set_after_fit_does_not_spoil_the_copy():
    fitted = clone(NETS["module with options"]).fit(X, Y).set_params(module__width=9)
    again = through_pickle(fitted)
    assert again.get_params()["module__width"] == 9
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_building_the_copy_moves_no_global_generator(global_rng_untouched):
    through_pickle(clone(NETS["instance"]).fit(X, Y))


# ---------------------------------------------------------------- what is inside


PLAIN = (str, bytes, int, float, bool, type(None), np.ndarray, np.generic, np.random.Generator)


def foreign(value, path="state"):
    """Every place in a nested state that holds neither array nor plain value."""
    if isinstance(value, PLAIN) or isinstance(value, type):
        return []
    if isinstance(value, dict):
        return [bad for key, part in value.items() for bad in foreign(part, f"{path}[{key!r}]")]
    if isinstance(value, list | tuple):
        return [bad for k, part in enumerate(value) for bad in foreign(part, f"{path}[{k}]")]
    return [f"{path}: {type(value).__name__}"]


@pytest.mark.parametrize("name", ["ann", "dropout", "adamw", "sgd with momentum", "module", "lazy"])
def test_the_state_holds_arrays_and_plain_values_only(name):
    state = clone(NETS[name]).fit(X, Y).partial_fit(X, Y).__getstate__()
    assert foreign(state) == []


@pytest.mark.parametrize("name", ["instance", "early stopping", "schedule", "validation"])
def test_the_users_own_objects_are_the_only_others(name):
    fitted = clone(NETS[name]).fit(X, Y)
    own = {*fitted.get_params(deep=False), "_built_with"}  # the parameters, now and as fitted
    state = {key: value for key, value in fitted.__getstate__().items() if key not in own}
    assert foreign(state) == []


def test_a_pickle_names_no_torch_function():
    import pickletools

    fitted = clone(NETS["ann"]).fit(X, Y)
    names = {
        argument
        for opcode, argument, _ in pickletools.genops(pickle.dumps(fitted))
        if opcode.name in ("GLOBAL", "SHORT_BINUNICODE") and isinstance(argument, str)
    }
    assert not [name for name in names if name.startswith(("torch", "skorch"))]


def test_arrays_in_the_state_are_copies():
    fitted = clone(NETS["ann"]).fit(X, Y)
    before = weights(fitted)
    for array in fitted.__getstate__()["_net_state"]["module"].values():
        array[...] = 0
    assert same_weights(fitted, before)


def test_a_net_saved_on_a_gpu_falls_back_to_the_cpu_with_a_warning():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    state = clone(NETS["ann"]).fit(X, Y)
    expected = state.predict_proba(X)
    data = pickle.dumps(state.set_params(device="cuda"))
    with pytest.warns(UserWarning, match="No GPU found: the net saved on 'cuda' goes to the CPU"):
        again = pickle.loads(data)
    np.testing.assert_array_equal(again.predict_proba(X), expected)
