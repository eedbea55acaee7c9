"""ImageStandardizer: hand-worked numbers, blocks, shapes, and scikit-learn's own checks."""

import tracemalloc

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from skal.data import ImageStandardizer, _standardize

GREY = np.array([[[0, 2], [4, 2]], [[0, 4], [2, 2]]], dtype=np.uint8)  # mean 2, variance 2
COLOR = np.stack([GREY, 10 * GREY + 5], axis=1)  # (2, 2, 2, 2); channel 1: mean 25, variance 200


@parametrize_with_checks([ImageStandardizer(), ImageStandardizer(per="channel")])
def test_scikit_learn_conformance(estimator, check):
    check(estimator)


# ---------------------------------------------------------------- numbers


def test_the_moments_of_grey_images_are_those_worked_by_hand():
    fitted = ImageStandardizer().fit(GREY)
    assert fitted.mean_.tolist() == [2] and fitted.var_.tolist() == [2]
    assert fitted.scale_ == pytest.approx([np.sqrt(2)])


def test_per_channel_has_one_mean_and_deviation_a_channel():
    fitted = ImageStandardizer(per="channel").fit(COLOR)
    assert fitted.mean_ == pytest.approx([2, 25]) and fitted.var_ == pytest.approx([2, 200])
    out = fitted.transform(COLOR)
    np.testing.assert_allclose(out[:, 0], out[:, 1], rtol=1e-6)


def test_global_is_shared_by_the_channels():
    fitted = ImageStandardizer().fit(COLOR)
    assert fitted.mean_ == pytest.approx([13.5])
    assert fitted.var_ == pytest.approx([COLOR.var()])


@pytest.mark.parametrize("images", [GREY, GREY.reshape(2, 4)], ids=["grey", "flat"])
def test_grey_and_flat_images_have_one_channel(images):
    one, other = ImageStandardizer().fit(images), ImageStandardizer(per="channel").fit(images)
    assert one.mean_.tolist() == other.mean_.tolist() == [2]


def test_transformed_training_images_have_mean_0_and_deviation_1():
    images = np.random.default_rng(0).integers(0, 256, (50, 3, 8, 8), dtype=np.uint8)
    out = ImageStandardizer(per="channel").fit_transform(images).astype(float)
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), 1, atol=1e-6)


def test_dividing_by_255_first_changes_nothing():
    np.testing.assert_allclose(
        ImageStandardizer().fit_transform(GREY), ImageStandardizer().fit_transform(GREY / 255)
    )


@pytest.mark.parametrize("value", [7, 0.1, 1e8 / 3])
def test_constant_pixels_become_0_and_not_noise(value):
    images = np.full((300, 20, 20), value)
    fitted = ImageStandardizer().fit(images)
    assert fitted.scale_.tolist() == [1]
    np.testing.assert_allclose(fitted.transform(images), 0, atol=1e-6)


def test_a_constant_channel_leaves_the_others_alone():
    images = COLOR.copy()
    images[:, 0] = 9
    assert ImageStandardizer(per="channel").fit(images).scale_ == pytest.approx([1, np.sqrt(200)])


def test_a_small_spread_on_a_large_mean_survives():
    images = 1e9 + np.random.default_rng(0).standard_normal((200, 8, 8))
    assert ImageStandardizer().fit(images).scale_ == pytest.approx([images.std()], rel=1e-6)


# ---------------------------------------------------------------- blocks


@pytest.mark.parametrize("block", [1, 100, 1000])
def test_the_size_of_the_blocks_does_not_matter(monkeypatch, block):
    images = np.random.default_rng(0).integers(0, 256, (57, 2, 5, 5), dtype=np.uint8)
    monkeypatch.setattr(_standardize, "BLOCK", block)
    fitted = ImageStandardizer(per="channel").fit(images)
    np.testing.assert_allclose(fitted.mean_, images.mean(axis=(0, 2, 3)), rtol=1e-13)
    np.testing.assert_allclose(fitted.var_, images.var(axis=(0, 2, 3)), rtol=1e-13)
    expected = (images - fitted.mean_[:, None, None]) / fitted.scale_[:, None, None]
    np.testing.assert_allclose(fitted.transform(images), expected, rtol=1e-6)


def test_partial_fit_in_pieces_is_fit_at_once():
    images = np.random.default_rng(0).normal(5, 3, (40, 3, 4, 4))
    whole, pieces = ImageStandardizer(per="channel").fit(images), ImageStandardizer(per="channel")
    for cut in (slice(0, 1), slice(1, 30), slice(30, 40)):
        pieces.partial_fit(images[cut])
    assert pieces.n_samples_seen_ == whole.n_samples_seen_ == 40
    np.testing.assert_allclose(pieces.mean_, whole.mean_, rtol=1e-13)
    np.testing.assert_allclose(pieces.var_, whole.var_, rtol=1e-13)


def test_fit_forgets_what_was_learned_before():
    fitted = ImageStandardizer().fit(COLOR).fit(GREY)
    assert fitted.mean_.tolist() == [2] and fitted.image_shape_ == (2, 2)
    assert fitted.n_features_in_ == 4 and fitted.n_samples_seen_ == 2


def test_a_memmap_is_never_held_in_memory_whole(tmp_path):
    images = np.memmap(tmp_path / "pool", dtype=np.uint8, mode="w+", shape=(40000, 28, 28))
    images[::2] = 255
    tracemalloc.start()
    fitted = ImageStandardizer().fit(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fitted.mean_ == pytest.approx([127.5])
    assert peak < images.nbytes / 2, f"fit took {peak} bytes for {images.nbytes} bytes of images"


# ---------------------------------------------------------------- types and shapes


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (np.uint8, np.float32),
        (np.int64, np.float32),
        (bool, np.float32),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
    ],
)
def test_float64_stays_and_the_rest_becomes_float32(given, returned):
    images = GREY.astype(given)
    fitted = ImageStandardizer().fit(images)
    out = fitted.transform(images)
    assert out.dtype == returned and out.flags.c_contiguous
    assert fitted.inverse_transform(out).dtype == returned


def test_transform_leaves_its_argument_alone():
    images = GREY.astype(np.float64)
    ImageStandardizer().fit_transform(images)
    np.testing.assert_array_equal(images, GREY)


@pytest.mark.parametrize("images", [GREY, COLOR, GREY.reshape(2, 4)], ids=["grey", "color", "flat"])
@pytest.mark.parametrize("per", ["global", "channel"])
def test_inverse_transform_undoes_transform(images, per):
    fitted = ImageStandardizer(per=per).fit(images)
    np.testing.assert_allclose(
        fitted.inverse_transform(fitted.transform(images)), images, atol=1e-5
    )


def test_tensors_are_taken_as_arrays():
    fitted = ImageStandardizer(per="channel").fit(torch.from_numpy(COLOR))
    assert fitted.mean_ == pytest.approx([2, 25])
    out = fitted.transform(torch.from_numpy(COLOR).double())
    assert isinstance(out, np.ndarray) and out.dtype == np.float64


def test_the_channels_last_memory_layout_gives_the_same_numbers():
    images = np.ascontiguousarray(COLOR.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    assert not images.flags.c_contiguous
    np.testing.assert_array_equal(
        ImageStandardizer(per="channel").fit_transform(images),
        ImageStandardizer(per="channel").fit_transform(COLOR),
    )


def test_images_pass_through_a_pipeline():
    flatten = FunctionTransformer(lambda images: images.reshape(len(images), -1))
    pipeline = make_pipeline(ImageStandardizer(per="channel"), flatten)
    assert pipeline.fit_transform(COLOR).shape == (2, 8)


def test_flat_rows_of_a_data_frame_keep_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(GREY.reshape(2, 4), columns=list("abcd"))
    fitted = ImageStandardizer().set_output(transform="pandas").fit(frame)
    assert fitted.get_feature_names_out().tolist() == list("abcd")
    assert fitted.transform(frame).columns.tolist() == list("abcd")


def test_images_have_no_feature_names():
    with pytest.raises(ValueError, match=r"shape \(2, 2\) have no columns"):
        ImageStandardizer().fit(GREY).get_feature_names_out()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("call", ["transform", "inverse_transform", "partial_fit"])
@pytest.mark.parametrize(
    ("fitted_on", "given"),
    [
        (GREY, COLOR),
        (COLOR, GREY),
        (GREY, GREY.reshape(2, 4)),
        (GREY.reshape(2, 4), GREY),
        (GREY, GREY.reshape(2, 1, 4)),
    ],
)
def test_images_of_another_shape_are_refused_with_both_shapes(call, fitted_on, given):
    fitted = ImageStandardizer().fit(fitted_on)
    with pytest.raises(ValueError) as caught:
        getattr(fitted, call)(given)
    assert str(given.shape[1:]) in str(caught.value)
    assert str(fitted_on.shape[1:]) in str(caught.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("shape", [(2, 4), (2, 2, 2), (2, 1, 2, 2)])
def test_nan_and_infinity_are_refused(bad, shape):
    images = np.ones(shape)
    images.flat[5] = bad
    with pytest.raises(ValueError, match="NaN|infinity"):
        ImageStandardizer().fit(images)
    with pytest.raises(ValueError, match="NaN|infinity"):
        ImageStandardizer().fit(np.ones(shape)).transform(images)


@pytest.mark.parametrize("shape", [(2, 3, 4, 5, 6), (2, 0, 4), (2, 3, 0, 4)])
def test_arrays_that_are_no_images_are_refused(shape):
    with pytest.raises(ValueError, match="must be of shape \\(n, height, width\\)"):
        ImageStandardizer().fit(np.ones(shape))


def test_an_unknown_per_is_refused():
    with pytest.raises(ValueError, match="`per` must be 'global' or 'channel', got 'pixel'"):
        ImageStandardizer(per="pixel").fit(GREY)


def test_partial_fit_refuses_a_change_of_per():
    fitted = ImageStandardizer().fit(COLOR)
    with pytest.raises(ValueError, match="`per` must stay.* 2 means after 1"):
        fitted.set_params(per="channel").partial_fit(COLOR)


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_a_refused_call_changes_nothing(call):
    fitted = ImageStandardizer(per="channel").fit(COLOR)
    before = {name: np.copy(value) for name, value in vars(fitted).items()}
    with pytest.raises(ValueError):
        getattr(fitted, call)(np.full((2, 2, 2), np.nan))
    np.testing.assert_equal(vars(fitted), before)


def test_clones_are_not_fitted():
    assert not hasattr(clone(ImageStandardizer().fit(GREY)), "mean_")
