import numpy as np
import pytest
from numpy.testing import assert_allclose

from skal.experiment import summarize
from skal.plotting import LabelsToTargetDisplay
from tests.plotting.runs import comparison, history

# a target of .6 is reached at 15 and 20 labels, and by the mean, .45 and .65, at 17.5
MARGIN = [history(0.5, 0.7), history(0.4, 0.6)]
# the second never is; the mean, .35, .45 and .6, is at the end
RANDOM = [history(0.3, 0.5, 0.7), history(0.4, 0.4, 0.5)]
TWO = comparison({"margin": MARGIN, "random": RANDOM})


def texts(display):
    return [text.get_text() for text in display.ax_.texts]


def test_labels_are_read_off_every_repeat_and_off_the_mean_curve():
    display = LabelsToTargetDisplay.from_comparison(TWO, target=0.6)
    assert_allclose(display.labels["margin"], [15, 20])
    assert_allclose(display.labels["random"], [25, np.inf])
    assert_allclose(list(display.mean_labels.values()), [17.5, 30])


def test_the_number_and_the_saving_are_written_beside():
    display = LabelsToTargetDisplay.from_comparison(TWO, target=0.6)
    assert texts(display) == ["18 (42 % fewer)", "30\n1 of 2 not reached"]


def test_more_labels_are_called_more():
    display = LabelsToTargetDisplay.from_comparison(TWO, target=0.6, baseline="margin")
    assert texts(display) == ["18", "30 (71 % more)\n1 of 2 not reached"]


def test_no_saving_is_called_as_many():
    same = comparison({"a": MARGIN, "b": MARGIN}, baseline="a")
    display = LabelsToTargetDisplay.from_comparison(same, target=0.6)
    assert texts(display) == ["18", "18 (as many)"]


def test_a_target_never_reached_is_said_and_marked_at_the_labels_bought():
    display = LabelsToTargetDisplay.from_comparison(TWO, target=0.9)
    assert texts(display) == ["not reached", "not reached"]
    open_ = [line for line in display.ax_.get_lines() if line.get_marker() == ">"]
    assert [line.get_xdata().tolist() for line in open_] == [[20, 20], [30, 30]]
    assert [text.get_text() for text in display.legend_.get_texts()] == [
        "one repeat",
        "not reached",
    ]


LUCKY = [history(0.3, 0.7, 0.3, 0.5, 0.7), history(0.3, 0.3, 0.7, 0.3, 0.8)]


def test_no_bar_is_right_of_all_dots_where_repeats_touch_the_target_early():
    # both touch .6 in the second or third round; the mean, .3, .5, .5, .4, .75, is there at 44
    display = LabelsToTargetDisplay.from_histories({"margin": LUCKY}, target=0.6)
    assert_allclose(display.mean_labels["margin"], 44)
    assert_allclose(display.labels["margin"], [45, 46])


def test_a_repeat_that_lost_the_target_for_good_is_not_there():
    lost = [history(0.3, 0.7, 0.3, 0.5), history(0.3, 0.3, 0.3, 0.9)]
    display = LabelsToTargetDisplay.from_histories({"margin": lost}, target=0.6)
    assert_allclose(display.labels["margin"], [np.inf, 35])


def test_a_repeat_that_dips_after_the_mean_was_there_keeps_its_first_labels():
    dipped = [history(0.3, 0.7, 0.4), history(0.3, 0.7, 0.8)]
    display = LabelsToTargetDisplay.from_histories({"margin": dipped}, target=0.6)
    assert_allclose(display.labels["margin"], [17.5, 17.5])


def test_no_bar_is_right_of_all_dots_of_noisy_repeats():
    rng = np.random.default_rng(0)
    slow = np.linspace(0.5, 0.8, 12)
    noisy = {i: [history(*slow + rng.normal(0, 0.1, 12)) for _ in range(4)] for i in range(50)}
    display = LabelsToTargetDisplay.from_histories(noisy, target=0.7)
    right = {name: max(labels) for name, labels in display.labels.items()}
    assert all(mean <= right[name] + 1e-6 for name, mean in display.mean_labels.items())


def spans(display):
    """Ends of the lines that run from left to right."""
    lines = [list(line.get_xdata()) for line in display.ax_.get_lines()]
    joined = [line.get_linestyle() == "-" for line in display.ax_.get_lines()]
    return [ends for ends, is_line in zip(lines, joined) if is_line]


def many_pairs(n=6):
    rng = np.random.default_rng(0)
    slow, fast = np.linspace(0.4, 0.8, 9), np.linspace(0.5, 0.9, 9)
    return comparison(
        {
            "random": [history(*slow + rng.normal(0, 0.02, 9)) for _ in range(n)],
            "margin": [history(*fast + rng.normal(0, 0.02, 9)) for _ in range(n)],
        }
    )


def test_the_interval_is_that_of_the_saving_in_labels():
    pairs = many_pairs()
    display = LabelsToTargetDisplay.from_comparison(pairs, target=0.7)
    saving = summarize(pairs, target=0.7).learner("margin").saving
    low, high = display.intervals["margin"]
    assert list(display.intervals) == ["margin"]  # the baseline saves nothing on itself
    assert_allclose(1 - np.array([high, low]) / saving.baseline_labels, [saving.low, saving.high])
    assert low < display.mean_labels["margin"] < high
    assert_allclose(spans(display), [[low, high]])
    words = [text.get_text() for text in display.legend_.get_texts()]
    assert "95 % interval" in words


def test_an_open_end_of_an_interval_has_no_bar():
    display = LabelsToTargetDisplay(
        {"margin": [20, 25]},
        {"margin": [40, 40]},
        {"margin": 22},
        target=0.6,
        intervals={"margin": (0, np.inf)},
        level=0.9,
    ).plot()
    assert spans(display) == [[0, 40]]
    assert [text.get_text() for text in display.legend_.get_texts()][1][:4] == "90 %"
    ends = [line for line in display.ax_.get_lines() if line.get_markersize() == 5]
    assert [len(line.get_xdata()) for line in ends] == [0]


def test_a_single_repeat_has_no_interval():
    display = LabelsToTargetDisplay.from_comparison(many_pairs(1), target=0.7)
    assert not display.intervals


def test_the_target_of_its_own_is_that_of_the_summary():
    display = LabelsToTargetDisplay.from_comparison(TWO)
    saving = summarize(TWO).learner("margin").saving
    assert_allclose(display.target, 0.99 * 0.6)
    assert_allclose([display.target, display.mean_labels["margin"]], [saving.target, saving.labels])


def test_the_baseline_is_a_vertical_line():
    display = LabelsToTargetDisplay.from_comparison(TWO, target=0.6)
    assert list(display.ax_.get_lines()[0].get_xdata()) == pytest.approx([30, 30])


def test_learners_stand_from_top_to_bottom():
    display = LabelsToTargetDisplay.from_comparison(TWO, target=0.6)
    at = {t.get_text(): t.get_position()[1] for t in display.ax_.get_yticklabels()}
    bottom, top = display.ax_.get_ylim()
    assert list(at) == ["margin", "random"]
    assert abs(at["margin"] - top) < abs(at["random"] - top)


def test_the_target_of_histories_is_that_of_a_comparison():
    display = LabelsToTargetDisplay.from_histories(
        {"margin": MARGIN, "random": RANDOM}, baseline="random"
    )
    one = LabelsToTargetDisplay.from_comparison(TWO)
    assert_allclose(display.target, one.target)
    assert_allclose(list(display.mean_labels.values()), list(one.mean_labels.values()))
    assert texts(display) == texts(one)


def test_histories_without_a_baseline_need_a_target():
    with pytest.raises(ValueError, match="give the score to reach"):
        LabelsToTargetDisplay.from_histories({"margin": MARGIN})


def test_unknown_baseline_names_those_there_are():
    with pytest.raises(ValueError, match="must be one of 'margin', 'random'"):
        LabelsToTargetDisplay.from_comparison(TWO, baseline="nobody")


def test_log_scale_is_drawn():
    display = LabelsToTargetDisplay.from_comparison(TWO, target=0.6, xscale="log")
    assert display.ax_.get_xscale() == "log"


def test_a_missing_partner_changes_mark_and_saving_as_it_does_in_the_summary():
    lost = comparison({"margin": [*MARGIN, history(0.9, 0.9)], "random": RANDOM})
    display = LabelsToTargetDisplay.from_comparison(lost, target=0.6)
    saving = summarize(lost, target=0.6).learner("margin").saving
    assert_allclose([display.mean_labels["margin"], saving.labels], 17.5)
    assert_allclose(display.labels["margin"], [15, 20, 10])  # a dot for every run
    assert_allclose(display.savings["margin"], saving.value)
    assert texts(display)[0] == "18 (42 % fewer)"


def test_the_saving_is_of_the_pairs_where_the_baseline_has_more_runs():
    lost = comparison({"margin": MARGIN, "random": [*RANDOM, history(0.6, 0.6, 0.6)]})
    display = LabelsToTargetDisplay.from_comparison(lost, target=0.6)
    saving = summarize(lost, target=0.6).learner("margin").saving
    assert_allclose(display.savings["margin"], saving.value)
    assert texts(display)[0] == "18 (42 % fewer)"


def test_other_data_sets_change_nothing():
    other = comparison({"margin": RANDOM, "random": MARGIN}, data="other")
    display = LabelsToTargetDisplay.from_comparison(TWO.merge(other), data="digits")
    assert_allclose(display.target, 0.99 * 0.6)
    assert display.mean_labels == LabelsToTargetDisplay.from_comparison(TWO).mean_labels


def test_a_learner_without_scores_is_left_out_with_a_warning():
    broken = comparison({"margin": MARGIN, "random": RANDOM, "nan": [history(np.nan)]})
    with pytest.warns(UserWarning, match="'nan': 1"):
        display = LabelsToTargetDisplay.from_comparison(broken)
    assert list(display.labels) == ["margin", "random"]


@pytest.mark.filterwarnings("ignore:.*counted nowhere")
def test_a_baseline_without_scores_needs_a_target():
    broken = comparison({"margin": MARGIN, "random": [history(np.nan)]})
    with pytest.raises(ValueError, match="give the score to reach"):
        LabelsToTargetDisplay.from_comparison(broken)
    display = LabelsToTargetDisplay.from_comparison(broken, target=0.6)
    assert texts(display) == ["18"]
