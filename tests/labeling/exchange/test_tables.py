"""CSV, JSON lines, and what holds for answers in any format."""

import numpy as np
import pytest

from skal.data import digests_of
from skal.labeling.exchange import match_items, read_labels, write_labels

HOSTILE = ["=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\tx", "'=quoted", "''", "-1", "1e-3"]
ANSWERS = {
    "key": ["a/1.png", "a/1.png", 'b,"2".png', "Käse\n3.png", "4.png"],
    "label": ["cat", "dog", "cat", None, None],
    "annotator": ["anna", "ben", None, "anna", "anna"],
    "at": [1700000000.25, 1700000001.0, None, 1700000002.123457, 1700000003.0],
    "seconds": [1.5, np.nan, None, 0.1, 2.0],
    "action": ["label", "label", "label", "skip", "unsure"],
    "confidence": [0.9, None, None, None, None],
    "round": [0, 1, 1, None, 2],
}


@pytest.fixture(params=["csv", "jsonl"])
def path(request, tmp_path):
    return tmp_path / f"labels.{request.param}"


# ---------------------------------------------------------------- there and back


def test_answers_come_back_as_they_were(path):
    found = read_labels(write_labels(path, ANSWERS))
    expected = ANSWERS | {"seconds": [1.5, None, None, 0.1, 2.0], "sha256": [None] * 5}
    assert found == expected


def test_cells_that_look_like_formulas_come_back(path):
    found = read_labels(write_labels(path, {"key": HOSTILE, "label": HOSTILE[::-1]}))
    assert found["key"] == HOSTILE and found["label"] == HOSTILE[::-1]


def test_no_cell_is_left_that_a_spreadsheet_computes(tmp_path):
    path = write_labels(tmp_path / "labels.csv", {"key": HOSTILE, "label": HOSTILE})
    lines = path.read_bytes().decode().splitlines()[1:]
    starts = {line.lstrip('"')[0] for line in lines}
    assert not starts & set("=+@\t")
    assert [line for line in lines if line[0] == "-"] == ["-1,-1,,,,label,,"]  # a number is none


def test_a_file_name_that_is_no_utf8_comes_back(path):
    key = b"caf\xe9.png".decode("utf8", errors="surrogateescape")
    assert read_labels(write_labels(path, {"key": [key], "label": ["cat"]}))["key"] == [key]


def test_an_interrupted_export_leaves_the_old_file(path, monkeypatch):
    write_labels(path, ANSWERS)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *paths: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_labels(path, {"key": ["new"], "label": ["cat"]})
    assert path.read_bytes() == before and [*path.parent.iterdir()] == [path]


# ---------------------------------------------------------------- tables of others


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_byte_order_marks_and_carriage_returns_are_read(tmp_path, delimiter):
    path = tmp_path / "labels.csv"
    text = "file,kind,other\r\na.png,Kätzchen,1\r\n\r\nb.png,,2\r\n".replace(",", delimiter)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read_labels(path, key="file", label="kind")
    assert found["key"] == ["a.png", "b.png"] and found["label"] == ["Kätzchen", None]
    assert found["action"] == ["label", "skip"]


def test_json_lines_with_a_byte_order_mark_are_read(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"key": "a", "label": "x", "more": 1}\r\n\r\n')
    assert read_labels(path)["label"] == ["x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "must have one column 'key'"),
        ("key,label\n1,2,3\n", r"line 2 of .* must have 2 cells, got 3"),
        ("key,label,at\n1,x,yesterday\n", "`at` must be seconds .* got 'yesterday'"),
        ("key,label,seconds\n1,x,two\n", "`seconds` must be numbers, got 'two'"),
        ("key,label,action\n1,,label\n", "`action` must be 'label' where there is a label"),
        ("", "must have one column 'key'"),
    ],
)
def test_what_is_no_table_of_answers_is_refused(tmp_path, text, message):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_labels(path)


def test_a_class_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_bytes("key,label\na.png,Kätzchen\n".encode("latin-1"))
    with pytest.raises(ValueError, match="save it as 'CSV UTF-8'"):
        read_labels(path)


def test_a_line_that_is_no_json_is_named(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"key": "a", "label": "x"}\n{"key": ')
    with pytest.raises(ValueError, match="line 2 of"):
        read_labels(path)


# ---------------------------------------------------------------- into a pool


def test_unknown_keys_are_listed_once_and_are_not_fatal():
    found = match_items({"key": ["1", "9", "0", "9"], "label": list("abcd")}, ["x", "y"])
    assert found.rows.tolist() == [1, -1, 0, -1] and found.unknown == ["9"]


def test_other_content_under_a_key_is_refused_by_name():
    told = {"key": ["0", "1"], "label": ["a", "b"], "sha256": digests_of(["x", "y"], [0, 1])}
    assert match_items(told, ["x", "y"]).rows.tolist() == [0, 1]
    with pytest.raises(ValueError, match="another content for '1'"):
        match_items(told, ["x", "changed"])


# ---------------------------------------------------------------- which format


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("labels.json", {}, "`format` must be told for a file that ends in '.json'"),
        ("labels.txt", {}, "ends in '.txt'"),
        ("labels.csv", {"format": "excel"}, "got 'excel'"),
        ("labels", {}, "`pool` must be passed for the format 'folders'"),
    ],
)
def test_a_format_that_is_not_known_is_refused(tmp_path, name, options, message):
    with pytest.raises(ValueError, match=message):
        write_labels(tmp_path / name, {"key": ["a"], "label": ["x"]}, **options)


def test_options_are_those_of_the_format(tmp_path):
    with pytest.raises(TypeError, match="got how"):
        write_labels(tmp_path / "labels.csv", {"key": [], "label": []}, how="copy")
