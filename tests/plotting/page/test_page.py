"""What a page holds, says and refuses; no browser is needed."""

import base64
import hashlib
import json
import re
import zlib
from html import escape

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal.experiment import Comparison, DataSet, Run
from skal.learner import History
from skal.plotting import InteractivePage
from skal.plotting.page._html import Packer, to_json
from skal.plotting.page._static import static_picture, static_table

IMAGES = np.random.default_rng(0).integers(0, 256, (100, 8, 8), dtype=np.uint8)


def record(k, rows, score=0.5, **more):
    return {"round": k, "n_labeled": 10 * (k + 1), "rows": rows, "test_score": score, **more}


def history(n_rounds=3, n=10, **more):
    return History([record(k, np.arange(n * k, n * k + n), 0.5, **more) for k in range(n_rounds)])


def packed(html, name):
    """The arrays of a page, as the page itself reads them."""
    tree = json.loads(re.search(r'id="skal-content">(.*?)</script>', html)[1])
    block = re.search(rf'id="skal-{name}">(.*?)</script>', html)[1]
    return tree[name], zlib.decompress(base64.b64decode(block))


def revived(place, block):
    values = np.frombuffer(block, "<" + place["type"], place["n"], place["at"])
    return np.cumsum(values, dtype=np.int64) if place["delta"] else values


# ---------------------------------------------------------------- the file


def test_the_policy_names_every_script_and_style():
    html = InteractivePage.from_histories(history()).to_html()
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', html)[1]
    code = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    code += re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(c.encode()).digest()).decode() for c in code]
    assert len(hashes) == 3 and all(f"'sha256-{h}'" in policy for h in hashes)
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy


def test_the_licence_of_uplot_is_in_the_file():
    html = InteractivePage.from_histories(history()).to_html()
    assert "Copyright (c) 2022 Leon Sorokin" in html and "uPlot" in html


def test_json_cannot_end_its_element():
    text = "</script><!--\u2028&"
    safe = to_json({"name": text})
    assert not set("<>&\u2028") & set(safe)
    assert json.loads(safe)["name"] == text


@pytest.mark.parametrize(
    "values",
    [
        np.arange(0, 60_000, 4),
        np.array([5, 3, -1]),
        np.array([0, 70_000, 3]),
        np.array([2**31 - 1, 0]),
        np.zeros(0, dtype=int),
        np.array([[1, 2], [3, 4]]),
    ],
)
def test_integers_come_back(values):
    packer = Packer()
    place = packer.pack([np.array([1]), {"x": values}])[1]["x"]
    block = zlib.decompress(base64.b64decode(packer.text()))
    assert_array_equal(revived(place, block), values.ravel())


def test_counts_that_grow_by_steps_take_no_room():
    packer = Packer()
    packer.pack(np.arange(128, 60_128, 4))
    assert len(packer.text()) < 100


def test_scores_keep_seven_digits_and_nan():
    packer = Packer()
    place = packer.pack(np.array([0.1234567, np.nan]))
    block = zlib.decompress(base64.b64decode(packer.text()))
    assert_allclose(revived(place, block), [0.1234567, np.nan], rtol=1e-7)


def test_the_same_content_gives_the_same_file(tmp_path):
    page = InteractivePage.from_histories(history(), IMAGES)
    first = page.save(tmp_path / "a.html").read_bytes()
    assert page.save(str(tmp_path / "b.htm")).read_bytes() == first


def test_a_large_pool_is_not_in_the_file(tmp_path):
    pool = np.memmap(tmp_path / "pool", np.uint8, "w+", shape=(20_000, 28, 28))
    page = InteractivePage.from_histories(history(), pool)
    assert len(page.to_html()) < 200_000


# ---------------------------------------------------------------- what it holds


def test_rows_are_listed_by_utility():
    utility = np.array([0.2, np.nan, 0.9, 0.5])
    page = InteractivePage.from_histories([[record(0, [4, 5, 6, 7], utility=utility)]], n_images=3)
    (run,) = page.content.details[0]["runs"]
    assert_array_equal(run["row"], [6, 7, 4])
    assert_allclose(run["utility"], [0.9, 0.5, 0.2])
    assert run["asked"] == [4] and run["shown"] == [3]


def test_labels_that_were_recorded_need_no_y():
    run = History([record(0, [5, 3], labels=np.array(["b", "a"]))])
    page = InteractivePage.from_comparison(Comparison([Run("digits", "margin", 0, run)]))
    assert page.content.head["data"][0]["classes"] == ["a", "b"]
    (details,) = page.content.details[0]["runs"]
    assert_array_equal(details["row"], [5, 3])
    assert_array_equal(details["label"], [1, 0])


def test_labels_and_guesses_share_one_list_of_classes():
    records = [
        record(
            0,
            [0, 1],
            class_counts={"b": 2},
            predicted=np.array(["c", "b"]),
            runner_up=np.array(["b", "a"]),
            confidence=np.array([0.5, np.nan]),
            runner_up_confidence=np.array([0.25, np.nan]),
        )
    ]
    page = InteractivePage.from_histories(records, y=np.array(["b", "d"]))
    assert page.content.head["data"][0]["classes"] == ["a", "b", "c", "d"]
    (run,) = page.content.details[0]["runs"]
    assert_array_equal(run["label"], [1, 3])
    assert_array_equal(run["predicted"], [2, 1])
    assert_array_equal(run["runner_up"], [1, 0])
    assert_array_equal(run["confidence"], [500, -1])
    assert_array_equal(run["counts"], [[0, 2, 0, 0]])


def test_target_names_stand_for_labels():
    records = history(class_counts={0: 1, 1: 2})
    page = InteractivePage.from_histories(records, target_names=["shirt", "boot"])
    assert page.content.head["data"][0]["classes"] == ["shirt", "boot"]


def test_the_last_score_counts_where_no_label_was_added():
    again = {**record(0, [], 0.75), "round": 1}
    page = InteractivePage.from_histories([record(0, [1, 2], 0.5), again])
    run = page.content.curves[0]["runs"][0]
    assert_array_equal(run["x"], [10])
    assert_allclose(run["scores"][0], [0.75])
    assert_array_equal(page.content.details[0]["runs"][0]["row"], [1, 2])


def test_means_are_those_of_the_learning_curves():
    repeats = [[record(0, [1], 0.5)], [record(0, [2], 1.0)]]
    page = InteractivePage.from_histories({"margin": repeats}, band="range")
    (mean,) = page.content.curves[0]["means"][0]
    assert_allclose([mean["mean"], mean["low"], mean["high"]], [[0.75], [0.5], [1.0]])


def test_the_file_holds_what_the_content_says():
    page = InteractivePage.from_histories({"margin": history()})
    tree, block = packed(page.to_html(), "curves")
    assert_array_equal(revived(tree[0]["runs"][0]["x"], block), [10, 20, 30])


@pytest.mark.parametrize(("data", "name"), [("digits", "digits"), ("data", "")])
def test_the_page_names_the_data_set_and_the_scorer(data, name):
    runs = [Run(data, "margin", 0, History([{"n_labeled": 10, "test_score": 0.5}]))]
    found = Comparison(runs, params={"margin": {"scoring": "neg_log_loss"}})
    page = InteractivePage.from_comparison(found)
    assert page.content.head["scores"] == [{"key": "test_score", "name": "negative log loss"}]
    assert page.content.head["data"][0]["name"] == name
    assert ("<h2>digits</h2>" in page.to_html()) == (data == "digits")


def test_only_scores_that_all_runs_have_can_be_chosen():
    both = [record(0, [1], test_f1=0.25)]
    page = InteractivePage.from_histories({"a": both, "b": [record(0, [1])]})
    assert [score["key"] for score in page.content.head["scores"]] == ["test_score"]


def test_each_data_set_has_its_own_images():
    runs = [Run(name, "margin", 0, history()) for name in ("a", "b")]
    page = InteractivePage.from_comparison(Comparison(runs), {"b": IMAGES})
    assert [bool(sheets) for sheets in page.content.sheets] == [False, True]


# ---------------------------------------------------------------- what was found


def compared(**how):
    """Two learners, of which margin is ahead in both repeats, with a name that is markup."""
    runs = [
        Run("digits", name, k, History([record(i, [i], score + k / 50) for i, score in points]))
        for name, points in {
            "random": [(0, 0.5), (1, 0.6), (2, 0.7)],
            "<b>margin</b>": [(0, 0.5), (1, 0.7), (2, 0.8)],
        }.items()
        for k in range(2)
    ]
    return Comparison(runs, **how)


def test_the_verdict_is_in_the_file_as_text_with_or_without_scripts():
    found = compared()
    html = InteractivePage.from_comparison(found).to_html()
    lines = [line for line in str(found.verdict(score="test_score")).splitlines() if line]
    top = html[html.index('<section id="verdict"') : html.index("<noscript>")]
    assert all(escape(line) in top for line in lines)
    assert "<b>margin</b>" not in html


def test_the_verdict_is_about_the_target_that_was_given():
    page = InteractivePage.from_comparison(compared(), target=0.65)
    assert any("0.65" in line for line in page.content.head["verdict"])


def test_one_learner_has_no_verdict():
    page = InteractivePage.from_comparison(Comparison([Run("a", "margin", 0, history())]))
    assert page.content.head["verdict"] == [] and 'id="verdict"' not in page.to_html()
    assert page.content.head["data"][0]["findings"] == [{"learner": 0, "text": "margin 0.5"}]


def test_a_learner_that_helps_is_listed_with_what_it_saves():
    runs = [
        Run("digits", name, k, History([record(i, [i], s) for i, s in enumerate(scores)]))
        for k in range(3)
        for name, scores in {
            "random": [0.5, 0.6, 0.7],
            "margin": [0.5, 0.7 + k / 1000, 0.8],
        }.items()
    ]
    page = InteractivePage.from_comparison(Comparison(runs), target=0.7)
    said = [finding["text"] for finding in page.content.head["data"][0]["findings"]]
    assert said == ["random 0.7", "margin 0.8 · helps · 33 % fewer labels"]


def test_the_shares_of_the_pool_come_from_the_data_set_or_from_y():
    counts = {0: 30, 1: 10}
    found = compared(data={"digits": DataSet(40, 10, counts)})
    head = InteractivePage.from_comparison(found).content.head["data"][0]
    assert head["pool"] == [0.75, 0.25] and head["classes"] == ["0", "1"]
    y = np.array([0.0, 0, 1] + [np.nan] * 97)
    head = InteractivePage.from_histories(history(), y=y).content.head["data"][0]
    assert_allclose(head["pool"], [2 / 3, 1 / 3])
    assert InteractivePage.from_histories(history()).content.head["data"][0]["pool"] is None


def test_the_seconds_of_a_point_are_those_of_all_rounds_up_to_it():
    again = {**record(0, [], 0.75), "round": 1}
    rounds = [record(0, [1], 0.5), again, record(1, [2], 0.5)]
    timed = [
        {**one, "query_seconds": s, "fit_seconds": 1} for one, s in zip(rounds, [np.nan, 2, 3])
    ]
    (run,) = InteractivePage.from_histories(timed).content.curves[0]["runs"]
    assert_allclose(run["seconds"], [4, 8])
    (run,) = InteractivePage.from_histories(rounds).content.curves[0]["runs"]
    assert np.isnan(run["seconds"]).all()


# ---------------------------------------------------------------- what has no score


def unscored(n_rounds=3):
    return History([{**one, "test_score": np.nan} for one in history(n_rounds)])


def test_a_mean_is_that_of_the_runs_with_a_score():
    runs = {"margin": [unscored(), history(), history()]}
    page = InteractivePage.from_histories({**runs, "random": [unscored(), history()]})
    margin, random = page.content.curves[0]["means"]
    assert_allclose(margin[0]["mean"], [0.5, 0.5, 0.5])
    assert random == [None]
    assert static_table(page.content, 0).count("<td>2</td>") == 1


def test_a_learner_without_a_score_stands_in_the_table_alone():
    page = InteractivePage.from_histories({"margin": unscored(), "random": history()})
    assert "margin</td><td>0</td><td>–</td>" in static_table(page.content, 0)
    drawing = base64.b64decode(re.search(r"base64,([^\"]+)", static_picture(page.content, 0))[1])
    assert drawing.count(b"<polyline") == 1 and b"margin" not in drawing
    assert b"#737373" in drawing  # random looks neutral


def test_a_data_set_without_a_score_has_no_picture():
    runs = [Run("a", "margin", 0, unscored()), Run("b", "margin", 0, history())]
    page = InteractivePage.from_comparison(Comparison(runs))
    assert [bool(static_picture(page.content, k)) for k in (0, 1)] == [False, True]
    assert page.to_html()


def test_a_run_that_was_never_tested_is_one_without_a_score():
    never = [{"round": 0, "n_labeled": 10, "rows": [3]}]
    page = InteractivePage.from_histories({"a": never, "b": history()})
    assert np.isnan(page.content.curves[0]["runs"][0]["scores"][0]).all()


def test_the_score_shown_first_is_one_that_is_known():
    page = InteractivePage.from_histories([record(0, [1], np.nan, test_f1=0.5)])
    head = page.content.head
    assert [score["key"] for score in head["scores"]] == ["test_score", "test_f1"]
    assert head["score"] == 1


# ---------------------------------------------------------------- what it leaves out


def test_nothing_is_left_out_of_a_small_page():
    assert InteractivePage.from_histories(history(), IMAGES).left_out == []


def test_it_says_which_images_are_left_out():
    page = InteractivePage.from_histories(history(10), IMAGES, thumbnail_budget=4_000)
    kept = len(np.unique(page.content.details[0]["runs"][0]["thumb"] // 10)) - 1
    assert 0 < kept < 10
    assert page.left_out == [
        f"images of {10 - kept} of 10 rounds were left out to stay under 0.004 MB",
        "images have 16 shades to stay under 0.004 MB",
    ]
    assert page.left_out[0] in page.to_html()


def test_it_says_that_images_were_scaled_down():
    page = InteractivePage.from_histories(history(), IMAGES, image_side=4)
    assert page.left_out == ["images were scaled down to 4 pixels"]
    assert page.content.head["data"][0]["thumbnails"]["width"] == 4


def test_very_many_rows_are_listed_for_some_rounds(monkeypatch):
    monkeypatch.setattr("skal.plotting.page._content._MOST_ITEMS", 50)
    page = InteractivePage.from_histories(history(10))
    assert page.left_out == ["the rows of 5 of 10 rounds are not listed"]
    assert_array_equal(
        page.content.details[0]["runs"][0]["shown"] > 0, [1, 0, 1, 0, 1, 0, 0, 1, 0, 1]
    )


# ---------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"X": IMAGES[:20]}, "X must .*got 20 rows and a history with row 29"),
        ({"y": np.zeros(25)}, "y must .*got 25 rows and a history with row 29"),
        ({"score": "test_auc"}, r"score must be one of \['test_score'\]"),
        ({"band": "sd"}, "band must be one of .*, got 'sd'"),
        ({"n_images": 0}, "n_images must be at least 1, got 0"),
        ({"image_side": 0}, "image_side must be at least 1, got 0"),
        ({"thumbnail_budget": -1}, "thumbnail_budget must be at least 0, got -1"),
    ],
)
def test_a_wrong_argument_is_refused(options, why):
    with pytest.raises(ValueError, match=why):
        InteractivePage.from_histories(history(), **options)


def test_a_label_without_a_name_is_refused():
    with pytest.raises(ValueError, match="2 names and none for 2"):
        InteractivePage.from_histories(history(class_counts={2: 1}), target_names=["a", "b"])


def test_several_data_sets_need_a_dict_of_images():
    comparison = Comparison([Run(name, "margin", 0, history()) for name in ("a", "b")])
    with pytest.raises(ValueError, match="dict from the names of 2 data sets, got one ndarray"):
        InteractivePage.from_comparison(comparison, IMAGES)
    with pytest.raises(ValueError, match="got one for data set 'c'"):
        InteractivePage.from_comparison(comparison, {"c": IMAGES})


def test_a_comparison_without_runs_is_refused():
    with pytest.raises(ValueError, match="must hold a finished run"):
        InteractivePage.from_comparison(Comparison([]))


def test_a_history_without_scores_is_refused():
    with pytest.raises(ValueError, match="hold no score"):
        InteractivePage.from_histories([{"round": 0, "n_labeled": 1, "rows": [0]}])


@pytest.mark.parametrize("score", ["auto", "test_score"])
def test_runs_without_any_score_are_refused(score):
    with pytest.raises(ValueError, match=r"must have a number .*\['test_score'\]"):
        InteractivePage.from_histories({"a": unscored(), "b": unscored()}, score=score)


def test_a_history_without_rounds_is_refused():
    with pytest.raises(ValueError, match="got one of 'a' without"):
        InteractivePage.from_histories({"a": [History(), history()]})


def test_images_of_all_data_sets_are_checked_before_any_is_read():
    class Pool:
        shape, dtype = IMAGES.shape, IMAGES.dtype

        def __len__(self):
            return 100

        def read_rows(self, rows):
            assert len(rows) == 1
            return IMAGES[rows]

    runs = [Run(name, "margin", 0, history()) for name in ("a", "b")]
    with pytest.raises(ValueError, match=r"pass image_shape"):
        InteractivePage.from_comparison(Comparison(runs), {"a": Pool(), "b": np.zeros((100, 9))})


def test_label_counts_that_fall_are_refused():
    with pytest.raises(ValueError, match="'n_labeled' must grow"):
        InteractivePage.from_histories([record(1, [0]), record(0, [1])])


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must end in .html or .htm"):
        InteractivePage.from_histories(history()).save(tmp_path / "page.pdf")
