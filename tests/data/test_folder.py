"""Image folders: order, size, colour, orientation, and damage by file name."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skal.data import load_image_folder


@pytest.fixture
def folder(tmp_path):
    """Two classes of grey 2x3 images: cat with 10 and 20, dog with 30."""
    write(tmp_path / "dog" / "a.png", np.full((2, 3), 30))
    write(tmp_path / "cat" / "b.png", np.full((2, 3), 20))
    write(tmp_path / "cat" / "a.png", np.full((2, 3), 10))
    return tmp_path


def write(path, pixels, **params):
    """Save (height, width) or (height, width, 3) pixels as an image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(path, **params)
    return path


# ---------------------------------------------------------------- what is returned


def test_classes_and_files_come_in_the_order_of_their_names(folder):
    data = load_image_folder(folder)
    assert data.target_names == ["cat", "dog"]
    assert data.target.tolist() == [0, 0, 1] and data.target.dtype == np.int64
    assert data.images[:, 0, 0].tolist() == [10, 20, 30]


def test_filenames_are_indexed_by_rows(folder):
    filenames = load_image_folder(folder).filenames
    assert filenames[[2, 0]].tolist() == [str(folder / "dog/a.png"), str(folder / "cat/a.png")]


def test_grey_images_have_no_channel_axis(folder):
    images, target = load_image_folder(folder, return_X_y=True)
    assert images.shape == (3, 2, 3) and images.dtype == np.uint8
    assert images.flags.c_contiguous and images.flags.writeable
    assert len(target) == 3


def test_color_images_have_their_channels_first(tmp_path):
    pixels = np.zeros((2, 3, 3))
    pixels[0, 2] = [1, 2, 3]
    write(tmp_path / "cat" / "a.png", pixels)
    images = load_image_folder(tmp_path, color=True).images
    assert images.shape == (1, 3, 2, 3) and images.flags.c_contiguous
    assert images[0, :, 0, 2].tolist() == [1, 2, 3]


def test_grey_files_are_repeated_over_the_channels_for_color(folder):
    assert load_image_folder(folder, color=True).images[0, :, 0, 0].tolist() == [10, 10, 10]


def test_color_files_become_luma_for_grey(tmp_path):
    write(tmp_path / "cat" / "a.png", np.full((1, 1, 3), [100, 50, 200]))
    # ITU-R 601: 0.299 * 100 + 0.587 * 50 + 0.114 * 200 = 82.05
    assert load_image_folder(tmp_path, color=False).images.item() == 82


def test_extensions_are_matched_in_any_case(folder):
    (folder / "cat" / "a.png").rename(folder / "cat" / "a.PNG")
    assert len(load_image_folder(folder, extensions=["png"]).images) == 3


def test_extensions_choose_the_files(folder):
    write(folder / "cat" / "c.bmp", np.full((2, 3), 40))
    write(folder / "dog" / "c.bmp", np.full((2, 3), 50))
    assert load_image_folder(folder, extensions=(".bmp",)).images[:, 0, 0].tolist() == [40, 50]


def test_the_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    write(tmp_path / "cat" / "a.png", [[1, 2, 3], [4, 5, 6]], exif=exif)
    assert load_image_folder(tmp_path).images[0].tolist() == [[4, 1], [5, 2], [6, 3]]


def test_transparent_palettes_are_loaded_without_a_warning(tmp_path):
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8)).convert("P")
    image.putpalette([10, 10, 10, 20, 20, 20])
    (tmp_path / "cat").mkdir()
    image.save(tmp_path / "cat" / "a.png", transparency=bytes([128, 64]))
    assert load_image_folder(tmp_path).images.tolist() == [[[10, 20]]]


# ---------------------------------------------------------------- colour


def test_files_with_colour_are_read_in_colour_and_the_summary_says_why(tmp_path):
    write(tmp_path / "cat" / "a.jpg", np.full((8, 8, 3), [200, 50, 50]))
    write(tmp_path / "cat" / "b.png", np.full((8, 8), 7))
    data = load_image_folder(tmp_path)
    assert data.images.shape == (2, 3, 8, 8)
    assert "in colour (1 of 2 files looked at have colour)" in data.DESCR


def test_grey_pixels_in_files_of_three_channels_are_grey(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 1))
    write(tmp_path / "cat" / "a.jpg", np.repeat(noise, 3, axis=2))
    assert load_image_folder(tmp_path).images.shape == (1, 32, 32)


def test_one_coloured_file_in_many_makes_no_folder_of_photos(tmp_path):
    for i in range(30):
        write(tmp_path / "cat" / f"{i:02}.png", np.full((2, 2), i))
    write(tmp_path / "cat" / "99.png", np.full((2, 2, 3), [200, 0, 0]))
    assert load_image_folder(tmp_path).images.shape == (31, 2, 2)


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    for name, kind in (("a.png", np.uint16), ("b.tif", np.uint16), ("c.tif", np.int32)):
        (tmp_path / "cat").mkdir(exist_ok=True)
        pixels = np.array([[0, 257 * 40], [257 * 41 - 100, 65535]], dtype=kind)
        Image.fromarray(pixels).save(tmp_path / "cat" / name)
    assert load_image_folder(tmp_path).images.tolist() == [[[0, 40], [41, 255]]] * 3


# ---------------------------------------------------------------- size


def test_an_int_size_makes_squares(folder):
    assert load_image_folder(folder, size=5).images.shape == (3, 5, 5)


def test_a_pair_is_height_and_width(folder):
    assert load_image_folder(folder, size=(4, 7)).images.shape == (3, 4, 7)
    assert load_image_folder(folder, size=(4, 7), color=True).images.shape == (3, 3, 4, 7)


def test_shrinking_averages_instead_of_skipping(tmp_path):
    stripes = np.tile([0, 200], (16, 8))  # (16, 16)
    write(tmp_path / "cat" / "a.png", stripes)
    assert load_image_folder(tmp_path, size=1).images.item() == pytest.approx(100, abs=2)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(2, 3), (2, 3)], (2, 3)),
        ([(64, 20), (64, 20)], (64, 20)),
        ([(96, 128), (96, 128)], (48, 64)),
        ([(2, 3), (3, 3)], (3, 3)),
        ([(20, 90), (90, 20)], (64, 64)),
    ],
    ids=["small", "as large as may be", "large", "two small ones", "two large ones"],
)
def test_without_a_size_images_keep_their_own_up_to_64_pixels(tmp_path, sizes, expected):
    for i, size in enumerate(sizes):
        write(tmp_path / "cat" / f"{i}.png", np.zeros(size))
    assert load_image_folder(tmp_path).images.shape == (2, *expected)


def test_proportions_are_kept_and_what_stands_out_is_cropped(tmp_path):
    pixels = np.zeros((4, 8))
    pixels[:, :2], pixels[:, 2:6], pixels[:, 6:] = 10, 100, 200
    write(tmp_path / "cat" / "a.png", pixels)
    assert np.unique(load_image_folder(tmp_path, size=4).images).tolist() == [100]


def test_photos_turned_by_exif_are_of_the_size_that_is_shown(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    write(tmp_path / "cat" / "a.png", np.zeros((2, 3)), exif=exif)
    write(tmp_path / "cat" / "b.png", np.zeros((3, 2)))
    assert load_image_folder(tmp_path).images.shape == (2, 3, 2)


@pytest.mark.parametrize("size", [0, -1, (3,), (3, 0), (3, 3, 3), 2.5, "28", True, (3, True)])
def test_a_size_that_is_none_is_refused(folder, size):
    with pytest.raises(ValueError, match=r"`size` must be .* \(height, width\) .* got"):
        load_image_folder(folder, size=size)


# ---------------------------------------------------------------- what is refused


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        load_image_folder(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_refused(folder):
    with pytest.raises(NotADirectoryError, match=r"a\.png is no folder"):
        load_image_folder(folder / "cat" / "a.png")


def test_a_folder_without_class_folders_is_refused(folder):
    with pytest.raises(ValueError, match="cat has no class folders"):
        load_image_folder(folder / "cat")


def test_class_folders_without_any_image_are_refused(folder):
    with pytest.raises(ValueError, match=r"2 class folders but no images.*'\.xyz'"):
        load_image_folder(folder, extensions=(".xyz",))


def test_a_folder_around_the_folder_is_refused_with_the_right_one(folder):
    (folder / "pets" / "both").mkdir(parents=True)
    for name in ("cat", "dog"):
        (folder / name).rename(folder / "pets" / "both" / name)
    with pytest.raises(ValueError, match=r"folders inside class folders: 3 .*: pass .*both\.$"):
        load_image_folder(folder / "pets")


def test_an_empty_class_folder_is_refused_by_name(folder):
    (folder / "eel").mkdir()
    with pytest.raises(ValueError, match="no images directly in .*eel"):
        load_image_folder(folder)


def test_extensions_as_one_string_are_refused(folder):
    with pytest.raises(TypeError, match="must be a sequence of strings, got 'png'"):
        load_image_folder(folder, extensions="png")


@pytest.mark.parametrize("name", ["z.png", "z.jpg", "z.bmp", "z.tif", "z.webp"])
def test_a_truncated_image_is_refused_by_name(folder, name):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    path = write(folder / "dog" / name, noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=rf"dog.{name} \("):
        load_image_folder(folder, size=2)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_refused_by_name(folder, content):
    (folder / "dog" / "z.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"1 of 4 cannot be read: .*dog.z\.png \("):
        load_image_folder(folder)


def test_a_flipped_byte_in_a_png_is_refused_by_name(folder):
    path = write(folder / "dog" / "z.png", np.arange(64).reshape(8, 8))
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 8] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"1 of 4 cannot be read: .*dog.z\.png \("):
        load_image_folder(folder, size=2)


def test_a_tiff_header_field_of_a_wrong_type_is_refused_by_name(folder):
    path = write(folder / "dog" / "z.tif", np.zeros((24, 24)))
    content = bytearray(path.read_bytes())
    field = content.index(struct.pack("<HH", 273, 4))  # StripOffsets, an unsigned long
    content[field : field + 12] = struct.pack("<HHIf", 273, 11, 1, 24.0)  # now a float
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot be read: .*dog.z\.tif \("):
        load_image_folder(folder, size=2)


def test_floats_are_refused_for_nobody_knows_their_white(folder):
    Image.fromarray(np.full((2, 3), 0.5, dtype=np.float32)).save(folder / "dog" / "z.tif")
    with pytest.raises(ValueError, match=r"dog.z\.tif \(mode F with values from 0\.5 to 0\.5"):
        load_image_folder(folder)


def test_a_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "dog" / "z.png")
    with pytest.raises(ValueError, match=r"dog.z\.png \(a folder, a pipe or the like\)"):
        load_image_folder(folder)


def test_all_broken_files_are_named_at_once(folder):
    (folder / "dog" / "y.png").write_bytes(b"no image")
    (folder / "dog" / "z.png").symlink_to(folder / "nowhere.png")
    (folder / "eel").mkdir()
    with pytest.raises(ValueError) as caught:
        load_image_folder(folder)
    for word in ("2 of 5", "y.png (no image", "z.png (a link that leads nowhere)", "eel", "skip"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"on_error": "ignore"}, {"color": "rgb"}, {"subset": "validation"}, {"subset": None}]
)
def test_words_that_mean_nothing_are_refused(folder, wrong):
    with pytest.raises(ValueError, match=f"`{next(iter(wrong))}` must be one of"):
        load_image_folder(folder, **wrong)


# ---------------------------------------------------------------- what is left out


def test_skipping_leaves_out_what_is_broken_and_says_so(folder):
    (folder / "cat" / "aa.png").write_bytes(b"no image")
    (folder / "eel").mkdir()
    data = load_image_folder(folder, on_error="skip")
    assert data.images[:, 0, 0].tolist() == [10, 20, 30] and data.target.tolist() == [0, 0, 1]
    assert data.filenames[1] == str(folder / "cat" / "b.png")
    assert data.left_out["images that cannot be read"] == [str(Path("cat", "aa.png"))]
    assert "class folders without images: 1 (eel)" in data.DESCR
    assert data.target_names == ["cat", "dog"]


def test_nothing_that_can_be_read_is_an_error_even_when_skipping(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"got none; left out: .*a\.png"):
        load_image_folder(tmp_path, on_error="skip")


def test_what_systems_leave_behind_is_no_class(folder):
    for name in ("__MACOSX", ".ipynb_checkpoints", "@eaDir"):
        write(folder / name / "a.png", np.zeros((2, 3)))
    write(folder / "cat" / ".ipynb_checkpoints" / "a.png", np.zeros((2, 3)))
    (folder / "cat" / "Thumbs.db").write_bytes(b"no image")
    (folder / "cat" / "notes.txt").write_text("no image")
    data = load_image_folder(folder)
    assert data.target_names == ["cat", "dog"] and len(data.images) == 3
    assert len(data.left_out["hidden"]) == 5


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("cat/more/a.png", "images in folders inside class folders"),
        ("a.png", "images outside class folders"),
        ("cat/a.heic", "images of formats that are not read"),
    ],
)
def test_images_that_lie_elsewhere_are_left_out_with_a_warning(folder, place, why):
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_bytes(b"never opened")
    with pytest.warns(UserWarning, match=f"{why}: 1 "):
        data = load_image_folder(folder)
    assert len(data.images) == 3 and data.left_out[why] == [str(Path(place))]
    assert len(load_image_folder(folder, on_error="skip").images) == 3  # without one


# ---------------------------------------------------------------- train and test


@pytest.fixture
def split(folder):
    """Train with a grey and a coloured cat, test with a dog that is larger."""
    write(folder / "split" / "Train" / "cat" / "a.png", np.full((2, 2), 10))
    write(folder / "split" / "Train" / "cat" / "b.png", np.full((2, 2, 3), [20, 90, 20]))
    write(folder / "split" / "Testing" / "dog" / "a.png", np.full((4, 4), 30))
    return folder / "split"


def test_train_and_test_are_read_alike_with_the_classes_of_both(split):
    train, test = load_image_folder(split), load_image_folder(split, subset="test")
    assert train.images.shape == (2, 3, 4, 4) and test.images.shape == (1, 3, 4, 4)
    assert train.target_names == test.target_names == ["cat", "dog"]
    assert train.target.tolist() == [0, 0] and test.target.tolist() == [1]
    assert load_image_folder(split, subset="all").target.tolist() == [0, 0, 1]
    assert train.subsets == ["train", "test"]


def test_a_plain_folder_has_no_test_set(folder):
    assert load_image_folder(folder, subset="train").subsets == ["train"]
    with pytest.raises(ValueError, match=r"`subset` must be one of \['train', 'all'\], got 'test'"):
        load_image_folder(folder, subset="test")


def test_a_validation_set_serves_as_test_set_where_there_is_none(split):
    write(split / "val" / "cat" / "a.png", np.zeros((2, 2)))
    assert load_image_folder(split).left_out == {"beside train and test": ["val"]}
    (split / "Testing").rename(split.parent / "gone")
    assert load_image_folder(split, subset="test").filenames == [str(split / "val/cat/a.png")]


def test_a_test_folder_without_classes_has_no_labels_and_is_left_out(split):
    (split / "Testing" / "dog" / "a.png").rename(split / "Testing" / "a.png")
    (split / "Testing" / "dog").rmdir()
    data = load_image_folder(split)
    assert data.subsets == ["train"] and data.target_names == ["cat"]
    assert data.left_out == {"beside train and test": ["Testing"]}


def test_a_class_may_be_called_train(tmp_path):
    for name in ("bus", "train"):
        write(tmp_path / name / "a.png", np.zeros((2, 2)))
    assert load_image_folder(tmp_path).target_names == ["bus", "train"]


@pytest.mark.needs_data
def test_the_real_tumour_images_are_counted_and_sized(data_home):
    root = data_home / "BrainTumourMRI" / "Testing"
    if not root.is_dir():
        pytest.skip(f"{root} is not there")
    data = load_image_folder(root)
    assert data.images.shape == (394, 64, 64)
    assert np.bincount(data.target).tolist() == [100, 115, 105, 74]
    assert data.target_names[2] == "no_tumor"
