"""A folder of images as a pool: what is found, when it is decoded, what damage does."""

import os
import pickle

import numpy as np
import pytest
from PIL import Image

from skal.data import ImageFolderPool, Pool, digests_of, keys_of
from skal.exceptions import ImageError


def write(path, grey=0, size=(3, 2), **params):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, grey).save(path, **params)
    return path


@pytest.fixture
def folder(tmp_path):
    """Three grey images of 2 x 3 pixels at two depths, of 10, 20 and 30."""
    for name, grey in [("b/2.png", 30), ("a.png", 10), ("b/1.png", 20)]:
        write(tmp_path / name, grey)
    return tmp_path


def greys(pool):
    return [int(image.max()) for image in np.asarray(pool)]


# ---------------------------------------------------------------- what is found


def test_keys_are_sorted_paths_at_any_depth(folder):
    pool = ImageFolderPool(folder)
    assert pool.keys.tolist() == keys_of(pool).tolist() == ["a.png", "b/1.png", "b/2.png"]
    assert greys(pool) == [10, 20, 30] and pool.shape == (3, 2, 3) and pool.dtype == np.uint8


def test_it_is_a_pool(folder):
    assert isinstance(ImageFolderPool(folder), Pool)


def test_without_recursion_folders_are_passed_by(folder):
    pool = ImageFolderPool(folder, recursive=False)
    assert pool.keys.tolist() == ["a.png"]
    assert pool.left_out_ == {"folders": ["b"]}


def test_what_is_hidden_or_of_another_kind_is_named(folder):
    (folder / ".DS_Store").write_bytes(b"")
    (folder / "notes.txt").write_text("x")
    (folder / "scan.dcm").write_bytes(b"x")
    assert ImageFolderPool(folder).left_out_ == {
        "hidden": [".DS_Store"],
        "files of other extensions": ["notes.txt"],
        "images of formats that are not read": ["scan.dcm"],
    }


def test_a_link_out_of_the_folder_is_not_followed(folder, tmp_path_factory):
    secret = write(tmp_path_factory.mktemp("else") / "secret.png", 99)
    (folder / "link.png").symlink_to(secret)
    (folder / "up").symlink_to(secret.parent)
    (folder / "same.png").symlink_to(folder / "a.png")
    pool = ImageFolderPool(folder)
    assert pool.left_out_ == {
        "links to files elsewhere": ["link.png"],
        "links to folders": ["up"],
    }
    assert "same.png" in pool.keys


def test_a_file_that_becomes_a_link_out_of_the_folder_has_no_path(folder, tmp_path_factory):
    pool = ImageFolderPool(folder)
    secret = write(tmp_path_factory.mktemp("else") / "secret.png", 99)
    (folder / "a.png").unlink()
    (folder / "a.png").symlink_to(secret)
    with pytest.raises(ImageError, match="link to a file elsewhere"):
        pool.path(0)
    with pytest.raises(ImageError, match="link to a file elsewhere"):
        digests_of(pool, [0])


@pytest.mark.parametrize("name", ["none", "a.png", "empty"])
def test_what_is_no_folder_of_images_is_refused(folder, name):
    (folder / "empty").mkdir()
    errors = {"none": FileNotFoundError, "a.png": NotADirectoryError, "empty": ValueError}
    with pytest.raises(errors[name], match=name):
        ImageFolderPool(folder / name)


@pytest.mark.parametrize("params", [{"n_jobs": 0}, {"color": "grey"}, {"size": 0}], ids=repr)
def test_parameters_are_checked(folder, params):
    with pytest.raises(ValueError, match=f"`{next(iter(params))}` must be"):
        ImageFolderPool(folder, **params)


# ---------------------------------------------------------------- reading


def test_rows_come_in_the_order_asked_and_as_numpy_would_give_them(folder):
    pool, array = ImageFolderPool(folder), np.asarray(ImageFolderPool(folder))
    keys = [[2, 0, 2], slice(1, None), -1, np.array([True, False, True]), (slice(2), 0, 1), (1, 0)]
    for key in keys:
        np.testing.assert_array_equal(pool[key], array[key])
    with pytest.raises(IndexError, match="rows must be in 0 to 2"):
        pool.read_rows([3])


def test_images_are_turned_and_cropped_to_squares(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    write(tmp_path / "a.png", exif=exif)
    assert ImageFolderPool(tmp_path).shape == (1, 3, 2)
    assert ImageFolderPool(tmp_path, size=5, color=True).shape == (1, 3, 5, 5)


def test_nothing_is_decoded_twice(folder, monkeypatch):
    pool = ImageFolderPool(folder)
    before = np.asarray(pool)
    monkeypatch.setattr("skal.data._file_rows.read_pixels", None)
    np.testing.assert_array_equal(pool[[2, 1, 0]], before[::-1])


def test_threads_decode_what_one_thread_does(tmp_path):
    for i in range(40):
        write(tmp_path / f"{i:02}.png", i)
    assert greys(ImageFolderPool(tmp_path, n_jobs=3)) == [*range(40)]


def test_a_pickle_reads_the_same_rows(folder):
    pool = ImageFolderPool(folder)
    first = np.asarray(pool)
    again = pickle.loads(pickle.dumps(pool))
    np.testing.assert_array_equal(again, first)
    assert len(pickle.dumps(pool)) < 3_000


# ---------------------------------------------------------------- damage


def test_damage_that_shows_at_once_has_no_row(folder):
    (folder / "aa.png").write_bytes(b"")
    (folder / "c.png").symlink_to(folder / "nowhere.png")
    pool = ImageFolderPool(folder)
    assert len(pool) == 3
    assert pool.unreadable_ == dict.fromkeys(
        ["aa.png", "c.png"], "an empty file, or a link to nowhere"
    )


def test_damage_that_shows_late_leaves_all_rows_where_they_are(folder):
    (folder / "aa.png").write_bytes(b"no image")
    pool = ImageFolderPool(folder)
    assert pool.unreadable_rows.tolist() == []
    assert greys(pool) == [10, 0, 20, 30]
    assert pool.unreadable_rows.tolist() == pool.find_unreadable().tolist() == [1]
    assert pool.unreadable_ == {"aa.png": "no image of a known format"}


def test_a_folder_that_is_gone_is_an_error_and_no_damage(folder):
    pool = ImageFolderPool(folder)
    folder.rename(folder.with_name("moved"))
    with pytest.raises(FileNotFoundError, match="no longer there"):
        pool[0]
    assert pool.unreadable_ == {}


def test_what_is_no_file_is_never_opened(folder):
    os.mkfifo(folder / "fifo.png")  # reading it would wait for ever
    (folder / "self.png").symlink_to(folder / "self.png")
    (folder / "to_fifo.png").symlink_to(folder / "fifo.png")
    pool = ImageFolderPool(folder)
    assert len(pool) == 3 and pool.left_out_ == {"no files": ["fifo.png"]}
    assert [*pool.unreadable_] == ["self.png", "to_fifo.png"]


def test_a_name_that_no_database_takes_is_named(folder):
    with open(os.fsencode(folder) + b"/bad\xff.png", "wb") as file:
        file.write(b"x")
    assert ImageFolderPool(folder).left_out_ == {"names that are not UTF-8": ["bad\\udcff.png"]}


def test_only_damaged_images_are_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ValueError, match="images that can be read, got none"):
        ImageFolderPool(tmp_path)


# ---------------------------------------------------------------- a cache in a file


def no_decoding(monkeypatch):
    monkeypatch.setattr("skal.data._file_rows.read_pixels", None)


def test_what_is_in_the_cache_is_decoded_by_nobody_else(folder, monkeypatch):
    cache = folder / "thumbs.npy"
    first = ImageFolderPool(folder, cache=cache)
    first[[2, 0]]
    first.find_unreadable()
    no_decoding(monkeypatch)
    again = ImageFolderPool(folder, cache=cache)
    assert greys(again) == greys(pickle.loads(pickle.dumps(again))) == [10, 20, 30]
    assert {image.max() for image in np.load(cache, mmap_mode="r")} == {10, 20, 30}


def test_a_cache_goes_on_where_it_stopped(folder, monkeypatch):
    ImageFolderPool(folder, cache=folder / "thumbs.npy")[[1]]
    read, decode = [], ImageFolderPool.__module__.replace("_folder_pool", "_file_rows.read_pixels")
    from skal.data import _file_rows

    real = _file_rows.read_pixels
    monkeypatch.setattr(decode, lambda file, *how: read.append(file.name) or real(file, *how))
    assert greys(ImageFolderPool(folder, cache=folder / "thumbs.npy")) == [10, 20, 30]
    assert sorted(read) == ["2.png", "a.png"]


def test_two_pools_fill_one_cache(folder, monkeypatch):
    one, two = (ImageFolderPool(folder, cache=folder / "thumbs.npy") for _ in range(2))
    one[[0]], two[[1, 2]]
    no_decoding(monkeypatch)
    assert greys(one) == greys(two) == [10, 20, 30]
    assert len(np.load(folder / "thumbs.npy")) == 3


def test_a_changed_file_leaves_its_place_in_the_cache_to_those_who_know_it(folder):
    old = ImageFolderPool(folder, cache=folder / "thumbs.npy")
    old.find_unreadable()
    write(folder / "a.png", 77)
    os.utime(folder / "a.png", (1, 1))
    assert greys(ImageFolderPool(folder, cache=folder / "thumbs.npy")) == [77, 20, 30]
    assert greys(old) == [10, 20, 30]


def test_the_cache_knows_damage_so_it_has_no_row_tomorrow(folder):
    (folder / "aa.png").write_bytes(b"no image")
    ImageFolderPool(folder, cache=folder / "thumbs.npy").find_unreadable()
    again = ImageFolderPool(folder, cache=folder / "thumbs.npy")
    assert again.keys.tolist() == ["a.png", "b/1.png", "b/2.png"] and [*again.unreadable_]


def test_the_cache_remembers_size_and_colour(folder):
    ImageFolderPool(folder, cache=folder / "thumbs.npy", size=5, color=True)
    assert ImageFolderPool(folder, cache=folder / "thumbs.npy").shape == (3, 3, 5, 5)
    with pytest.raises(ValueError, match=r"images of shape \(4, 4\), .* of shape \(3, 5, 5\)"):
        ImageFolderPool(folder, cache=folder / "thumbs.npy", size=4, color=False)


@pytest.mark.parametrize("rest", ["thumbs.npy", "thumbs.npy.index"])
def test_half_of_a_cache_is_made_anew(folder, rest):
    ImageFolderPool(folder, cache=folder / "thumbs.npy").find_unreadable()
    (folder / rest).unlink()
    assert greys(ImageFolderPool(folder, cache=folder / "thumbs.npy")) == [10, 20, 30]


def test_a_cache_that_was_copied_in_part_is_filled_up(folder):
    cache = folder / "thumbs.npy"
    ImageFolderPool(folder, cache=cache).find_unreadable()
    os.truncate(cache, cache.stat().st_size - 7)
    assert greys(ImageFolderPool(folder, cache=cache)) == [10, 20, 30]


@pytest.mark.parametrize("wrong", ["array", "text", "index", "folder"])
def test_what_is_no_cache_is_refused(folder, wrong):
    cache, error = folder / "thumbs.npy", ValueError
    if wrong == "array":
        np.save(cache, np.zeros((3, 4)))
    elif wrong == "text":
        cache.write_text("some text")
    elif wrong == "index":
        (folder / "thumbs.npy.index").write_text("some text " * 200)
    else:
        cache, error = folder / "none" / "thumbs.npy", FileNotFoundError
    with pytest.raises(error, match="`cache` must be"):
        ImageFolderPool(folder, cache=cache)


def test_a_cache_without_room_is_warned_of_once(folder, monkeypatch):
    pool = ImageFolderPool(folder, cache=folder / "thumbs.npy")
    write(folder / "c.png", 40)
    np.asarray(pool)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skal.data._image_file_cache.os.fsync", full)
    pool.refresh()
    with pytest.warns(UserWarning, match="cannot take more images .*No space left"):
        assert greys(pool) == [10, 20, 30, 40]
    assert greys(pool) == [10, 20, 30, 40]


# ---------------------------------------------------------------- labels


def test_folders_are_labels(folder):
    labels = ImageFolderPool(folder, labels="folders").labels_
    assert labels.tolist() == [None, "b", "b"]
    assert ImageFolderPool(folder).labels_ is None


def labels_from(folder, text):
    (folder / "labels.csv").write_bytes(text)
    return ImageFolderPool(folder, labels=folder / "labels.csv").labels_


@pytest.mark.parametrize(
    "text",
    [
        b"key,label\na.png,cat\nb/1.png,dog\nb/2.png,cat\n",
        b"\xef\xbb\xbflabel;file\r\ncat;a\r\ndog;1.png\r\ncat;b\\2.png\r\n",
    ],
    ids=["keys", "names, BOM and CRLF"],
)
def test_a_table_gives_labels(folder, text):
    labels = labels_from(folder, text)
    assert labels.tolist() == ["cat", "dog", "cat"] and labels.dtype.kind == "U"


def test_a_file_that_no_line_names_has_no_label(folder):
    assert labels_from(folder, b"key,label\na.png,cat\nb/1.png,\n").tolist() == ["cat", None, None]


def test_labels_of_files_that_are_not_there_are_named(folder):
    write(folder / "c" / "1.png", 1)
    with pytest.warns(UserWarning, match=r"labels of 2 files .* left out: z.png, 1.png\."):
        labels = labels_from(folder, b"key,label\nz.png,cat\n1.png,cat\na.png,dog\n")
    assert labels.tolist() == ["dog", None, None, None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a.png,cat\n", r"columns named key and label .*, got \['a.png', 'cat'\]"),
        (b"", r"columns named key and label .*, got \[\]"),
        (b"key,label\na.png,cat\na.png,dog\n", "got 'cat' and 'dog' for 'a.png' in line 3"),
    ],
    ids=["no header", "empty", "two labels"],
)
def test_a_table_that_cannot_be_read_is_refused(folder, text, message):
    with pytest.raises(ValueError, match=message):
        labels_from(folder, text)


# ---------------------------------------------------------------- tomorrow


def test_new_files_get_rows_at_the_end(folder):
    pool = ImageFolderPool(folder)
    write(folder / "0.png", 40)
    assert pool.refresh().tolist() == [3]
    assert pool.keys[3] == "0.png" and greys(pool) == [10, 20, 30, 40]
    assert pool.refresh().tolist() == []


def test_a_file_that_is_gone_is_no_longer_readable_until_it_is_back(folder):
    pool = ImageFolderPool(folder)
    (folder / "b/1.png").rename(folder / "b/3.png")
    assert pool.refresh().tolist() == [3]
    assert pool.unreadable_ == {"b/1.png": "a file that is no longer there"}
    assert pool.unreadable_rows.tolist() == [1]
    (folder / "b/3.png").rename(folder / "b/1.png")
    pool.refresh()
    assert pool.unreadable_rows.tolist() == [3] and greys(pool)[1] == 20


def test_a_file_that_changed_is_read_again(folder):
    pool = ImageFolderPool(folder)
    np.asarray(pool)
    write(folder / "a.png", 77)
    os.utime(folder / "a.png", (1, 1))
    assert greys(pool)[0] == 10
    pool.refresh()
    assert greys(pool)[0] == 77


def test_a_mended_file_is_read(folder):
    (folder / "aa.png").write_bytes(b"no image")
    (folder / "c.png").write_bytes(b"")
    pool = ImageFolderPool(folder)
    pool.find_unreadable()
    write(folder / "aa.png", 15)
    write(folder / "c.png", 35)
    assert pool.refresh().tolist() == [4]
    assert greys(pool) == [10, 15, 20, 30, 35] and pool.unreadable_ == {}
