"""The page in a real browser: what people see, press and never lose."""

import pytest

from skal.exceptions import StoreError
from skal.labeling.web import serve
from tests.labeling.web.standin import MemorySession

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

HOSTILE = "</script><img src=x onerror=document.title='run'>\u202egod"
ITEM = "return document.querySelector('.skal').dataset.item"
SAVED = "return document.querySelector('.saved').textContent"


def until(driver, met, why, limit=15):
    return WebDriverWait(driver, limit, poll_frequency=0.01).until(lambda d: met(), why)


def one(driver, selector):
    return driver.find_element(By.CSS_SELECTOR, selector)


def texts(driver, selector):
    found = driver.find_elements(By.CSS_SELECTOR, selector)
    return [element.text for element in found if element.is_displayed()]


def item(driver):
    """Wait for an item, and return its number."""
    return int(until(driver, lambda: driver.execute_script(ITEM), "no item is shown"))


def press(driver, *keys):
    for key in keys:
        item(driver)
        one(driver, "body").send_keys(key)


def saved(driver):
    until(driver, lambda: driver.execute_script(SAVED) == "all saved", "answers are not saved")


@pytest.fixture
def session():
    return MemorySession()


@pytest.fixture
def opened(driver, session):
    """The page of anna, with an empty browser."""
    with serve(session, who=["anna", "ben"], port=0) as server:
        driver.get(server.links["anna"])
        item(driver)
        yield driver
        driver.get("about:blank")


def test_250_keys_through_a_restart_and_a_lost_connection_are_250_answers(driver, requests):
    session = MemorySession(n=300)
    server = serve(session, who=["anna"])
    driver.get(server.links["anna"])
    expected, kinds = {}, {"1": "class:0", "2": "class:1", " ": None, "u": None}
    for n in range(250):
        if n == 80:
            server.stop()
        if n == 85:  # the items in hand are answered; the page says so, and waits
            until(driver, lambda: "5 not saved" in driver.execute_script(SAVED), "saved?")
            server = serve(session, who=["anna"])
        if n in (160, 164):
            how = {"offline": n == 160, "latency": 0, "downloadThroughput": -1}
            how["uploadThroughput"] = -1
            driver.execute_cdp_cmd("Network.enable", {})
            driver.execute_cdp_cmd("Network.emulateNetworkConditions", how)
        if n == 200:  # leaving takes nothing along that is not saved
            driver.refresh()
        key = "12 1u2"[n % 6]
        expected[item(driver), "anna"] = kinds[key]
        one(driver, "body").send_keys(key)
    saved(driver)
    server.stop()
    assert len(expected) == len(session.events) == 250
    assert {place: label for place, (_, label) in session.current().items()} == expected
    assert {url.split("/")[2] for url in requests() if url.startswith("http")} == {
        server.links["anna"].split("/")[2]
    }


def test_the_next_item_is_there_within_50_ms(opened):
    # from the key to the painted frame, in the page's own clock
    script = """
        const done = arguments[0], times = [], key = {key: "1", code: "Digit1", bubbles: true};
        const turn = () => {
          if (times.length === 20) return done(times.sort((a, b) => a - b)[10]);
          const began = performance.now();
          document.body.dispatchEvent(new KeyboardEvent("keydown", key));
          requestAnimationFrame(() => {
            times.push(performance.now() - began);
            setTimeout(turn, 120);
          });
        };
        turn();
    """
    assert opened.execute_async_script(script) < 50


def test_an_answer_that_the_disk_refuses_waits_in_the_browser(opened, session):
    session.fails = StoreError("pets.skal cannot be written: the disk is full; make room.")
    first = item(opened)
    press(opened, "1", "2")
    until(opened, lambda: "disk is full" in one(opened, ".trouble").text, "no message")
    assert opened.execute_script(SAVED) == "2 not saved"
    opened.refresh()
    until(opened, lambda: "disk is full" in one(opened, ".trouble").text, "no message")
    session.fails = None
    saved(opened)
    assert session.current()[first, "anna"] == ("label", "class:0") and len(session.events) == 2


def test_an_answer_that_can_never_be_taken_is_asked_again(opened, session):
    first = item(opened)
    gone = dict(session.classes)
    session.classes = {"class:1": "dog"}
    press(opened, "1")
    until(opened, lambda: "not taken" in one(opened, ".mode").text, "nothing is said")
    assert item(opened) == first
    session.classes = gone


def test_undo_takes_back_one_answer_after_the_other_also_after_a_reload(opened, session):
    first = item(opened)
    press(opened, "1", "2", "1")
    saved(opened)
    press(opened, Keys.BACKSPACE)
    assert item(opened) == first + 2
    saved(opened)
    opened.refresh()
    press(opened, Keys.CONTROL + "z")
    until(opened, lambda: item(opened) == first + 1, "the older answer is not shown")
    press(opened, "1")
    saved(opened)
    found = {i: label for (i, _), (_, label) in session.current().items()}
    assert found == {first: "class:0", first + 1: "class:0"}


def test_an_accuracy_of_three_items_is_none_yet(opened, session):
    assert "88 % (74 % to 95 %)" in one(opened, ".standing").text.replace("\u00a0", " ")
    few = {"value": 1.0, "low": 0.4, "high": 1.0, "n": 3}
    plain = session.progress
    session.progress = lambda who: {**plain(who), "accuracy": few}
    words = "not known yet: 3 of 10 items"
    until(opened, lambda: words in one(opened, ".standing").text, "the page does not look again")


def test_a_held_key_is_one_answer(opened, session):
    first = item(opened)
    event = "new KeyboardEvent('keydown', {key: '1', code: 'Digit1', bubbles: true, repeat: %s})"
    for repeat in ("false", "true", "true"):
        opened.execute_script(f"document.body.dispatchEvent({event % repeat})")
    saved(opened)
    assert item(opened) == first + 1 and len(session.events) == 1


def test_space_after_a_click_skips_and_presses_no_button_again(opened, session):
    one(opened, ".class").click()
    ActionChains(opened).send_keys(" ").perform()
    saved(opened)
    assert [event[3] for event in session.events] == ["label", "skip"]


def test_looking_back_corrects_an_answer(opened, session):
    first = item(opened)
    press(opened, "1", "1", Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert item(opened) == first and "Looking back, 2" in one(opened, ".mode").text
    assert one(opened, ".class[aria-pressed=true] .name").text == "cat"
    press(opened, "2")
    saved(opened)
    assert item(opened) == first + 2
    assert session.current()[first, "anna"] == ("label", "class:1")


def test_enter_accepts_a_suggestion_only_while_it_is_shown(opened, session):
    press(opened, Keys.ENTER)
    saved(opened)
    press(opened, "h", Keys.ENTER)
    assert texts(opened, ".accept") == [] and len(session.events) == 1
    press(opened, "h")
    assert texts(opened, ".accept") and "two likeliest" in one(opened, ".why").text


def test_who_labels_blind_sees_no_suggestion(opened, session):
    session.settings["blind"] = True
    opened.refresh()
    item(opened)
    assert texts(opened, ".hint") == []


def test_two_people_get_different_items_at_once(opened, session):
    anna = opened.current_window_handle
    link = opened.current_url + f"#t={session.invite('ben')}"
    opened.switch_to.new_window("tab")
    opened.get(link)
    ben = opened.current_window_handle
    for _ in range(4):
        for window in (anna, ben):
            opened.switch_to.window(window)
            press(opened, "1", "2")
            saved(opened)
    opened.close()
    opened.switch_to.window(anna)
    items = [event[2] for event in session.events]
    assert len(items) == len(set(items)) == 16
    assert sorted({event[1] for event in session.events}) == ["anna", "ben"]


def test_the_grid_accepts_all_but_what_is_wrong(opened, session):
    press(opened, "g")
    tiles = until(opened, lambda: opened.find_elements(By.CSS_SELECTOR, ".tile"), "no grid")
    guess = one(opened, ".grid h2 bdi").text
    tiles[1].click()  # wrong, and asked one by one
    tiles[2].click()
    ActionChains(opened).send_keys("1" if guess == "dog" else "2").perform()  # the other class
    ActionChains(opened).send_keys(Keys.ENTER).perform()
    saved(opened)
    labels = [session.classes[event[4]] for event in session.events]
    assert len(labels) == len(tiles) - 1 == 11
    assert sorted(labels) == sorted([guess] * 10 + ["cat" if guess == "dog" else "dog"])
    wrong = item(opened)
    assert wrong not in {event[2] for event in session.events}
    press(opened, Keys.BACKSPACE)
    saved(opened)
    assert len(session.current()) == 10


def test_what_cannot_be_shown_is_not_accepted_unseen(opened, session):
    session.broken = {14}
    press(opened, "g")
    broken = until(opened, lambda: texts(opened, ".tile[aria-pressed=true]"), "nothing is marked")
    assert broken == ["cannot be shown\nwrong"]


def test_a_review_goes_from_one_conflict_to_the_next(opened, session):
    for who, label in (("ben", "cat"), ("anna", "dog")):
        for i in (50, 51):
            session.answer(who, i, label, request=f"{who}-{label}-{i}")
    session.conflicts = [50, 51]
    press(opened, "r")
    until(opened, lambda: len(texts(opened, ".entry")) == 2, "no conflicts")
    assert "ben: cat" in texts(opened, ".entry")[0]
    one(opened, ".entry").click()
    assert item(opened) == 50 and "anna: dog" in one(opened, ".mode").text
    press(opened, "1", "1")
    saved(opened)
    assert session.settled == [("anna", 50, "cat"), ("anna", 51, "cat")]
    until(opened, lambda: one(opened, ".review").is_displayed(), "the list is not back")
    ActionChains(opened).send_keys(Keys.ESCAPE).perform()
    assert item(opened) < 50


def test_a_class_is_found_among_many_by_name(driver):
    session = MemorySession(classes=[f"kind {i}" for i in range(120)])
    with serve(session, who=["anna"], port=0) as server:
        driver.get(server.links["anna"])
        press(driver, "/")
        ActionChains(driver).send_keys("KIND 97").perform()
        assert [text.split("\n")[0] for text in texts(driver, ".class")] == ["kind 97"]
        ActionChains(driver).send_keys(Keys.ENTER).perform()
        saved(driver)
        driver.get("about:blank")
    assert session.events[0][4] == "class:97"


def test_a_class_is_added_and_renamed_while_others_label(opened, session):
    for button, name in (("Add a class", "fox"), ("Rename", HOSTILE)):
        opened.find_element(By.XPATH, f"//button[.='{button}']").click()
        field = one(opened, "dialog[open] input")
        field.clear()
        field.send_keys(name, Keys.ENTER)
        until(opened, lambda: not opened.find_elements(By.CSS_SELECTOR, "dialog[open]"), "open")
    assert [*session.classes.values()] == [HOSTILE, "dog", "fox"]
    press(opened, "3", " ")
    saved(opened)
    assert [event[3:] for event in session.events] == [("label", "class:2"), ("skip", None)]


def test_names_are_text_whatever_they_contain(driver, requests):
    session = MemorySession(classes=[HOSTILE, "dog"], names=[HOSTILE, "../../a b.png"], n=2)
    session.name = HOSTILE
    with serve(session, who=[HOSTILE], port=0) as server:
        driver.get(server.links[HOSTILE])
        press(driver, "1")
        saved(driver)
        assert one(driver, ".class .name").get_attribute("textContent") == HOSTILE
        assert one(driver, "h1").get_attribute("textContent") == HOSTILE
        assert HOSTILE in one(driver, ".last").get_attribute("textContent")
        press(driver, Keys.ARROW_LEFT)
        assert driver.title == f"{HOSTILE} · label" and not driver.find_elements(By.TAG_NAME, "img")
        driver.get("about:blank")
    assert all("/x" not in url for url in requests())


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("text", [HOSTILE, "second line of 0"]), ("table", ["size", HOSTILE, "1.5"])],
)
def test_texts_and_rows_of_tables_have_their_own_view(driver, kind, shown):
    session = MemorySession(kind=kind, names=[HOSTILE] * 40)
    with serve(session, who=["anna"], port=0) as server:
        driver.get(server.links["anna"])
        item(driver)
        text = one(driver, ".sheet").get_attribute("textContent")
        assert all(words in text for words in shown)
        press(driver, "g")
        until(driver, lambda: len(texts(driver, ".tile")) == 12, "no grid")
        driver.get("about:blank")


def test_a_bad_link_says_so_and_shows_nothing(driver, session):
    with serve(session, who=["anna"], port=0) as server:
        driver.get(server.links["anna"].partition("#")[0] + "#t=wrong")
        until(driver, lambda: "not valid" in one(driver, ".trouble").text, "nothing is said")
        assert not driver.execute_script(ITEM)
        driver.get("about:blank")


def test_everything_is_reached_by_keys_and_said_aloud(opened):
    press(opened, "1")
    assert one(opened, "[aria-live=polite]").get_attribute("textContent") == "cat, 1 of 200"
    unnamed = opened.execute_script(
        "return [...document.querySelectorAll('button, input, select, canvas')].filter(e => "
        "e.checkVisibility() && !(e.textContent.trim() || e.ariaLabel)).length"
    )
    assert unnamed == 0
    names = set()
    for _ in range(20):
        ActionChains(opened).send_keys(Keys.TAB).perform()
        names.add(opened.switch_to.active_element.text.replace("\n", " "))
    assert {"? Keys", "Space Skip", "1 cat 1", "Add a class"} <= names


def test_a_narrow_page_shows_item_classes_and_answers_without_scrolling_sideways(opened):
    size = {"width": 380, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        script = "return document.documentElement.scrollWidth <= 380"
        until(opened, lambda: opened.execute_script(script), "it is wider than the screen")
        for selector in (".stage canvas", ".class", "[data-action=skip]"):
            until(opened, lambda s=selector: 0 <= one(opened, s).rect["y"] < 760, selector)
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
