"""Loading MNIST and Fashion-MNIST: hand-made files, damage, and the real data where they lie."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from skal.data import load_fashion_mnist, load_mnist

TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
PIXELS = np.arange(3 * 784).reshape(3, 28, 28) % 256  # (3, 28, 28)


@pytest.fixture
def raw(tmp_path, write_idx):
    """A folder MNIST/raw with three training images and two test images."""
    folder = tmp_path / "MNIST" / "raw"
    write_idx(folder / TRAIN_IMAGES, PIXELS)
    write_idx(folder / TRAIN_LABELS, [5, 0, 4])
    write_idx(folder / "t10k-images-idx3-ubyte.gz", PIXELS[:2] // 2)
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", [7, 2])
    return folder


def load(home, **params):
    """Load without ever reaching for the network."""
    return load_mnist(data_home=home, download_if_missing=False, **params)


# ---------------------------------------------------------------- what is returned


def test_images_and_labels_are_what_the_files_hold(raw, tmp_path):
    data = load(tmp_path)
    np.testing.assert_array_equal(data.images, PIXELS)
    np.testing.assert_array_equal(data.target, [5, 0, 4])


def test_the_arrays_are_plain_writable_and_typed(raw, tmp_path):
    images, target = load(tmp_path, return_X_y=True)
    assert images.dtype == np.uint8 and target.dtype == np.int64
    assert images.flags.c_contiguous and images.flags.writeable and target.flags.writeable


def test_subset_test_reads_the_t10k_files(raw, tmp_path):
    assert load(tmp_path, subset="test").target.tolist() == [7, 2]


def test_subset_all_has_training_images_first(raw, tmp_path):
    data = load(tmp_path, subset="all")
    assert data.target.tolist() == [5, 0, 4, 7, 2]
    np.testing.assert_array_equal(data.images, np.concatenate([PIXELS, PIXELS[:2] // 2]))


def test_the_bunch_names_its_classes_and_its_source(raw, tmp_path):
    data = load(tmp_path)
    assert data.target_names == list("0123456789")
    assert "LeCun" in data.DESCR


def test_fashion_mnist_has_its_own_folder_and_names(tmp_path, write_idx):
    write_idx(tmp_path / "FashionMNIST" / "raw" / TRAIN_IMAGES, PIXELS)
    write_idx(tmp_path / "FashionMNIST" / "raw" / TRAIN_LABELS, [9, 0, 1])
    data = load_fashion_mnist(data_home=tmp_path, download_if_missing=False)
    names = [data.target_names[label] for label in data.target]
    assert names == ["Ankle boot", "T-shirt/top", "Trouser"]
    assert "Xiao" in data.DESCR


# ---------------------------------------------------------------- where the files are sought


def test_the_folder_of_the_files_itself_is_a_data_home(raw):
    assert len(load(raw).images) == 3


def test_data_home_may_be_a_string(raw, tmp_path):
    assert len(load(str(tmp_path)).images) == 3


def test_skal_data_is_the_default_home(raw, tmp_path, monkeypatch):
    monkeypatch.setenv("SKAL_DATA", str(tmp_path))
    assert len(load(None).images) == 3


@pytest.mark.parametrize("skal_data", [None, ""])
def test_without_skal_data_the_home_is_below_the_user(raw, tmp_path, monkeypatch, skal_data):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("SKAL_DATA", raising=False)
    if skal_data is not None:
        monkeypatch.setenv("SKAL_DATA", skal_data)
    (tmp_path / "skal_data").mkdir()
    (tmp_path / "MNIST").rename(tmp_path / "skal_data" / "MNIST")
    assert len(load(None).images) == 3


def test_images_and_labels_are_never_taken_from_two_folders(raw, tmp_path):
    (raw / TRAIN_LABELS).rename(tmp_path / TRAIN_LABELS)
    with pytest.raises(OSError, match=f"raw.*{TRAIN_LABELS} is missing"):
        load(tmp_path)


def test_a_missing_file_without_download_says_what_to_do(tmp_path):
    with pytest.raises(OSError, match=rf"{TRAIN_IMAGES} is missing.*SKAL_DATA"):
        load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_the_files_of_the_subset_are_needed(raw, tmp_path):
    (raw / TRAIN_IMAGES).unlink()
    assert len(load(tmp_path, subset="test").images) == 2


def test_an_unknown_subset_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`subset` must be one of .*'all', 'test'.* got 'valid'"):
        load(tmp_path, subset="valid")


# ---------------------------------------------------------------- damage


def refused(home, *words):
    """Check that loading fails with these words, and return the message."""
    with pytest.raises(ValueError) as caught:
        load(home)
    for word in words:
        assert word in str(caught.value)


def test_a_wrong_magic_number_is_refused_by_file_name(raw, tmp_path, write_idx):
    write_idx(raw / TRAIN_IMAGES, [5, 0, 4])
    refused(tmp_path, TRAIN_IMAGES, "0x0000080100000003", "needed 0x00000803", "delete the file")


def test_a_file_of_floats_is_refused(raw, tmp_path):
    content = bytes([0, 0, 0x0D, 1, 0, 0, 0, 1]) + bytes(4)
    (raw / TRAIN_LABELS).write_bytes(gzip.compress(content))
    refused(tmp_path, TRAIN_LABELS, "0x00000d01")


@pytest.mark.parametrize("n_bytes", [0, 3])
def test_a_file_without_a_magic_number_is_refused(raw, tmp_path, n_bytes):
    (raw / TRAIN_LABELS).write_bytes(gzip.compress(bytes(n_bytes)))
    refused(tmp_path, TRAIN_LABELS, f"the header 0x{bytes(n_bytes).hex()}, needed")


def test_a_file_of_no_bytes_at_all_is_refused(raw, tmp_path):
    (raw / TRAIN_IMAGES).write_bytes(b"")
    refused(tmp_path, TRAIN_IMAGES, "the header 0x, needed")


def test_a_cut_header_is_refused(raw, tmp_path):
    (raw / TRAIN_IMAGES).write_bytes(gzip.compress(bytes([0, 0, 8, 3, 0, 0, 0, 3])))
    refused(tmp_path, TRAIN_IMAGES, "the header 0x0000080300000003, needed")


@pytest.mark.parametrize(("change", "n_found"), [(-1, 2351), (1, 2353), (-2352, 0)])
def test_too_few_or_too_many_values_are_refused(raw, tmp_path, change, n_found):
    content = gzip.decompress((raw / TRAIN_IMAGES).read_bytes())
    content = content[:change] if change < 0 else content + bytes(change)
    (raw / TRAIN_IMAGES).write_bytes(gzip.compress(content))
    refused(tmp_path, TRAIN_IMAGES, f"{n_found} values", "needed 2352", "(3, 28, 28)")


def test_sizes_that_no_memory_could_hold_are_refused_without_allocating(raw, tmp_path):
    content = bytes([0, 0, 8, 3]) + b"\xff" * 12 + bytes(100)
    (raw / TRAIN_IMAGES).write_bytes(gzip.compress(content))
    refused(tmp_path, TRAIN_IMAGES, "100 values")


def test_a_truncated_gzip_file_is_refused(raw, tmp_path):
    path = raw / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:-20])
    refused(tmp_path, TRAIN_IMAGES, "damaged gzip stream")


def test_a_flipped_bit_in_a_gzip_file_is_refused(raw, tmp_path):
    path = raw / TRAIN_IMAGES
    content = bytearray(path.read_bytes())
    content[-6] ^= 1  # in the checksum at the end
    path.write_bytes(content)
    refused(tmp_path, TRAIN_IMAGES, "damaged gzip stream")


def test_a_file_that_is_not_gzipped_is_refused(raw, tmp_path):
    path = raw / TRAIN_IMAGES
    path.write_bytes(gzip.decompress(path.read_bytes()))
    refused(tmp_path, TRAIN_IMAGES, "damaged gzip stream")


def test_a_page_in_place_of_the_file_is_refused(raw, tmp_path):
    (raw / TRAIN_LABELS).write_bytes(b"<html>not found</html>")
    refused(tmp_path, TRAIN_LABELS, "damaged gzip stream")


def test_images_of_another_size_are_refused(raw, tmp_path, write_idx):
    write_idx(raw / TRAIN_IMAGES, np.zeros((3, 28, 27)))
    refused(tmp_path, TRAIN_IMAGES, "28x27", "needed 28x28")


def test_more_images_than_labels_are_refused(raw, tmp_path, write_idx):
    write_idx(raw / TRAIN_LABELS, [5, 0])
    refused(tmp_path, TRAIN_LABELS, "2 labels for 3 images")


def test_a_label_without_a_class_is_refused(raw, tmp_path, write_idx):
    write_idx(raw / TRAIN_LABELS, [5, 0, 10])
    refused(tmp_path, TRAIN_LABELS, "the label 10", "from 0 to 9")


def test_a_file_that_may_not_be_read_is_no_damage(raw, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PermissionError):
        load(tmp_path)


# ---------------------------------------------------------------- the real data


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("loader", "mean", "std"),
    [(load_mnist, 0.1307, 0.3081), (load_fashion_mnist, 0.2860, 0.3530)],
)
def test_the_real_training_images_have_the_known_mean_and_deviation(data_home, loader, mean, std):
    images, target = loader(data_home=data_home, download_if_missing=False, return_X_y=True)
    assert images.shape == (60000, 28, 28) and target.shape == (60000,)
    assert images.mean() / 255 == pytest.approx(mean, abs=5e-5)
    assert images.std() / 255 == pytest.approx(std, abs=5e-5)


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("loader", "first"),
    [(load_mnist, [7, 2, 1, 0, 4]), (load_fashion_mnist, [9, 2, 1, 1, 6])],
)
def test_the_real_test_labels_begin_as_published(data_home, loader, first):
    data = loader(data_home=data_home, subset="test", download_if_missing=False)
    assert data.images.shape == (10000, 28, 28)
    assert data.target[:5].tolist() == first


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("loader", "folder", "other"),
    [(load_mnist, "FashionMNIST", "Fashion-MNIST"), (load_fashion_mnist, "MNIST", "MNIST")],
)
def test_the_files_of_the_other_data_set_are_refused(data_home, loader, folder, other):
    with pytest.raises(ValueError, match=f"belongs to {other}, needed"):
        loader(data_home=data_home / folder / "raw", subset="test", download_if_missing=False)
