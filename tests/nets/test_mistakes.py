"""Mistakes that are natural around nets: each is named before any work is done."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping, GradientNormClipping
from torch.utils.data import DataLoader, TensorDataset

from skal import ActiveLearner
from skal.data import DatasetRows
from skal.nets import (
    ANNClassifier,
    CNNClassifier,
    NetClassifier,
    NetEnsemble,
    SkorchClassifier,
)
from tests.nets.modules import Tiny, X, Y, same_weights


def ann(**params):
    return ANNClassifier(4, **{"max_epochs": 1, "random_state": 0, **params})


def cnn(**params):
    return CNNClassifier(
        **{"channels": (2,), "hidden_dim": 4, "max_epochs": 1, "random_state": 0, **params}
    )


def net(module=Tiny, **params):
    return NetClassifier(module, **{"max_epochs": 1, "random_state": 0, **params})


def raw(module=Tiny, **params):
    net = NeuralNetClassifier(
        module,
        **{
            "module__n_features": 5, "module__n_classes": 3, "max_epochs": 1, "verbose": 0,
            "criterion": torch.nn.CrossEntropyLoss, "train_split": None, **params,
        },
    )  # fmt: skip
    return SkorchClassifier(net, random_state=0)


def unchanged(classifier):
    """Names and identities of all that a classifier holds, and its weights."""
    found = {name: id(value) for name, value in vars(classifier).items()}
    if "net_" in found:
        state = classifier.net_.module_.state_dict()
        found |= {name: value.tolist() for name, value in state.items()}
    return found


# ---------------------------------------------------------------- no rows of numbers


DATASET = TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
NO_ROWS = {
    "dataset": (DATASET, r"got a TensorDataset; pass skal.data.DatasetRows\(X\) as X, and the lab"),
    "loader": (DataLoader(DATASET), r"got a DataLoader; pass skal.data.DatasetRows\(X.dataset\)"),
    "pairs": ([(row, 1) for row in X], r"pairs of a row and a label; .*X, y = zip\(\*pairs\)"),
    "generator": ((row for row in X), r"a generator; pass np.stack\(list\(X\)\)"),
    "map": (map(list, X), r"got a map; pass np.stack\(list\(X\)\)"),
    "dict": ({"a": [1.0], "b": [2.0]}, r"got a dict; pass pandas.DataFrame\(X\)"),
    "dicts": ([{"a": 1.0}] * 90, r"a list of dicts; .*DictVectorizer\(sparse=False\)"),
    "texts": (["good film"] * 90, "got a text, 'good film'; put a TfidfVectorizer in front"),
    "array of texts": (np.array(["good film"] * 90), "got a text, 'good film'"),
    "one text": ("good film", "got a text, 'good film'"),
    "paths": ([Path("a/b.png")] * 90, "got a path, '.*b.png'; pass.* skal.data.ImageFolderPool"),
    "names of files": (["b.JPG"] * 90, "got a path, 'b.JPG'"),
    "a folder": (Path("photos"), "got a path, 'photos'"),
    "sparse tensor": (torch.from_numpy(X).to_sparse(), r"pass X.to_dense\(\).float\(\)"),
    "bfloat16": (torch.from_numpy(X).bfloat16(), r"got torch.bfloat16 .*.float\(\)"),
}
each_no_rows = pytest.mark.parametrize(("rows", "words"), NO_ROWS.values(), ids=NO_ROWS)


@each_no_rows
@pytest.mark.parametrize("make", [ann, raw])
def test_what_holds_no_rows_of_numbers_is_named(make, rows, words):
    fitted = make().fit(X, Y)
    before = unchanged(fitted)
    for call in (fitted.predict, fitted.predict_proba, lambda rows: fitted.fit(rows, Y)):
        with pytest.raises(TypeError, match=words):
            call(rows)
    assert unchanged(fitted) == before


@pytest.mark.parametrize(
    "sides", [(np.ones((6, 6)), np.ones((5, 6))), (torch.ones(6, 6), torch.ones(5, 6))]
)
def test_images_of_two_sizes_are_refused(sides):
    with pytest.raises(ValueError, match=r"one shape, got \(5, 6\) and \(6, 6\); resize, crop or"):
        cnn().fit(list(sides), [0, 1])


def test_pictures_of_two_sizes_are_refused():
    image = pytest.importorskip("PIL.Image", reason="comes with the extra 'plot'")
    with pytest.raises(ValueError, match="all rows of X must be of one shape"):
        cnn().fit([image.new("L", (6, 6)), image.new("L", (6, 5))], [0, 1])


def test_a_column_of_texts_is_named():
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    frame = pd.DataFrame({"size": [1.0, 2.0], "colour": ["red", "blue"]})
    with pytest.raises(TypeError, match=r"texts in \['colour'\]; encode them.*OneHotEncoder"):
        ann().fit(frame, [0, 1])
    with pytest.raises(TypeError, match="got a text, 'red'"):
        ann().fit(frame["colour"], [0, 1])


def test_what_is_named_in_place_of_a_dataset_is_taken():
    fitted = ann().fit(DatasetRows(DATASET), DATASET.tensors[1])
    assert same_weights(fitted, ann().fit(X, Y))


# ---------------------------------------------------------------- numbers that are too large


DIGITS = load_digits().images[:100]  # from 0 to 16
LARGE = {
    "images of floats": (DIGITS / 16 * 255, "as large as 255.*the images as uint8, or divide them"),
    "images of ints": ((DIGITS * 15).astype(int), "as large as 240, .*as uint8, or divide them by"),
    "table": (load_wine().data[:100], "as large as 1680, .* a StandardScaler in front of the net"),
    "counts": (
        load_wine().data[:100, 4:5].astype(np.uint8) % 128,
        "as large as 12., .* set scale_uint8=True if they",
    ),
    "a year": (X[:, :1] + 2000, "as large as 200., .* a StandardScaler in front"),
    "negative": (np.full((100, 1), -99.0), "as large as 99, .* a StandardScaler in front"),
}
each_large = pytest.mark.parametrize(("rows", "words"), LARGE.values(), ids=LARGE)


@each_large
@pytest.mark.parametrize("make", [ann, net])
def test_large_values_are_one_warning_that_says_what_to_do(make, rows, words):
    with pytest.warns(UserWarning, match=f"X holds values {words}") as warned:
        make(max_epochs=0).fit(rows, np.arange(len(rows)) % 2)
    assert len(warned) == 1
    assert warned[0].filename == __file__


FINE = {
    "digits from 0 to 16": DIGITS,
    "pixels": (DIGITS * 15).astype(np.uint8),
    "standardised, with an outlier": np.r_[X, [[0, 0, 99.0, 0, 0]]],
    "iris": load_iris().data,
    "truth": X > 0,
}


@pytest.mark.parametrize("rows", FINE.values(), ids=FINE)
@pytest.mark.parametrize("make", [ann, cnn, net])
def test_values_that_nets_learn_from_are_no_warning(make, rows):
    make(max_epochs=0).fit(rows, np.arange(len(rows)) % 2)


def test_values_are_looked_at_across_all_rows_of_a_large_table():
    rows = np.zeros((2**14, 256), np.float32)
    rows[1000:] = 99
    with pytest.warns(UserWarning, match="as large as 99"):
        ann(max_epochs=0, n_hidden=0).fit(rows, np.arange(len(rows)) % 2)


class Normalised(torch.nn.Sequential):
    def __init__(self, n_features, n_classes):
        linear = torch.nn.Linear(n_features, n_classes)
        super().__init__(torch.nn.Flatten(), torch.nn.BatchNorm1d(n_features), linear)


class Tokens(torch.nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.words = torch.nn.EmbeddingBag(1000, n_classes)

    def forward(self, X):
        return self.words(X.long())


@pytest.mark.parametrize("module", [Normalised, Tokens])
def test_a_module_that_takes_any_scale_is_no_warning(module):
    net(module).fit(np.arange(180).reshape(90, 2), Y)


# ---------------------------------------------------------------- axes of images


@pytest.mark.parametrize("n_channels", [1, 3, 4])
def test_channels_that_come_last_are_refused_with_what_to_write(n_channels):
    images = np.zeros((6, 9, 8, n_channels), np.uint8)
    words = rf"got rows of shape \(9, 8, {n_channels}\); pass np.moveaxis\(X, -1, 1\)"
    with pytest.raises(ValueError, match=words):
        cnn().fit(images, [0, 1] * 3)
    assert cnn().fit(np.moveaxis(images, -1, 1), [0, 1] * 3).image_shape_ == (n_channels, 9, 8)


def test_many_channels_of_a_strip_are_taken_if_input_shape_says_so():
    assert cnn(input_shape=(9, 8, 1)).fit(np.zeros((4, 9, 8, 1)), [0, 1] * 2).image_shape_[0] == 9


def test_an_input_shape_with_channels_last_is_a_warning():
    with pytest.warns(
        UserWarning, match=r"channels last pass .* input_shape=\(3, 8, 8\)"
    ) as warned:
        cnn(input_shape=(8, 8, 3)).fit(np.zeros((4, 192)), [0, 1] * 2)
    assert [(w.filename) for w in warned] == [__file__]


def test_volumes_are_a_warning_that_input_shape_silences():
    volumes = np.zeros((4, 5, 6, 6), np.uint8)
    with pytest.warns(UserWarning, match=r"5 channels; if .* set input_shape=\(5, 6, 6\). For vol"):
        cnn().fit(volumes, [0, 1] * 2)
    cnn(input_shape=(5, 6, 6)).fit(volumes, [0, 1] * 2)


def test_volumes_with_channels_are_refused():
    with pytest.raises(ValueError, match="for volumes, give NetClassifier a module of Conv3d"):
        cnn().fit(np.zeros((4, 1, 5, 6, 6)), [0, 1] * 2)


class Convolution(torch.nn.Sequential):
    def __init__(self, n_classes):
        super().__init__(
            torch.nn.Conv2d(3, 2, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
            torch.nn.Linear(2, n_classes),
        )  # fmt: skip


def test_a_module_that_cannot_read_the_rows_says_what_they_are():
    with pytest.raises(ValueError, match=r"shape \(9, 8, 3\) .*Convolution.*np.moveaxis\(X, -1, 1"):
        net(Convolution).fit(np.zeros((6, 9, 8, 3)), [0, 1] * 3)
    with pytest.raises(ValueError, match="If it begins with a convolution .* X.:, None."):
        net(Convolution).fit(np.zeros((6, 9, 8)), [0, 1] * 3)


# ---------------------------------------------------------------- what modules give


class Softmax(torch.nn.Sequential):
    def __init__(self, n_features, n_classes, last=torch.nn.Softmax):
        super().__init__(torch.nn.Linear(n_features, n_classes), last(dim=1))


def test_a_module_that_ends_in_a_softmax_is_refused():
    fitted = net().fit(X, Y)
    before = unchanged(fitted)
    with pytest.raises(ValueError, match="got probabilities from Softmax.* Leave its softmax out"):
        fitted.set_params(module=Softmax).fit(X, Y)
    fitted.set_params(module=Tiny)
    assert unchanged(fitted) == before


def test_what_a_criterion_takes_is_let_pass():
    net(Softmax, module__last=torch.nn.LogSoftmax).fit(X, Y)
    net(Softmax, module__last=torch.nn.LogSoftmax, criterion=torch.nn.NLLLoss).fit(X, Y)
    net(Softmax).fit(X, np.zeros(90))  # with one class all is 1


def test_logits_for_a_criterion_of_logarithms_are_refused():
    with pytest.raises(ValueError, match="where the criterion is NLLLoss.*leave `criterion` out"):
        net(criterion=torch.nn.NLLLoss).fit(X, Y)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            {"criterion": torch.nn.NLLLoss},
            "NLLLoss, skorch's default.* criterion=torch.nn.CrossEnt",
        ),
        ({"module": Softmax}, "got probabilities from Softmax, .* leave its softmax out"),
    ],
)
def test_a_raw_net_whose_criterion_does_not_suit_is_refused(params, words):
    with pytest.raises(ValueError, match=words):
        raw(**params).fit(X, Y)


def test_a_raw_net_of_probabilities_is_let_pass():
    raw(Softmax, criterion=torch.nn.NLLLoss).fit(X, Y)


def test_options_of_a_module_are_checked_by_name():
    with pytest.raises(TypeError, match=r"got module__widht; it has \['n_features', 'n_classes', "):
        net(module__widht=3).fit(X, Y)


def test_what_a_module_needs_besides_its_sizes_is_named():
    def make(n_classes, depth, *args, **kwargs):
        return Tiny(5, n_classes)

    with pytest.raises(TypeError, match=r"make needs \['depth'\], .* pass module__depth=\.\.\."):
        net(make).fit(X, Y)
    net(make, module__depth=1, module__other=2).fit(X, Y)


# ---------------------------------------------------------------- weights of classes


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf, "2", None])
def test_a_class_weight_that_is_none_is_refused(weight):
    with pytest.raises(
        ValueError, match="`class_weight` must hold numbers from 0 up, got .* for 1"
    ):
        ann(class_weight={1: weight}).fit(X, Y)


def test_a_class_weight_of_labels_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="as they stand in y, such as 0, got 'cat'"):
        ann(class_weight={"cat": 2.0}).fit(X, Y)


# ---------------------------------------------------------------- training that runs away


RUNAWAYS = {
    "rate": {"lr": 1e30, "optimizer": "sgd"},
    "weights of the criterion": {"criterion__weight": torch.tensor([1.0, np.nan, 1.0])},
}
each_runaway = pytest.mark.parametrize("params", RUNAWAYS.values(), ids=RUNAWAYS)


@each_runaway
@pytest.mark.parametrize("watched", [False, True], ids=["light loop", "loop of skorch"])
def test_a_loss_that_is_no_number_is_refused_with_its_epoch(params, watched):
    callbacks = [GradientNormClipping(1e30)] if watched else None
    rows = X.astype(np.float32)
    with pytest.raises(ValueError, match=r"must stay finite .* in epoch [12]; lower lr \("):
        ann(max_epochs=9, callbacks=callbacks, **params).fit(rows, Y)


def test_weights_that_the_last_step_lost_are_refused():
    rows, labels = X.astype(np.float32) * 1e30, Y
    with (
        pytest.warns(UserWarning, match="X holds values"),
        pytest.raises(ValueError, match="epoch 1"),
    ):
        ann(lr=1e30, optimizer="sgd", batch_size=90).fit(rows, labels)


@pytest.mark.parametrize(
    "make", [ann, lambda: ann(dropout=0.5), raw], ids=["ann", "dropout", "raw"]
)
def test_a_net_that_ran_away_when_going_on_is_as_it_was(make):
    rows = X.astype(np.float32)
    fitted, twin = make().fit(rows, Y), make().fit(rows, Y)
    before = unchanged(fitted)
    prefix = "net__" if isinstance(fitted, SkorchClassifier) else ""
    old = fitted.get_params()[f"{prefix}lr"]
    fitted.set_params(**{f"{prefix}lr": 1e38, f"{prefix}max_epochs": 5})
    with pytest.raises(ValueError, match="must stay finite in training"):
        fitted.partial_fit(rows, Y)
    fitted.set_params(**{f"{prefix}lr": old, f"{prefix}max_epochs": 1})
    assert unchanged(fitted) == before
    np.testing.assert_array_equal(
        fitted.partial_fit(rows, Y).predict_proba(rows),
        twin.partial_fit(rows, Y).predict_proba(rows),
    )
    assert len(fitted.net_.history) == 2


# ---------------------------------------------------------------- a bare module


@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.parametrize("module", [Tiny, Tiny(5, 3)], ids=["class", "instance"])
def test_a_bare_module_is_taken_by_a_learner(module, in_pipeline):
    bare, own = module, NetClassifier(module)
    if in_pipeline:
        bare, own = (make_pipeline(StandardScaler(), last) for last in (bare, own))
    sizes = {"budget": 12, "init_size": 9, "random_state": 0}
    learners = [clone(ActiveLearner(est, **sizes)).fit(X, Y) for est in (bare, own)]
    np.testing.assert_array_equal(*(learner.predict_proba(X) for learner in learners))


@pytest.mark.parametrize("wrong", [torch.relu, 3, ANNClassifier])
def test_what_is_no_module_is_refused_by_a_learner(wrong):
    with pytest.raises((TypeError, ValueError), match="estimator"):
        ActiveLearner(wrong).fit(X, Y)


# ---------------------------------------------------------------- labels, weights, parameters


class NoForward(torch.nn.Linear):
    forward = torch.nn.Module.forward


class Letters(torch.nn.Embedding):
    def __init__(self, n_classes):
        super().__init__(9, n_classes)


MISTAKES = {
    "columns of classes": (lambda: ann().fit(X, np.eye(3)[Y]), r"pass y.argmax\(axis=1\)"),
    "a lacking label": (lambda: ann().fit(X, [None, *Y[1:]]), "got None; leave those rows out"),
    "dates": (lambda: ann().fit(X.astype("M8[D]"), Y), r"X must be numbers, got datetime64\[D\]"),
    "weights by name": (
        lambda: ann().fit(X, Y, sample_weight="balanced"),
        "one number a row, got 'balanced'; weights of classes are a parameter, class_weight",
    ),
    "number of classes": (
        lambda: ann().partial_fit(X, Y, classes=3),
        r"classes must be a list of all labels, got 3; pass np.unique\(y\)",
    ),
    "device": (lambda: ann(device="gpu").fit(X, Y), "that torch has here, got 'gpu' .*; use 'cpu'"),
    "class of callbacks": (
        lambda: ann(callbacks=[EarlyStopping]).fit(X, Y),
        r"must hold objects, got the class EarlyStopping; pass EarlyStopping\(\)",
    ),
    "function as callback": (
        lambda: ann(callbacks=[("name", print)]).fit(X, Y),
        "must hold skorch callbacks, got <built-in function print>; derive",
    ),
    "nothing held out": (
        lambda: ann(callbacks=[EarlyStopping()]).fit(X, Y),
        r"monitor='valid_loss' and no rows held out; pass train_split=.*ValidSplit\(5\), or",
    ),
    "share to hold out": (
        lambda: ann(train_split=0.2).fit(X, Y),
        r"`train_split` must be a split of skorch, got 0.2; pass skorch.dataset.ValidSplit\(5\)",
    ),
    "criterion by name": (
        lambda: ann(criterion="cross_entropy").fit(X, Y),
        "must be a class such as torch.nn.CrossEntropyLoss, got 'cross_entropy'",
    ),
    "function as criterion": (
        lambda: ann(criterion=torch.nn.functional.cross_entropy).fit(X, Y),
        "must be a class such as torch.nn.CrossEntropyLoss, got <function",
    ),
    "criterion of other labels": (
        lambda: ann(criterion=torch.nn.BCEWithLogitsLoss).fit(X, Y),
        r"logits of shape \(64, 3\) .* from BCEWithLogitsLoss: .* Leave it out",
    ),
    "criterion of fewer classes": (
        lambda: ann(criterion__weight=torch.ones(2)).fit(X, Y, np.ones(90)),
        "all 3 classes .* or mend its options",
    ),
    "other word": (
        lambda: ann(epochs=3),
        r"no parameter 'epochs' \(did you mean one of \['max_epo",
    ),
    "no filters": (lambda: cnn(channels=(0,)).fit(X, Y), r"whole numbers above 0, .* got \(0,\)"),
    "no forward": (lambda: net(NoForward).fit(X, Y), r"Define forward\(self, X\)"),
    "letters": (lambda: net(Letters).fit(X, Y), r"Rows come as floats: turn them with .long\(\)"),
    "class of nets": (
        lambda: NetEnsemble(ANNClassifier).fit(X, Y),
        r"an object, got the class ANNClassifier; pass ANNClassifier\(\)",
    ),
}


@pytest.mark.parametrize(("call", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_natural_mistake_is_told_what_to_do(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_a_single_image_is_told_to_be_a_row():
    images = np.zeros((4, 6, 6))
    fitted = cnn().fit(images, [0, 1] * 2)
    with pytest.raises(ValueError, match=r"a single row of shape \(6, 6\); pass X\[None\]"):
        fitted.predict(images[0])
    assert fitted.predict(images[0][None]).shape == (1,)


def test_flat_colour_images_are_a_warning_that_input_shape_silences():
    flat = np.zeros((4, 3 * 8 * 8))
    with pytest.warns(UserWarning, match=r"input_shape=\(3, 8, 8\) .* or input_shape=\(1, 192\)"):
        cnn().fit(flat, [0, 1] * 2)
    assert cnn(input_shape=(3, 8, 8)).fit(flat, [0, 1] * 2).image_shape_ == (3, 8, 8)
    assert cnn(input_shape=(1, 192)).fit(flat, [0, 1] * 2).image_shape_ == (1, 1, 192)


def test_an_ensemble_takes_a_bare_module():
    sizes = {"n_estimators": 2, "random_state": 0}
    bare, own = (NetEnsemble(est, **sizes).fit(X, Y) for est in (Tiny, NetClassifier(Tiny)))
    np.testing.assert_array_equal(bare.predict_proba(X), own.predict_proba(X))
    assert bare.partial_fit(X, Y).predict_proba(X).shape == (90, 3)
