"""What rows and labels may be, and what is refused with which words."""

import pickle

import numpy as np
import pytest
import torch

from skal.evidence import Proba
from skal.nets import ANNClassifier, CNNClassifier, NetClassifier
from tests.nets.modules import IMAGES, Lazy, Nested, Tiny, X, Y, same_weights, weights

LABELS = np.arange(24) % 2


def ann(**params):
    return ANNClassifier(4, **{"max_epochs": 1, "random_state": 0, **params})


def cnn(**params):
    return CNNClassifier(
        **{"channels": (2,), "hidden_dim": 4, "max_epochs": 1, "random_state": 0, **params}
    )


def net(module=Tiny, **params):
    return NetClassifier(module, **{"max_epochs": 1, "random_state": 0, **params})


each_net = pytest.mark.parametrize("make", [ann, cnn, net], ids=["ann", "cnn", "module"])


# ---------------------------------------------------------------- kinds of rows


@each_net
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32"])
def test_rows_of_any_numeric_dtype_become_float32(make, dtype):
    rows = (IMAGES > 99).astype(dtype)
    fitted = make().fit(rows, LABELS)
    assert next(fitted.module_.parameters()).dtype == torch.float32
    np.testing.assert_array_equal(
        fitted.predict_proba(rows), fitted.predict_proba(rows.astype(np.float32))
    )


@each_net
def test_float64_rows_train_in_float64(make):
    fitted = make().fit(IMAGES / 255, LABELS)
    assert next(fitted.module_.parameters()).dtype == torch.float64


@each_net
def test_the_dtype_can_be_chosen(make):
    single = make(dtype="float32").fit(IMAGES / 255, LABELS)
    double = make(dtype="float64").fit((IMAGES / 255).astype(np.float32), LABELS)
    assert next(single.module_.parameters()).dtype == torch.float32
    assert next(double.module_.parameters()).dtype == torch.float64


def test_long_doubles_are_trained_on_in_float64():
    fitted = ann().fit(X.astype(np.longdouble), Y)
    assert same_weights(fitted, ann().fit(X, Y))


@each_net
def test_uint8_images_count_as_pixels_between_0_and_1(make):
    pixels = make().fit(IMAGES, LABELS)
    scaled = make(dtype="float32").fit(IMAGES.astype(np.float32) * np.float32(1 / 255), LABELS)
    assert same_weights(pixels, scaled)


@each_net
@pytest.mark.parametrize("largest", [1, 16])
def test_uint8_images_of_few_levels_are_taken_as_they_are(make, largest):
    masks = IMAGES % (largest + 1)
    assert not make().fit(masks, LABELS).scaled_
    assert same_weights(make().fit(masks, LABELS), make(scale_uint8=False).fit(masks, LABELS))


@each_net
def test_uint8_images_above_16_are_pixels(make):
    assert make().fit(IMAGES % 18, LABELS).scaled_


def test_flat_rows_of_uint8_are_pixels_above_127_only():
    flat = IMAGES.reshape(24, 36)
    assert ann().fit(flat, LABELS).scaled_
    counts = ann().fit(flat % 16, LABELS)
    assert not counts.scaled_
    assert same_weights(counts, ann().fit((flat % 16).astype(np.float32), LABELS))


def test_flat_rows_that_a_cnn_reads_are_images():
    assert cnn().fit(IMAGES.reshape(24, 36) % 20, LABELS).scaled_
    assert not ann().fit(IMAGES.reshape(24, 36) % 20, LABELS).scaled_


def test_counts_are_read_alike_whatever_their_dtype():
    counts = IMAGES.reshape(24, 36) % 9
    fitted = ann().fit(counts, LABELS)
    before = fitted.predict_proba(counts)
    for same in (counts.astype(np.int64), counts.astype(np.float32), counts.astype(float)):
        np.testing.assert_array_equal(fitted.predict_proba(same), before)
        fitted.measure(same, np.array([0]), [Proba()])


def test_what_uint8_means_is_settled_by_the_first_fit():
    counts = IMAGES.reshape(24, 36) % 9
    fitted = ann().partial_fit(counts, LABELS, classes=[0, 1])
    fitted = pickle.loads(pickle.dumps(fitted)).partial_fit(IMAGES.reshape(24, 36), LABELS)
    assert not fitted.scaled_
    assert fitted.set_params(scale_uint8=False).partial_fit(counts, LABELS).scaled_ is False
    with pytest.raises(ValueError, match="`scale_uint8` must stay 'auto' .* got True"):
        fitted.set_params(scale_uint8=True).partial_fit(counts, LABELS)


def test_the_size_of_values_is_looked_at_in_what_is_fitted_only(tmp_path):
    pool = np.memmap(tmp_path / "pool", np.uint8, "w+", shape=(24, 36))
    pool[:] = IMAGES.reshape(24, 36) % 9
    fitted = ann().fit(pool[:12], LABELS[:12])
    before = fitted.predict_proba(pool[:2])
    pool[20] = 255
    found = fitted.measure(pool, np.array([0, 1]), [Proba()])[Proba()]
    np.testing.assert_array_equal(found, before)


def test_single_rows_on_another_scale_are_refused_too():
    fitted = ann().fit(IMAGES, LABELS)
    with pytest.raises(ValueError, match="fitted on uint8 pixels divided by 255"):
        fitted.measure(IMAGES.astype(np.float32), np.array([0]), [Proba()])


def test_pixels_are_read_as_fitted_whatever_is_set_since():
    fitted = ann().fit(IMAGES, LABELS)
    before = fitted.predict_proba(IMAGES)
    fitted.set_params(scale_uint8=False)
    np.testing.assert_array_equal(fitted.predict_proba(IMAGES), before)
    with pytest.raises(ValueError, match="fitted on uint8 pixels divided by 255"):
        fitted.predict_proba(IMAGES.astype(np.float32))


@pytest.mark.parametrize("params", [{}, {"scale_uint8": False}])
def test_single_rows_of_a_pool_are_read_without_a_look_at_the_others(params):
    fitted = ann(**params).fit(X, Y)
    before = fitted.predict_proba(X)[:2]
    pool = X.copy()
    pool[5] = np.nan  # a look would refuse it
    found = fitted.measure(pool, np.array([0, 1]), [Proba()])[Proba()]
    np.testing.assert_allclose(found, before, atol=1e-6)


def test_scaling_of_uint8_can_be_switched_off():
    levels = IMAGES % 24
    plain = ann(scale_uint8=False).fit(levels, LABELS)
    assert same_weights(plain, ann().fit(levels.astype(np.float32), LABELS))


@each_net
def test_training_leaves_the_images_as_they_were(make):
    images, floats = IMAGES.copy(), IMAGES / 255
    make().fit(images, LABELS).predict(images)
    make().fit(floats, LABELS).predict(floats)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(floats, IMAGES / 255)


@each_net
def test_a_tensor_is_read_as_its_array(make):
    array = (IMAGES / 255).astype(np.float32)
    fitted = make().fit(torch.from_numpy(array), torch.from_numpy(LABELS))
    assert same_weights(fitted, make().fit(array, LABELS))
    np.testing.assert_array_equal(fitted.predict(torch.from_numpy(array)), fitted.predict(array))


def test_a_tensor_that_asks_for_gradients_is_read():
    rows = torch.from_numpy(X).requires_grad_()
    assert ann().fit(rows, Y).predict(rows).shape == (90,)


def test_a_dataframe_gives_its_names():
    pd = pytest.importorskip("pandas", reason="the extra 'pandas' is not installed")
    frame = pd.DataFrame(X, columns=list("abcde"))
    fitted = ann().fit(frame, pd.Series(Y))
    assert fitted.feature_names_in_.tolist() == list("abcde")
    assert same_weights(fitted, ann().fit(X, Y))
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(frame[list("bacde")])


def test_a_nested_list_is_read():
    assert same_weights(ann().fit(X.tolist(), Y.tolist()), ann().fit(X, Y))


@each_net
@pytest.mark.parametrize("shape", [(24, 6, 6), (24, 1, 6, 6)])
def test_images_may_be_grey_or_have_channels(make, shape):
    fitted = make().fit(IMAGES.reshape(shape), LABELS)
    assert fitted.input_shape_ == shape[1:]
    assert fitted.predict_proba(IMAGES.reshape(shape)).shape == (24, 2)


def test_grey_images_with_and_without_a_channel_train_alike():
    assert same_weights(cnn().fit(IMAGES, LABELS), cnn().fit(IMAGES.reshape(24, 1, 6, 6), LABELS))


def test_flat_rows_are_images_of_the_shape_given():
    flat = IMAGES.reshape(24, 36)
    assert same_weights(cnn(input_shape=(6, 6)).fit(flat, LABELS), cnn().fit(IMAGES, LABELS))
    strip = cnn(input_shape=(1, 4, 9)).fit(flat, LABELS)
    assert strip.image_shape_ == (1, 4, 9)


@pytest.mark.parametrize(("width", "image"), [(36, (1, 6, 6)), (35, (1, 1, 35)), (1, (1, 1, 1))])
def test_flat_rows_without_a_shape_are_squares_or_strips(width, image):
    assert cnn().fit(np.ones((6, width)), [0, 1] * 3).image_shape_ == image


def test_colour_images_are_read_with_channels_first():
    colour = np.random.default_rng(0).integers(0, 256, (10, 3, 8, 6), dtype=np.uint8)
    fitted = cnn().fit(colour, np.arange(10) % 2)
    assert fitted.image_shape_ == (3, 8, 6)
    assert fitted.module_[0].in_channels == 3


def test_a_module_is_told_the_sizes_it_asks_for():
    told = {}

    class Asking(torch.nn.Sequential):
        def __init__(self, input_dim, num_classes, input_shape):
            told.update(input_dim=input_dim, num_classes=num_classes, input_shape=input_shape)
            super().__init__(torch.nn.Flatten(), torch.nn.Linear(input_dim, num_classes))

    net(Asking).fit(IMAGES, LABELS)
    assert told == {"input_dim": 36, "num_classes": 2, "input_shape": (6, 6)}


def test_a_factory_will_do():
    def make(n_features, n_classes):
        return torch.nn.Linear(n_features, n_classes)

    assert net(make).fit(X, Y).module_.out_features == 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lazy_layers_read_their_sizes_off_the_data(dtype):
    fitted = net(Lazy).fit(X.astype(dtype), Y)
    assert fitted.module_[1].weight.shape == (6, 5)
    assert fitted.module_[1].weight.dtype == getattr(torch, np.dtype(dtype).name)
    assert fitted.predict_proba(X.astype(dtype)).shape == (90, 3)


def test_lazy_layers_start_with_untouched_statistics():
    assert torch.equal(
        net(Lazy, max_epochs=0).fit(X, Y).module_[2].running_mean, torch.zeros(6).double()
    )


# ---------------------------------------------------------------- rows refused


@each_net
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.full((24, 36), np.nan), "contains NaN"),
        (np.full((24, 36), np.inf), "contains infinity"),
        (np.empty((0, 36)), "0 sample"),
        (np.ones(24), "Expected 2D array|Reshape your data"),
        (np.ones((24, 36), dtype=complex), "Complex data not supported"),
        (np.full((24, 36), "a"), "could not convert|dtype='numeric'"),
    ],
)
def test_rows_that_no_net_can_read_are_refused(make, rows, words):
    with pytest.raises(ValueError, match=words):
        make().fit(rows, LABELS[: len(rows)])


@each_net
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("frozen", [False, True])
def test_a_single_bad_value_is_refused_in_prediction(make, bad, frozen):
    fitted = make().fit(IMAGES / 255, LABELS)
    rows = IMAGES / 255
    rows[3, 2, 1] = bad
    rows.flags.writeable = not frozen
    with pytest.raises(ValueError, match="Input X contains (NaN|infinity)"):
        fitted.predict(rows)


def test_large_values_whose_sum_overflows_are_let_pass():
    rows = np.full((4, 5), 3e38, dtype=np.float32)
    fitted = ann().fit(X.astype(np.float32), Y)
    assert fitted.predict(rows).shape == (4,)


def test_sparse_rows_are_refused():
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match="[Ss]parse"):
        ann().fit(csr_array(X), Y)


def test_a_flat_row_of_another_width_is_refused():
    with pytest.raises(ValueError, match="X has 4 features, but ANNClassifier is expecting 5"):
        ann().fit(X, Y).predict(X[:, :4])


@each_net
@pytest.mark.parametrize("shape", [(24, 36), (24, 9, 4), (24, 6, 5), (24, 1, 6, 6), (24, 1, 1, 36)])
def test_images_of_another_shape_are_refused(make, shape):
    if np.prod(shape) != IMAGES.size:
        images = IMAGES[:, :, :5]
    else:
        images = IMAGES.reshape(shape)
    fitted = make().fit(IMAGES, LABELS)
    with pytest.raises(ValueError, match=r"rows of shape \(.*fitted on rows of shape \(6, 6\)"):
        fitted.predict(images)


@pytest.mark.parametrize("shape", [(5, 5), (1, 5, 6), (3, 6, 6), (4, 3, 3)])
def test_images_that_contradict_input_shape_are_refused(shape):
    with pytest.raises(ValueError, match="but CNNClassifier needs input_shape="):
        cnn(input_shape=shape).fit(IMAGES, LABELS)


@pytest.mark.parametrize("shape", [(36,), (1, 1, 6, 6)])
def test_an_input_shape_that_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match=r"must be \(height, width\) or \(channels, height"):
        cnn(input_shape=shape).fit(IMAGES, LABELS)


def test_rows_of_more_than_three_axes_are_no_images():
    with pytest.raises(ValueError, match=r"needs \(n, H, W\) or \(n, C, H, W\)"):
        cnn().fit(np.ones((4, 2, 2, 2, 2)), [0, 1, 0, 1])


@each_net
def test_pixels_are_refused_by_a_net_fitted_on_floats(make):
    fitted = make().fit(IMAGES / 255, LABELS)
    with pytest.raises(ValueError, match="X is uint8, which counts as pixels"):
        fitted.predict(IMAGES)


@each_net
def test_floats_beyond_1_are_refused_by_a_net_fitted_on_pixels(make):
    fitted = make().fit(IMAGES, LABELS)
    with pytest.raises(ValueError, match=r"values in \[.*fitted on uint8 pixels divided by 255"):
        fitted.predict(IMAGES.astype(float))


def test_floats_between_0_and_1_serve_a_net_fitted_on_pixels():
    fitted = ann().fit(IMAGES, LABELS)
    np.testing.assert_allclose(
        fitted.predict_proba(IMAGES / 255), fitted.predict_proba(IMAGES), rtol=1e-5
    )


@pytest.mark.parametrize("seen", [True, False])
def test_partial_fit_refuses_the_other_kind_of_pixels(seen):
    first, second = (IMAGES, IMAGES * 1.0) if seen else (IMAGES / 255, IMAGES)
    fitted = ann().partial_fit(first, LABELS, classes=[0, 1])
    before = weights(fitted)
    with pytest.raises(ValueError, match="uint8"):
        fitted.partial_fit(second, LABELS)
    assert same_weights(fitted, before)


# ---------------------------------------------------------------- what modules give


class WrongWidth(torch.nn.Linear):
    def __init__(self, n_features):
        super().__init__(n_features, 7)


class Pair(Tiny):
    def forward(self, X):
        return super().forward(X), X


class Flat(Tiny):
    def forward(self, X):
        return super().forward(X)[:, 0]


@pytest.mark.parametrize(
    ("module", "got"),
    [(WrongWidth, r"WrongWidth gave \(2, 7\)"), (Pair, "Pair gave tuple"), (Flat, r"gave \(2,\)")],
)
def test_a_module_that_gives_no_logits_a_class_is_refused(module, got):
    with pytest.raises(ValueError, match=r"logits of shape \(n, 3\).*" + got):
        net(module).fit(X, Y)


def test_an_instance_with_lazy_layers_is_refused():
    with pytest.raises(
        ValueError, match="Lazy with lazy layers, which torch cannot copy; give its"
    ):
        net(Lazy(3)).fit(X, Y)


def test_options_for_a_module_instance_are_refused():
    with pytest.raises(ValueError, match=r"\['width'\] cannot be passed to it; give its class"):
        net(Tiny(5, 3), module__width=3).fit(X, Y)


@pytest.mark.parametrize("module", [None, "Tiny", 3])
def test_what_is_no_module_is_refused(module):
    with pytest.raises(ValueError, match="The 'module' parameter of NetClassifier must be"):
        net(module).fit(X, Y)


# ---------------------------------------------------------------- labels


@each_net
@pytest.mark.parametrize(
    "labels",
    [
        np.array(["cat", "dog"])[LABELS],
        np.array(["cat", "dog"], dtype=object)[LABELS],
        LABELS.astype(bool),
        LABELS * 10 - 5,
        LABELS.astype(np.int32),
        LABELS.astype(np.uint8),
        LABELS.astype(float),
        LABELS[:, None].ravel().tolist(),
    ],
    ids=["text", "object", "bool", "offset", "int32", "uint8", "float", "list"],
)
def test_labels_come_back_as_they_were_given(make, labels):
    fitted = make().fit(IMAGES, labels)
    assert fitted.classes_.tolist() == np.unique(labels).tolist()
    assert set(fitted.predict(IMAGES)) <= set(labels)
    assert fitted.predict(IMAGES).dtype == np.unique(labels).dtype


@each_net
def test_the_kind_of_labels_does_not_change_training(make):
    names = np.array(["cat", "dog"])[LABELS]
    assert same_weights(make().fit(IMAGES, LABELS), make().fit(IMAGES, names))


@each_net
def test_a_single_class_is_learnt(make):
    fitted = make().fit(IMAGES, np.full(24, "only"))
    assert fitted.predict(IMAGES).tolist() == ["only"] * 24
    np.testing.assert_array_equal(fitted.predict_proba(IMAGES), np.ones((24, 1)))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (Y[:-1], "inconsistent numbers of samples"),
        (Y + 0.5, "Unknown label type: continuous"),
        (np.where(Y == 1, np.nan, Y), "contains NaN"),
        (np.eye(3)[Y], "y should be a 1d array"),
        (None, "requires y to be passed"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        ann().fit(X, labels)


# ---------------------------------------------------------------- partial_fit


def test_the_first_partial_fit_needs_the_classes():
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        ann().partial_fit(X, Y)


def test_partial_fit_keeps_an_output_for_classes_to_come():
    fitted = ann().partial_fit(X[Y == 0], Y[Y == 0], classes=[2, 0, 1])
    assert fitted.classes_.tolist() == [0, 1, 2]
    fitted.partial_fit(X[Y == 2], Y[Y == 2])
    assert fitted.predict_proba(X).shape == (90, 3)


def test_partial_fit_refuses_labels_it_was_not_told_of():
    fitted = ann().partial_fit(X[Y < 2], Y[Y < 2], classes=[0, 1])
    before = weights(fitted)
    with pytest.raises(ValueError, match=r"has no output for: \[2\]; known are \[0, 1\]"):
        fitted.partial_fit(X, Y)
    assert same_weights(fitted, before)


def test_the_first_partial_fit_refuses_labels_outside_its_classes():
    unfitted = ann()
    with pytest.raises(ValueError, match=r"no output for: \[2\]"):
        unfitted.partial_fit(X, Y, classes=[0, 1])
    assert not hasattr(unfitted, "classes_")


def test_partial_fit_refuses_other_classes():
    fitted = ann().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="differs from the classes of the first call"):
        fitted.partial_fit(X, Y, classes=[0, 1, 2, 3])


def test_partial_fit_may_name_the_same_classes_again():
    ann().partial_fit(X, Y, classes=[0, 1, 2]).partial_fit(X, Y, classes=[2, 1, 0])


def test_partial_fit_goes_on_from_a_fit():
    fitted = ann(max_epochs=3).fit(X, Y)
    before = weights(fitted)
    fitted.partial_fit(X[:5], Y[:5])
    assert not same_weights(fitted, before)
    assert len(fitted.history_) == 6


def test_the_first_partial_fit_is_a_fit():
    assert same_weights(ann().partial_fit(X, Y, classes=[0, 1, 2]), ann().fit(X, Y))


def test_partial_fit_refuses_another_width():
    with pytest.raises(ValueError, match="X has 4 features"):
        ann().fit(X, Y).partial_fit(X[:, :4], Y)


# ---------------------------------------------------------------- weights of rows


@pytest.mark.parametrize("labels", [Y, np.array(["a", "b", "c"])[Y]], ids=["codes", "text"])
def test_rows_of_weight_zero_are_left_out(labels):
    keep = np.arange(90) % 4 != 0
    weighted = ann(batch_size=16).fit(X, labels, sample_weight=keep.astype(float))
    alone = ann(batch_size=16).fit(X[keep], labels[keep], sample_weight=np.ones(keep.sum()))
    assert same_weights(weighted, alone)


def test_a_class_of_weight_zero_gets_no_output():
    fitted = ann().fit(X, Y, sample_weight=(Y != 1).astype(float))
    assert fitted.classes_.tolist() == [0, 2]


def test_equal_weights_train_as_none():
    plain, weighted = ann().fit(X, Y), ann().fit(X, Y, sample_weight=np.full(90, 3.0))
    for name, value in weights(plain).items():
        torch.testing.assert_close(weights(weighted)[name], value)


def test_a_weight_counts_as_repetition_where_all_rows_are_one_batch():
    counts = np.arange(90) % 3
    weighted = ann(batch_size=500).fit(X, Y, sample_weight=counts.astype(float))
    repeated = ann(batch_size=500).fit(np.repeat(X, counts, axis=0), np.repeat(Y, counts))
    for name, value in weights(repeated).items():
        torch.testing.assert_close(weights(weighted)[name], value)


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (np.zeros(90), "positive weight"),
        (np.full(90, -1.0), "[Nn]egative values"),
        (np.ones(89), r"sample_weight.shape == \(89,\), expected \(90,\)"),
        (np.full(90, np.nan), "sample_weight contains NaN"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weight, words):
    with pytest.raises(ValueError, match=words):
        ann().fit(X, Y, sample_weight=weight)


def test_class_weight_counts_as_the_weight_of_its_rows():
    by_class = ann(class_weight={0: 1.0, 1: 5.0, 2: 0.5}).fit(X, Y)
    by_row = ann().fit(X, Y, sample_weight=np.array([1.0, 5.0, 0.5])[Y])
    assert same_weights(by_class, by_row)


def test_class_weights_multiply_the_weights_of_rows():
    rows = np.linspace(0.5, 2, 90)
    both = ann(class_weight={0: 1.0, 1: 5.0, 2: 0.5}).fit(X, Y, sample_weight=rows)
    by_row = ann().fit(X, Y, sample_weight=rows * np.array([1.0, 5.0, 0.5])[Y])
    assert same_weights(both, by_row)


def test_balanced_classes_weigh_alike():
    few = np.r_[np.flatnonzero(Y == 0)[:2], np.flatnonzero(Y > 0)]
    y = Y[few]
    by_row = len(y) / (3 * np.bincount(y))[y]
    assert same_weights(
        ann(class_weight="balanced").fit(X[few], y), ann().fit(X[few], y, sample_weight=by_row)
    )


def test_class_weight_takes_the_labels_themselves():
    names = np.array(["a", "b", "c"])[Y]
    fitted = ann(class_weight={"a": 1.0, "b": 5.0, "c": 1.0}).fit(X, names)
    assert same_weights(fitted, ann(class_weight={0: 1.0, 1: 5.0, 2: 1.0}).fit(X, Y))


# ---------------------------------------------------------------- a failing call changes nothing


@each_net
def test_a_failing_fit_leaves_the_classifier_as_it_was(make):
    fitted = make().fit(IMAGES, LABELS)
    before, proba = weights(fitted), fitted.predict_proba(IMAGES)
    attributes = {name: id(value) for name, value in vars(fitted).items()}
    for rows, labels in [
        (IMAGES[:, :3], LABELS[:-1]),
        (np.full((24, 2, 2), np.nan), LABELS),
        (np.ones((24, 2, 3, 4, 5)), np.full(24, np.nan)),
    ]:
        with pytest.raises(ValueError):
            fitted.fit(rows, labels)
    assert {name: id(value) for name, value in vars(fitted).items()} == attributes
    assert same_weights(fitted, before)
    np.testing.assert_array_equal(fitted.predict_proba(IMAGES), proba)


def test_a_failing_first_fit_leaves_nothing_behind():
    unfitted = net(WrongWidth)
    before = set(vars(unfitted))
    with pytest.raises(ValueError, match="logits"):
        unfitted.fit(X, Y)
    assert set(vars(unfitted)) == before


def test_a_failing_epoch_leaves_the_old_net():
    class Failing(Nested):
        fails = False

        def forward(self, X):
            if self.fails and self.training:
                raise RuntimeError("out of luck")
            return super().forward(X)

    fitted = net(Failing).fit(X, Y)
    before = weights(fitted)
    Failing.fails = True
    with pytest.raises(RuntimeError, match="out of luck"):
        fitted.fit(X[:50], Y[:50])
    assert same_weights(fitted, before)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "embed"])
def test_an_unfitted_net_says_so(method):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(ann(), method)(X)


@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_a_gpu_that_is_not_there_is_refused(device):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(ValueError, match=f"device='{device}', but torch finds no GPU; use 'cpu'"):
        ann(device=device).fit(X, Y)


def test_the_device_auto_is_there():
    assert ann(device="auto").fit(X, Y).predict(X).shape == (90,)
