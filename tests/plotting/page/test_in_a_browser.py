"""The page in a real browser: what a person sees and does."""

import csv
import io
import json
import shutil

import numpy as np
import pytest

from skal.experiment import Comparison, DataSet, Run
from skal.learner import History
from skal.plotting import InteractivePage

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"
)
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run "
    "--disable-component-update --disable-sync --window-size=1200,900 --remote-debugging-pipe"
)
HOSTILE = "</script><img src=x onerror=document.title='run'><!--{{data}}\u2028"
LABELS = np.array(["cat", HOSTILE], dtype=object)
X = [10, 20, 30, 40, 50]


def history(scores, *, utility=True, chance=None):
    """Five rounds of 10 rows; what was asked in round k is rows 10k, ..., 10k + 9."""
    records = []
    for k, (n, score) in enumerate(zip(X, scores, strict=True)):
        rows = np.arange(10 * k, 10 * k + 10)
        record = {
            "round": k,
            "n_labeled": n,
            "fraction": n / 50,
            "rows": rows,
            "utility": np.linspace(0.5, 0.9, 10) if utility and k else np.full(10, np.nan),
            "class_counts": {"cat": 7, HOSTILE: 3},
            "test_accuracy": score,
            "test_f1": score / 2,
        }
        if k:
            guess = np.arange(10) % 2
            guess[8] = 1  # a cat that was taken for something else
            record["predicted"], record["runner_up"] = LABELS[guess], LABELS[1 - guess]
            record["confidence"] = np.full(10, 0.52)
            record["runner_up_confidence"] = np.full(10, 0.48)
            record["chance"] = np.full(10, np.nan if chance is None else chance)
        records.append(record)
    return History(records)


@pytest.fixture(scope="module")
def page():
    runs = [
        Run("first", "margin", 0, history([0.5, 0.6, 0.7, 0.8, 0.9])),
        Run("first", "margin", 1, history([0.5, 0.7, 0.8, 0.8, 0.9])),
        Run("first", HOSTILE, 0, history([0.4, 0.4, 0.5, 0.5, 0.6], chance=0.025)),
        Run("second", "margin", 0, history([0.1, 0.2, 0.3, 0.4, 0.5])),
    ]
    images = np.random.default_rng(0).integers(0, 256, (50, 8, 8), dtype=np.uint8)
    labels = {"first": LABELS[np.arange(50) % 2]}
    data = {"first": DataSet(50, 10, {"cat": 30, HOSTILE: 20})}
    return InteractivePage.from_comparison(
        Comparison(runs, data=data), {"first": images}, y=labels, title=HOSTILE
    )


@pytest.fixture(scope="module")
def path(page, tmp_path_factory):
    return page.save(tmp_path_factory.mktemp("page") / "page.html")


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    folder = tmp_path_factory.mktemp("chromium")
    for flag in [*FLAGS.split(), f"--user-data-dir={folder / 'profile'}"]:
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options, webdriver.ChromeService(DRIVER)) as driver:
        driver.folder = folder
        yield driver


@pytest.fixture(autouse=True)
def nothing_is_fetched_and_nothing_fails(driver):
    """In every test: no request leaves the file, no error on the console."""
    for name in ("browser", "performance"):
        driver.get_log(name)
    yield
    urls = requests_in(driver.get_log("performance"))
    assert [
        url for url in urls if not url.startswith(("file:", "data:", "blob:", "about:", "chrome:"))
    ] == []
    assert [line["message"] for line in driver.get_log("browser")] == []


def requests_in(log):
    return [p["request"]["url"] for p in messages_in(log, "Network.requestWillBeSent")]


def messages_in(log, method):
    messages = [json.loads(line["message"])["message"] for line in log]
    return [message["params"] for message in messages if message["method"] == method]


def until(driver, met, why):
    return WebDriverWait(driver, 15, poll_frequency=0.02).until(lambda d: met(), why)


def one(driver, selector):
    return driver.find_element(By.CSS_SELECTOR, selector)


def all_of(driver, selector):
    return driver.find_elements(By.CSS_SELECTOR, selector)


def ready(driver):
    marked = "return document.documentElement.dataset.ready === ''"
    until(driver, lambda: driver.execute_script(marked), "the page is not drawn")


@pytest.fixture
def opened(driver, path):
    resize(driver, 1200, 900)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    driver.get(path.as_uri())
    ready(driver)
    return driver


def resize(driver, width, height):
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )


def press(driver, *keys):
    one(driver, "#chart").send_keys(*keys)


def readout(driver):
    return one(driver, "#readout").text.replace("\u00a0", " ")


def text_of(element):
    return " ".join(element.text.replace("\u00a0", " ").split())


def over(driver):
    """Left, top, width and height of the area of the curves."""
    box = one(driver, "#chart .u-over").rect
    return box["x"], box["y"], box["width"], box["height"]


def mark_x(driver, selector=".mark"):
    """Where a mark's middle is, in pixels from the left of the curves."""
    box = one(driver, selector).rect
    return box["x"] + box["width"] / 2 - over(driver)[0]


def pin_at(driver, left_share):
    """Click into the chart at a share of its width, halfway down."""
    area = one(driver, "#chart .u-over")
    dx = round((left_share - 0.5) * area.size["width"])
    ActionChains(driver, duration=0).move_to_element_with_offset(area, dx, 0).click().perform()


def expected_x(driver, labels, low=10, high=50):
    room = 0.015 * (high - low)
    return (labels - low + room) / (high - low + 2 * room) * over(driver)[2]


def settle(driver, selector, left):
    until(driver, lambda: abs(mark_x(driver, selector) - left) < 2, f"the mark is not at {left}")


# ---------------------------------------------------------------- first sight


def test_the_page_says_what_it_holds(opened):
    assert text_of(one(opened, "#about")) == "first · 2 learners · 3 runs · 2 classes"
    assert (
        readout(opened) == "margin, mean of 2 runs round 4 · 50 labels · accuracy 0.9 (0.9 to 0.9)"
    )
    assert all_of(opened, "noscript img") == []


def test_hostile_names_are_text(opened):
    press(opened, Keys.ARROW_DOWN, Keys.ENTER)
    shown = HOSTILE.replace("\u2028", "")
    assert one(opened, "h1").get_attribute("textContent").replace("\u2028", "") == shown
    assert opened.title.replace("\u2028", "") == shown  # nothing ran: it would have said "run"
    names = [e.get_attribute("textContent") for e in all_of(opened, "#legend .label")]
    assert names == ["margin", HOSTILE]
    assert one(opened, ".card h3").get_attribute("textContent") == HOSTILE
    assert all_of(opened, "img, iframe") == []


def test_the_policy_forbids_the_network(opened):
    refused = opened.execute_async_script(
        """const done = arguments[0];
        document.addEventListener("securitypolicyviolation", (e) => done(e.effectiveDirective));
        new Image().src = "http://127.0.0.1:9/x.png";"""
    )
    assert refused == "img-src"
    opened.get_log("browser")  # the refusal itself is reported there
    lost = messages_in(opened.get_log("performance"), "Network.loadingFailed")
    assert [params["blockedReason"] for params in lost] == ["csp"]


# ---------------------------------------------------------------- pins and cards


def test_a_click_pins_the_nearest_round(opened):
    pin_at(opened, 0.5)
    card = text_of(one(opened, ".card"))
    assert "Round 2 · 30 labels (60 % of the pool)" in card
    settle(opened, ".mark", expected_x(opened, 30))


def test_a_card_says_what_was_asked_and_why(opened):
    press(opened, Keys.HOME, Keys.ARROW_RIGHT, Keys.ENTER)
    card = text_of(one(opened, ".card"))
    assert "Round 1 · 20 labels" in card and "accuracy 0.6 F1 0.3" in card and "cat × 7" in card
    first = text_of(all_of(opened, ".items li")[0])
    assert "model wavered between" in first and "(52 %)" in first and "(48 %)" in first
    assert "utility 0.9 · row 19" in first  # the largest utility is the last row
    assert len(all_of(opened, ".items li")) == 10


def test_thumbnails_show_the_rows(opened, page):
    press(opened, Keys.HOME, Keys.ARROW_RIGHT, Keys.ENTER)
    until(opened, lambda: len(all_of(opened, ".card canvas[data-ready]")) == 10, "no thumbnails")
    pixels = opened.execute_script(
        """const canvas = document.querySelector(".card .thumb canvas"), step = canvas.width / 8;
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.width).data;
        const at = (r, c) => data[4 * (
            Math.floor((r + 0.5) * step) * canvas.width + Math.floor((c + 0.5) * step))];
        return Array.from({length: 64}, (_, i) => at(Math.floor(i / 8), i % 8));"""
    )
    images = np.random.default_rng(0).integers(0, 256, (50, 8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(np.reshape(pixels, (8, 8)), images[19])


def test_a_card_without_images_leads_to_one_with_them(driver, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (50, 8, 8), dtype=np.uint8)
    page = InteractivePage.from_histories(history([0.5] * 5), images, thumbnail_budget=2_000)
    assert "images of" in page.left_out[0]
    driver.get(page.save(tmp_path / "small.html").as_uri())
    ready(driver)
    assert page.left_out[0] in text_of(one(driver, "#left-out"))
    press(driver, Keys.ARROW_LEFT, Keys.ENTER)
    assert all_of(driver, ".card canvas") == []
    one(driver, ".card .link").send_keys(Keys.ENTER)
    assert "Round 2" in text_of(one(driver, ".card"))
    until(driver, lambda: len(all_of(driver, ".card canvas[data-ready]")) == 10, "no thumbnails")


def test_the_initial_set_and_random_draws_are_called_so(opened):
    press(opened, Keys.ARROW_DOWN, Keys.HOME, Keys.ENTER)
    assert "initial set" in text_of(all_of(opened, ".items li")[0])
    press(opened, Keys.ARROW_RIGHT, Keys.ENTER)
    assert "drawn at random, 1 of 40" in text_of(one(opened, ".items"))  # of the newest card


def test_marks_at_one_point_do_not_hide_each_other(driver, tmp_path):
    same = [Run("first", name, 0, history([0.5, 0.6, 0.7, 0.8, 0.9])) for name in ("a", "b", "c")]
    keys = [f"cats/{i}.jpg" for i in range(50)]
    page = InteractivePage.from_comparison(Comparison(same), keys=keys)
    resize(driver, 1200, 900)
    driver.get(page.save(tmp_path / "p.html").as_uri())
    ready(driver)
    for k in range(3):  # "Why these?" of three learners whose curves are one
        driver.execute_script(f"document.querySelectorAll('.strip button')[{k}].click()")
    at = sorted(mark.rect["x"] for mark in all_of(driver, ".mark"))
    assert len(at) == 3 and np.diff(at).min() > 10
    assert "cats/19.jpg (row 19)" in text_of(all_of(driver, ".card")[0])  # files are named


def test_a_card_changes_its_run(opened):
    press(opened, Keys.HOME, Keys.ARROW_RIGHT, Keys.ENTER)
    Select(one(opened, ".card select")).select_by_visible_text("run 2 of 2")
    assert "accuracy 0.7" in text_of(one(opened, ".card"))


def test_a_pin_stays_at_its_round_through_zoom_and_resize(opened):
    pin_at(opened, 0.5)
    area, width = one(opened, "#chart .u-over"), over(opened)[2]
    start, end = 0.3 * width, 0.8 * width
    drag = ActionChains(opened, duration=0)
    drag.move_to_element_with_offset(area, round(start - width / 2), -80).click_and_hold()
    drag.move_by_offset(round(end - start), 0).release().perform()
    zoomed = (expected_x(opened, 30) - start) / (end - start)  # as a share of the width
    settle(opened, ".mark", zoomed * width)
    resize(opened, 700, 900)
    until(opened, lambda: over(opened)[2] < 620, "the chart keeps its width")
    settle(opened, ".mark", zoomed * over(opened)[2])
    opened.execute_script("arguments[0].scrollIntoView({ block: 'center' });", area)
    corner = ActionChains(opened, duration=0).move_to_element_with_offset(area, -200, -90)
    corner.double_click().perform()
    settle(opened, ".mark", expected_x(opened, 30))
    assert len(all_of(opened, ".card")) == 1  # a double click pins nothing


def test_the_wheel_zooms_where_the_pointer_is(opened):
    press(opened, Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER)  # 30: in the middle
    press(opened, Keys.HOME)
    before = mark_x(opened, ".cursor-mark")
    area = one(opened, "#chart .u-over")
    origin = webdriver.common.actions.wheel_input.ScrollOrigin.from_element(area)
    ActionChains(opened).scroll_from_origin(origin, 0, -120).perform()
    until(opened, lambda: not one(opened, ".cursor-mark").is_displayed(), "no zoom")
    assert before > 0
    settle(opened, ".mark", expected_x(opened, 30))


def test_a_card_stands_beside_the_curves_or_below_them(opened):
    pin_at(opened, 0.5)
    chart, card = one(opened, "#chart").rect, one(opened, ".card").rect
    assert card["x"] > chart["x"] + chart["width"] and card["y"] < chart["y"] + chart["height"]
    resize(opened, 700, 900)
    chart, card = one(opened, "#chart").rect, one(opened, ".card").rect
    assert card["x"] < chart["x"] and card["y"] > chart["y"] + chart["height"]


def test_the_newest_card_stands_first_and_closing_all_says_how_to_get_one(opened):
    assert one(opened, "#no-card").is_displayed()
    press(opened, Keys.HOME, Keys.ENTER)
    press(opened, Keys.END, Keys.ENTER)
    assert [card.text for card in all_of(opened, ".card .number")] == ["2", "1"]
    assert not one(opened, "#no-card").is_displayed()
    opened.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert opened.switch_to.active_element.get_attribute("id") == "chart"
    one(opened, ".close").click()
    assert all_of(opened, ".card, .mark") == []
    assert one(opened, "#no-card").is_displayed()


def test_a_round_is_pinned_once(opened):
    press(opened, Keys.ENTER)
    press(opened, Keys.ENTER)
    assert len(all_of(opened, ".card")) == 1


# ---------------------------------------------------------------- keys, legend, modes


def test_the_chart_is_used_by_keys_alone(opened):
    body = one(opened, "body")
    for _ in range(20):
        ActionChains(opened).send_keys(Keys.TAB).perform()
        if opened.switch_to.active_element.get_attribute("id") == "chart":
            break
    focused = opened.switch_to.active_element
    assert focused.get_attribute("id") == "chart" and body
    assert focused.value_of_css_property("outline-style") == "solid"
    assert "Arrow keys" in focused.get_attribute("aria-label")
    focused.send_keys(Keys.ARROW_LEFT)
    assert readout(opened).startswith("margin, mean of 2 runs round 3 · 40 labels")
    focused.send_keys(Keys.ARROW_DOWN, Keys.HOME)
    assert "round 0 · 10 labels · accuracy 0.4" in readout(opened)
    focused.send_keys(Keys.ENTER)
    assert "card" in opened.switch_to.active_element.get_attribute("class")
    opened.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert all_of(opened, ".card") == []


def test_keys_zoom_and_the_range_follows_the_cursor(opened):
    press(opened, "++")
    until(opened, lambda: not one(opened, ".cursor-mark").is_displayed(), "no zoom")
    press(opened, Keys.ARROW_LEFT, Keys.ARROW_RIGHT)
    until(opened, lambda: one(opened, ".cursor-mark").is_displayed(), "the cursor is out of sight")
    press(opened, "0")
    settle(opened, ".cursor-mark", expected_x(opened, 50))


def test_the_legend_hides_a_learner_and_its_marks(opened):
    press(opened, Keys.ENTER)
    button = one(opened, "#legend button")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    until(opened, lambda: not one(opened, ".mark").is_displayed(), "the mark is still there")
    assert HOSTILE[:9] in readout(opened)  # the cursor went to a line that is shown
    button.click()
    until(opened, lambda: one(opened, ".mark").is_displayed(), "the mark did not come back")


def test_single_runs_are_shown_on_demand(opened):
    one(opened, "#single").click()
    press(opened, Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    assert readout(opened) == "margin, run 2 round 1 · 20 labels · accuracy 0.7"


def test_scores_and_data_sets_can_be_chosen(opened):
    data, score = Select(one(opened, "#data")), Select(one(opened, "#score"))
    score.select_by_visible_text("F1")
    assert "F1 0.45" in readout(opened)
    press(opened, Keys.ENTER)
    data.select_by_visible_text("second")
    assert readout(opened) == "margin round 4 · 50 labels · F1 0.25"
    assert not one(opened, ".card").is_displayed()
    press(opened, Keys.ENTER)
    assert all_of(all_of(opened, ".card")[0], ".thumb") == []  # "second" came without images


def test_the_balance_counts_classes_beside_the_share_of_the_pool(opened):
    press(opened, Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert text_of(one(opened, ".bars thead")) == "class round so far share pool"
    rows = [text_of(row).rsplit(" ", 6) for row in all_of(opened, ".bars tbody tr")]
    assert [row[1:] for row in rows] == [
        ["3", "9", "30", "%", "40", "%"],
        ["7", "21", "70", "%", "60", "%"],
    ]
    assert rows[1][0] == "cat"


@pytest.mark.parametrize("width", [380, 1400])
def test_bars_and_ticks_lie_on_one_scale_that_is_not_cut(opened, width):
    resize(opened, width, 900)
    press(opened, Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    boxes = opened.execute_script(
        "return [...document.querySelectorAll('.bars .track')].map((cell) => "
        "[cell, cell.querySelector('.bar'), cell.querySelector('.tick')].map((box) => {"
        "const { left, right } = box.getBoundingClientRect(); return [left, right]; }))"
    )
    (cell, other, other_tick), (_, cat, cat_tick) = boxes  # 30 % of 40, 70 % of 60
    assert cell[0] < cat[0] and cat[1] <= cell[1]  # the longest is seen whole
    full = cat[1] - cat[0]
    assert np.isclose(other[1] - other[0], full * 30 / 70, atol=1)
    assert np.isclose(np.mean(cat_tick) - cat[0], full * 60 / 70, atol=1)
    assert np.isclose(np.mean(other_tick) - cat[0], full * 40 / 70, atol=1)


def test_a_pool_share_beyond_all_bars_is_seen(driver, tmp_path):
    runs = [Run("first", "margin", 0, history([0.5, 0.6, 0.7, 0.8, 0.9]))]
    data = {"first": DataSet(50, 10, {"cat": 45, HOSTILE: 5})}
    path = InteractivePage.from_comparison(Comparison(runs, data=data)).save(tmp_path / "p.html")
    driver.get(path.as_uri())
    ready(driver)
    right = "return arguments[0].getBoundingClientRect().right"
    tick, cell = all_of(driver, ".bars .tick")[1], all_of(driver, ".bars .track")[1]
    assert driver.execute_script(right, tick) <= driver.execute_script(right, cell)


# ---------------------------------------------------------------- what was found, all at a glance


def test_the_verdict_stands_at_the_top(opened):
    verdict = one(opened, "#verdict")
    assert "margin" in text_of(verdict) and verdict.rect["y"] < one(opened, "#controls").rect["y"]
    one(verdict, "summary").click()
    assert "run 5 repeats or more" in text_of(verdict)


def test_images_are_there_before_the_first_click_a_strip_a_learner(opened):
    until(opened, lambda: len(all_of(opened, "#strips canvas[data-ready]")) == 20, "no strips")
    assert text_of(one(opened, "#asked-at")) == "with 20 labels"  # the first round asked
    strips = [text_of(strip) for strip in all_of(opened, ".strip")]
    assert strips[0].startswith("margin round 1 · 20 labels · accuracy 0.6 Why these?")
    assert "cat ✓" in strips[0] and "cat ✗ </script>" in strips[0] and "cat × 7" in strips[0]
    one(opened, "#asked-after").click()
    assert text_of(one(opened, "#asked-at")) == "with 30 labels"
    assert all("round 2" in text_of(strip) for strip in all_of(opened, ".strip"))
    all_of(opened, "#legend button")[0].click()
    assert len(all_of(opened, ".strip")) == 1


def test_the_strips_follow_a_pin_and_lead_to_its_reasons(opened):
    press(opened, Keys.END, Keys.ENTER)
    assert text_of(one(opened, "#asked-at")) == "with 50 labels"
    one(opened, "#asked-before").click()
    one(opened, ".strip .link").send_keys(Keys.ENTER)
    assert "Round 3 · 40 labels" in text_of(opened.switch_to.active_element)
    assert "model wavered between" in text_of(opened.switch_to.active_element)


def test_every_data_set_is_in_the_overview_and_a_click_shows_it(opened):
    first, second = all_of(opened, "#multiples button")
    assert text_of(first).startswith("first 10–50 labels · accuracy 0.4–0.9 margin 0.9")
    assert one(first, "polyline").get_attribute("points").count(",") == 5
    assert text_of(second) == "second 10–50 labels · accuracy 0.1–0.5 margin 0.5"
    second.click()
    assert readout(opened) == "margin round 4 · 50 labels · accuracy 0.5"
    assert second.get_attribute("aria-pressed") == "true"
    assert first.get_attribute("aria-pressed") == "false"
    assert Select(one(opened, "#data")).first_selected_option.text == "second"


def test_the_readout_and_the_card_tell_points_against_the_baseline(opened):
    press(opened, Keys.ARROW_DOWN)
    assert readout(opened).endswith("accuracy 0.6 · −30.0 points against margin")
    press(opened, Keys.ENTER)
    assert "against margin −30.0 points" in text_of(one(opened, ".card .scores"))


# ---------------------------------------------------------------- the x axis


@pytest.fixture
def timed(driver, tmp_path):
    """Two learners with as many labels: the second takes ten times as long."""
    runs = [
        [{**r, "query_seconds": s, "fit_seconds": s} for r in history([0.5, 0.6, 0.7, 0.8, 0.9])]
        for s in (0.1, 1.0)
    ]
    page = InteractivePage.from_histories({"fast": runs[0], "slow": runs[1]})
    resize(driver, 1200, 900)
    driver.get(page.save(tmp_path / "timed.html").as_uri())
    ready(driver)
    return driver


def test_the_axis_counts_labels_or_seconds_even_or_log(timed):
    axis = Select(one(timed, "#axis"))
    names = [option.text for option in axis.options]
    assert names == ["labels", "labels, log", "seconds", "seconds, log"]
    room = 0.015 * 9.8  # from 0.2 to 10 seconds
    axis.select_by_visible_text("seconds")
    assert readout(timed) == "fast round 4 · 50 labels · 1 s · accuracy 0.9"
    settle(timed, ".cursor-mark", (1 - 0.2 + room) / (9.8 + 2 * room) * over(timed)[2])
    press(timed, Keys.ENTER)
    assert "queries and fits so far 1 s" in text_of(one(timed, ".card .scores"))
    axis.select_by_visible_text("seconds, log")
    share = (np.log(1 / 0.2) / np.log(50) + 0.015) / 1.03
    settle(timed, ".mark", share * over(timed)[2])
    axis.select_by_visible_text("labels, log")
    settle(timed, ".mark", (1 + 0.015) / 1.03 * over(timed)[2])


def test_a_log_axis_is_zoomed_and_walked_along_by_keys(timed):
    Select(one(timed, "#axis")).select_by_visible_text("seconds, log")
    press(timed, "+++")
    press(timed, Keys.HOME)
    until(timed, lambda: one(timed, ".cursor-mark").is_displayed(), "the cursor is out of sight")
    assert "0.2 s" in readout(timed)
    press(timed, "0", Keys.END)
    share = (np.log(1 / 0.2) / np.log(50) + 0.015) / 1.03
    settle(timed, ".cursor-mark", share * over(timed)[2])


@pytest.mark.parametrize("width", [380, 1400])
def test_every_axis_has_ticks_about_ten_where_there_is_room(timed, width):
    resize(timed, width, 900)
    # ticks are on a canvas: of the last drawing, they are read where they are written
    timed.execute_script(
        """const pen = CanvasRenderingContext2D.prototype, { clearRect, fillText } = pen;
        const ofChart = (pen) => pen.canvas.closest("#chart");
        pen.clearRect = function (...at) {
            if (ofChart(this)) window.ticks = [];
            return clearRect.apply(this, at);
        };
        pen.fillText = function (text, ...at) {
            if (ofChart(this) && /^[0-9.,]+$/.test(text)) window.ticks.push(text);
            return fillText.call(this, text, ...at);
        };"""
    )
    for name in ("seconds", "labels, log", "seconds, log", "labels"):
        timed.execute_script("window.ticks = [];")
        Select(one(timed, "#axis")).select_by_visible_text(name)
        until(timed, lambda: timed.execute_script("return window.ticks.length"), "no ticks")
        ticks = timed.execute_script("return window.ticks")  # of both axes
        assert (14 if width == 1400 else 7) <= len(ticks) <= 26, (name, ticks)


def test_seconds_cannot_be_chosen_where_no_time_was_taken(opened):
    assert [o.text for o in Select(one(opened, "#axis")).options] == ["labels", "labels, log"]


# ---------------------------------------------------------------- table, dark, fallbacks


def saved_table(driver):
    file = driver.folder / "learning_curves.csv"
    file.unlink(missing_ok=True)
    one(driver, "#csv").click()
    until(driver, lambda: file.exists() and file.stat().st_size, "no file came")
    return list(csv.reader(io.StringIO(file.read_text(encoding="utf8"))))


def test_the_table_has_the_means_that_are_shown(opened):
    all_of(opened, "#legend button")[1].click()
    rows = saved_table(opened)
    assert rows[0] == ["data", "learner", "runs", "labels", "mean_test_accuracy", "low", "high"]
    assert [row[3] for row in rows[1:]] == ["10", "20", "30", "40", "50"]
    assert rows[2][:5] == ["first", "margin", "2", "20", "0.65"]


def test_the_table_has_the_runs_and_the_range_that_are_shown(opened):
    one(opened, "#single").click()
    press(opened, "+")  # 18 to 42 labels
    rows = saved_table(opened)
    assert rows[0][:6] == ["data", "learner", "run", "round", "labels", "test_accuracy"]
    assert [row[1:5] for row in rows[1:4]] == [
        ["margin", "1", k, n] for k, n in ("1 20".split(), "2 30".split(), "3 40".split())
    ]
    assert [row[1] for row in rows[7:]] == [HOSTILE] * 3
    assert rows[1][5:] == ["0.6", "0.3", "3", "7"]


def brightness(driver):
    colour = one(driver, "body").value_of_css_property("background-color")
    return sum(map(float, colour[colour.index("(") + 1 : -1].split(",")[:3]))


def test_dark_follows_the_system_and_the_button(opened):
    assert brightness(opened) > 600
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    until(opened, lambda: brightness(opened) < 120, "the page stays light")
    one(opened, "#theme").click()
    assert brightness(opened) > 600
    assert one(opened, "#theme").get_attribute("aria-pressed") == "false"


def test_on_paper_the_page_is_light_unfolded_and_not_cut(opened):
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    opened.execute_script(
        """window.seen = [];
        window.addEventListener("beforeprint", () => queueMicrotask(() => window.seen.push(
            document.documentElement.dataset.theme,
            document.querySelector("#verdict details").open,
            document.querySelector("#chart canvas").width)));"""
    )
    opened.execute_cdp_cmd("Page.printToPDF", {})
    theme, is_open, width = opened.execute_script("return window.seen")
    assert (theme, is_open) == ("light", True) and width <= 640
    until(opened, lambda: brightness(opened) < 120, "the page stays light")
    assert not one(opened, "#verdict details").get_attribute("open")


def test_nothing_is_wider_than_a_phone(opened):
    resize(opened, 380, 800)
    pin_at(opened, 0.5)
    until(
        opened,
        lambda: opened.execute_script("return document.documentElement.scrollWidth") <= 380,
        "the page is wider than the window",
    )
    card = one(opened, ".card").rect
    assert card["x"] >= 0 and card["x"] + card["width"] <= 380


def test_a_card_below_the_curves_begins_to_show_after_a_click(opened):
    resize(opened, 380, 700)
    area = one(opened, "#chart .u-over")
    opened.execute_script("arguments[0].scrollIntoView({ block: 'end' });", area)
    pin_at(opened, 0.5)
    top = "return document.querySelector('.card').getBoundingClientRect().top"
    until(opened, lambda: 400 < opened.execute_script(top) < 510, "the card is out of sight")


def test_runs_without_a_score_have_cards_but_no_curve(driver, tmp_path):
    nan = [np.nan] * 5
    known = history([0.5, 0.6, 0.7, 0.8, 0.9])
    runs = [Run("a", "margin", k, run) for k, run in enumerate([history(nan), known, known])]
    runs += [Run("a", "random", 0, history(nan)), Run("b", "margin", 0, history(nan))]
    page = InteractivePage.from_comparison(Comparison(runs))
    driver.get(page.save(tmp_path / "page.html").as_uri())
    ready(driver)
    assert readout(driver).startswith("margin, mean of 2 runs round 4 · 50 labels · accuracy 0.9")
    press(driver, Keys.ENTER)
    Select(one(driver, ".card select")).select_by_index(0)  # the run without a score
    assert "–" in text_of(one(driver, ".card .scores"))
    one(driver, "#single").click()
    press(driver, Keys.ARROW_DOWN)
    one(driver, "#single").click()
    press(driver, Keys.ARROW_DOWN, Keys.ENTER)
    assert readout(driver) == "random round 4 · 50 labels · accuracy –"
    assert len(all_of(driver, ".card")) == 2
    Select(one(driver, "#data")).select_by_visible_text("b")
    pin_at(driver, 0.5)  # no curve is there to point at
    assert readout(driver) == "margin round 4 · 50 labels · accuracy –"


def test_without_scripts_there_is_a_picture_and_a_table(driver, path):
    resize(driver, 1200, 900)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        driver.get(path.as_uri())
        until(
            driver,
            lambda: [p.rect["height"] > 200 for p in all_of(driver, "noscript img")] == [True] * 2,
            "the pictures are not there",
        )
        assert "margin 2 50 0.5 0.9" in text_of(one(driver, "noscript table"))
        assert not one(driver, "#main").is_displayed()
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_in_a_notebook_the_page_stands_in_a_frame(driver, page, tmp_path):
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<body>{page._repr_html_()}</body>", encoding="utf8")
    driver.get(notebook.as_uri())
    assert not one(driver, ".skal-static").is_displayed()
    driver.switch_to.frame(one(driver, "iframe"))
    ready(driver)
    press(driver, Keys.ENTER)
    assert "Round 4" in text_of(one(driver, ".card"))
    driver.switch_to.default_content()


def test_a_notebook_that_drops_frames_shows_the_picture(driver, page, tmp_path):
    whole = page._repr_html_()
    cleaned = whole[whole.index('<div class="skal-static">') :]
    resize(driver, 1200, 900)
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<body>{cleaned}</body>", encoding="utf8")
    driver.get(notebook.as_uri())
    assert one(driver, ".skal-static img").rect["height"] > 200
    assert "margin" in text_of(one(driver, ".skal-static table"))
