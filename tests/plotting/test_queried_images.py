from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skal.learner import History
from skal.plotting import QueriedImagesDisplay
from tests.plotting.runs import comparison

from_history = QueriedImagesDisplay.from_history


def record(round, rows, utility=None, **counts):
    return {
        "round": round,
        "rows": np.array(rows),
        "utility": np.full(len(rows), np.nan) if utility is None else np.array(utility),
        "n_labeled": 10 * (round + 1),
        "class_counts": counts,
    }


HISTORY = [record(0, [1, 2]), record(1, [3, 0, 4], [0.5, -0.0, -0.25], cat=2, dog=1)]
X = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)  # five images of 2 x 3 pixels
Y = np.array(["cat", "dog", "cat", "dog", "cat"])


def titles(display):
    return [ax.get_title() for ax in display.axes_]


def test_images_come_in_the_order_asked():
    assert_array_equal(from_history(HISTORY, X).images, X[[3, 0, 4]])


def test_round_is_found_by_its_number():
    assert_array_equal(from_history(HISTORY[1:], X, round=1).images, X[[3, 0, 4]])


def test_first_images_are_shown_when_there_are_more():
    display = from_history(HISTORY, X, n_images=2)
    assert_array_equal(display.images, X[[3, 0]])
    assert "first 2 of 3 rows" in display.title


def test_titles_are_label_and_utility():
    assert titles(from_history(HISTORY, X, Y)) == ["dog\n0.500", "cat\n0.000", "cat\n−0.250"]


def test_utilities_have_equal_decimals():
    small = record(1, [3, 0, 2], [-3.51e-5, -0.000353, 0.0])
    said = titles(from_history([small], X))
    assert [text.split("\n")[-1] for text in said] == ["−0.000035", "−0.000353", "0.000000"]


def test_unknown_utility_is_not_written():
    assert titles(from_history(HISTORY, X, Y, round=0)) == ["dog", "cat"]


@pytest.mark.parametrize("names", [["red", "green"], {0: "red", 1: "green"}])
def test_target_names_stand_for_labels(names):
    display = from_history(HISTORY[:1], X, [0, 1, 0, 1, 0], target_names=names)
    assert display.labels == ["green", "red"]


@pytest.mark.parametrize("label", [-1, 2, "dog"])
def test_label_without_a_name_is_refused(label):
    with pytest.raises(ValueError, match="2 names and none for"):
        from_history(HISTORY, X, [label] * 5, target_names=["red", "green"])


def test_title_has_round_labels_and_class_counts():
    title = from_history(HISTORY, X).title.replace("\N{NO-BREAK SPACE}", " ")
    assert title == "round 1: 3 rows, 20 labels\nclass counts: cat (2), dog (1)"


def test_classes_that_were_not_asked_are_no_more_classes():
    counts = {f"class {k}": k for k in range(14)}  # 13 of them were asked
    title = from_history([record(0, [1, 2], **counts)], X).title.replace("\N{NO-BREAK SPACE}", " ")
    assert title.endswith("class 3 (3), class 2 (2), 1 more classes")


def test_dollars_in_labels_are_no_mathtext():
    labels = ["$5-$9", r"$\frac{$", "_^{", "a\nb", "x" * 40]
    display = from_history([record(0, range(5), **{r"$\oops$": 3})], X, labels)
    display.figure_.canvas.draw()  # mathtext would raise here
    assert titles(display) == ["$5-$9", r"$\frac{$", "_^{", "a b", "x" * 11 + "\n" + "x" * 10 + "…"]


def test_learner_is_read_by_its_history():
    class Learner:
        history_ = HISTORY

    assert_array_equal(from_history(Learner(), X).images, X[[3, 0, 4]])


# ---------------------------------------------------------------- what the model had said

PREDICTED = [HISTORY[0], HISTORY[1] | {"predicted": np.array(["dog", "dog", "cat"])}]


def test_a_tick_stands_for_a_right_prediction_and_a_cross_before_a_wrong_one():
    assert titles(from_history(PREDICTED, X, Y)) == [
        "dog\n✓\n0.500",
        "cat\n✗ dog\n0.000",
        "cat\n✓\n−0.250",
    ]


def test_a_prediction_alone_has_no_mark():
    assert titles(from_history(PREDICTED, X)) == ["dog\n0.500", "dog\n0.000", "cat\n−0.250"]


def test_only_marks_that_are_there_are_explained():
    display = from_history(PREDICTED, X)
    assert "above: prediction, utility" in display.figure_.get_suptitle()


def test_a_learner_that_people_taught_knows_the_labels():
    learner = SimpleNamespace(
        history_=PREDICTED[:1],
        answers_={"label": np.array(["dog", "cow", "cow"]), "round": np.array([0, 0, 1])},
    )
    assert from_history(learner, X).labels == ["dog", "cow"]


def test_predictions_have_names_too():
    run = [record(1, [0, 1]) | {"predicted": np.array([1, 1])}]
    display = from_history(run, X, [0, 1, 0, 0, 0], target_names=["red", "green"])
    assert display.predictions == ["✗ green", "✓"]


# ---------------------------------------------------------------- several rounds

RUN = [record(k, [3, 0, 4][: 2 + k // 2 % 2]) for k in range(9)]
HELD = comparison({"random": [History(HISTORY)], "margin": [History(RUN), History(PREDICTED)]})
from_comparison = QueriedImagesDisplay.from_comparison


def test_five_rounds_are_spread_over_those_that_were_queried():
    display = from_comparison(HELD, X)
    assert [heading.split("\n")[0] for heading, _ in display.headings] == [
        f"round {k}" for k in (1, 3, 5, 6, 8)
    ]
    assert (
        display.title == "asked by margin on digits, run 1 of 2"
    )  # the first that is not the baseline


def test_a_round_is_a_row_with_its_heading():
    display = from_comparison(HELD, X, Y, rounds=[0, 2, 1])
    assert display.headings == [
        ("round 0\n10 labels", 2),
        ("round 2\n30 labels", 3),
        ("round 1\n20 labels", 2),
    ]
    places = [ax.get_subplotspec() for ax in display.axes_]
    assert [at.rowspan.start for at in places] == [0, 0, 1, 1, 1, 2, 2]
    assert [at.colspan.start for at in places] == [0, 1, 0, 1, 2, 0, 1]
    assert [text.get_text() for ax in display.axes_ for text in ax.texts] == [
        heading for heading, _ in display.headings
    ]


def test_images_of_rounds_follow_one_another():
    display = from_comparison(HELD, X, Y, repeat=1, rounds=[0, 1])
    assert_array_equal(display.images, X[[1, 2, 3, 0, 4]])
    assert display.predictions == ["", "", "✓", "✗ dog", "✓"]
    assert display.labels == ["dog", "cat", "dog", "cat", "cat"]


def test_labels_that_a_comparison_holds_need_no_y():
    told = [dict(r, labels=np.array(["dog"] * len(r["rows"]))) for r in PREDICTED]
    display = from_comparison(comparison({"margin": [History(told)]}), X, rounds=[0, 1])
    assert display.labels == ["dog"] * 5


def test_rounds_may_know_what_others_do_not():
    told = [dict(HISTORY[0]), HISTORY[1] | {"labels": np.array(["dog", "cat", "cat"])}]
    del told[0]["utility"]
    display = from_comparison(comparison({"margin": [History(told)]}), X, rounds=[0, 1])
    assert display.labels == ["", "", "dog", "cat", "cat"]
    assert titles(display) == ["", "", "dog\n0.500", "cat\n0.000", "cat\n−0.250"]


def test_learner_and_repeat_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="learner must be one of 'random', .*, got 'badge'"):
        from_comparison(HELD, X, learner="badge")
    with pytest.raises(ValueError, match="repeat must be one of 0, got 1"):
        from_comparison(HELD, X, learner="random", repeat=1)
    with pytest.raises(ValueError, match="round must be one of the rounds 0 to 8, got 9"):
        from_comparison(HELD, X, rounds=[9])
    with pytest.raises(ValueError, match="rounds must name one"):
        from_comparison(HELD, X, rounds=[])


def test_headings_must_count_the_images():
    with pytest.raises(ValueError, match="must count the 5 images, got 2"):
        QueriedImagesDisplay(X, headings=[("a", 2)]).plot()


# ---------------------------------------------------------------- kinds of X


def test_one_channel_is_grey():
    assert_array_equal(from_history(HISTORY, X[:, None]).images, X[[3, 0, 4]])


def test_three_channels_are_moved_last():
    colour = np.stack([X, X + 1, X + 2], axis=1)
    images = from_history(HISTORY, colour).images
    assert images.shape == (3, 2, 3, 3)
    assert_array_equal(images[0, :, :, 2], X[3] + 2)


def test_channels_may_be_last():
    images = from_history(HISTORY, np.stack([X, X + 1, X + 2, X], axis=-1)).images
    assert images.shape == (3, 2, 3, 3)  # without alpha
    assert_array_equal(images[0, :, :, 2], X[3] + 2)


def test_flat_rows_take_their_shape():
    flat = X.reshape(5, 6)
    assert_array_equal(from_history(HISTORY, flat, image_shape=(2, 3)).images, X[[3, 0, 4]])


def test_only_the_rows_shown_are_read():
    class Pool:
        shape = (10**9, 2, 3)

        def __getitem__(self, rows):
            assert_array_equal(rows, [3, 0, 4])
            return X[rows]

    assert_array_equal(from_history(HISTORY, Pool()).images, X[[3, 0, 4]])


def test_list_of_images_is_read():
    assert_array_equal(from_history(HISTORY, list(X)).images, X[[3, 0, 4]])


def test_uint8_keeps_its_scale():
    shown = from_history(HISTORY, X).axes_[0].images[0].get_array()
    assert_allclose(shown, X[3] / 255)


def test_floats_are_scaled_by_the_images_shown():
    floats = np.zeros((5, 1, 2))
    floats[3] = [-2.0, 2.0]
    floats[1] = 1000.0  # not shown
    shown = [ax.images[0].get_array() for ax in from_history(HISTORY, floats).axes_]
    assert_allclose(shown[0], [[0, 1]])
    assert_allclose(shown[1], [[0.5, 0.5]])


@pytest.mark.parametrize("value", [7.0, np.nan])
def test_flat_grey_or_missing_pixels_can_be_drawn(value):
    from_history(HISTORY, np.full((5, 2, 3), value)).figure_.canvas.draw()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("at", [2, -3])
def test_round_that_never_was_is_refused(at):
    with pytest.raises(ValueError, match=rf"rounds 0 to 1, got {at}"):
        from_history(HISTORY, X, round=at)


def test_row_beyond_X_is_refused():
    with pytest.raises(ValueError, match="got 4 rows and row 4"):
        from_history(HISTORY, X[:4])


def test_row_of_unknown_place_is_refused():
    with pytest.raises(ValueError, match=r"2 rows of unknown place \(-1\)"):
        from_history([record(0, [-1, 3, -1])], X)


def test_round_without_rows_is_refused():
    with pytest.raises(ValueError, match="one that labelled rows, got 0"):
        from_history([record(0, [])], X)


def test_history_without_rounds_is_refused():
    with pytest.raises(ValueError, match="must hold a round"):
        from_history([], X)


def test_too_few_labels_are_refused():
    with pytest.raises(ValueError, match="got 3 labels"):
        from_history(HISTORY, X, Y[:3])


@pytest.mark.parametrize(
    ("pool", "image_shape", "why"),
    [
        (X.reshape(5, 6), None, r"pass image_shape=\(height, width\)"),
        (X.reshape(5, 6), (2, 2), r"size of a row of X, \(6,\), got \(2, 2\)"),
        (np.zeros((5, 8, 8, 2)), None, r"got \(8, 8, 2\)"),
    ],
)
def test_what_is_no_image_is_refused(pool, image_shape, why):
    with pytest.raises(ValueError, match=why):
        from_history(HISTORY, pool, image_shape=image_shape)


@pytest.mark.parametrize("option", [{"n_images": 0}, {"ncols": 0}])
def test_nothing_to_show_is_refused(option):
    with pytest.raises(ValueError, match="at least 1"):
        from_history(HISTORY, X, **option)


# ---------------------------------------------------------------- figures


def test_there_are_as_many_axes_as_images():
    display = from_history(HISTORY, X, ncols=2)
    assert len(display.axes_) == len(display.figure_.axes) == 3
    rows = [ax.get_subplotspec().rowspan.start for ax in display.axes_]
    assert rows == [0, 0, 1]
