"""Image folders: order, size, colour, orientation, and damage by file name."""

import struct

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
    assert load_image_folder(tmp_path).images.item() == 82


def test_hidden_and_foreign_files_are_passed_over(folder):
    (folder / "cat" / ".hidden.png").write_bytes(b"no image")
    (folder / "cat" / "notes.txt").write_text("no image")
    (folder / "README.png").write_bytes(b"no class folder")
    (folder / ".cache").mkdir()
    (folder / "cat" / "deeper.png").mkdir()
    assert len(load_image_folder(folder).images) == 3


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


def test_images_of_two_sizes_need_a_size(folder):
    write(folder / "dog" / "b.png", np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"2x3 from .*a\.png and 3x3 from .*b\.png; pass size="):
        load_image_folder(folder)
    assert load_image_folder(folder, size=2).images.shape == (4, 2, 2)


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
    with pytest.raises(ValueError, match=r"2 class folders but no images.*'\.gif'"):
        load_image_folder(folder, extensions=(".gif",))


def test_an_empty_class_folder_is_refused_by_name(folder):
    (folder / "eel").mkdir()
    with pytest.raises(ValueError, match="eel holds no images"):
        load_image_folder(folder)


def test_extensions_as_one_string_are_refused(folder):
    with pytest.raises(TypeError, match="must be a sequence of strings, got 'png'"):
        load_image_folder(folder, extensions="png")


@pytest.mark.parametrize("name", ["z.png", "z.jpg", "z.bmp", "z.tif", "z.webp"])
def test_a_truncated_image_is_refused_by_name(folder, name):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    path = write(folder / "dog" / name, noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=rf"dog.{name} cannot be read as an image"):
        load_image_folder(folder, size=2)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_refused_by_name(folder, content):
    (folder / "dog" / "z.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"dog.z\.png cannot be read"):
        load_image_folder(folder)


def test_a_flipped_byte_in_a_png_is_refused_by_name(folder):
    path = write(folder / "dog" / "z.png", np.arange(64).reshape(8, 8))
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 8] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"dog.z\.png cannot be read"):
        load_image_folder(folder, size=2)


def test_a_tiff_header_field_of_a_wrong_type_is_refused_by_name(folder):
    path = write(folder / "dog" / "z.tif", np.zeros((24, 24)))
    content = bytearray(path.read_bytes())
    field = content.index(struct.pack("<HH", 273, 4))  # StripOffsets, an unsigned long
    content[field : field + 12] = struct.pack("<HHIf", 273, 11, 1, 24.0)  # now a float
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"dog.z\.tif cannot be read"):
        load_image_folder(folder, size=2)


def test_sixteen_bit_images_are_refused_instead_of_clipped(folder):
    Image.fromarray(np.full((2, 3), 40000, dtype=np.uint16)).save(folder / "dog" / "z.png")
    with pytest.raises(ValueError, match=r"dog.z\.png cannot be read .*more than 8 bits"):
        load_image_folder(folder)


@pytest.mark.needs_data
def test_the_real_tumour_images_are_counted_and_sized(data_home):
    root = data_home / "BrainTumourMRI" / "Testing"
    if not root.is_dir():
        pytest.skip(f"{root} is not there")
    data = load_image_folder(root)
    assert data.images.shape == (394, 128, 128)
    assert np.bincount(data.target).tolist() == [100, 115, 105, 74]
    assert data.target_names[2] == "no_tumor"
