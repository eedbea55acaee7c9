"""The server dies in the middle of work, while somebody goes on pressing keys."""

import os

import pytest

from skal.labeling import LabelStore
from tests.labeling.web.client import Served

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

KILLS = int(os.environ.get("SKAL_KILLS", 1))
READ = """
    const page = document.querySelector(".skal");
    return [page.dataset.item, page.querySelector(".saved").textContent];
"""


@pytest.mark.slow
def test_kills_lose_no_key_and_double_none(driver, tmp_path, place):
    texts = tmp_path / "lines.txt"
    texts.write_text("\n".join(f"line {i}" for i in range(60 * (KILLS + 1))))
    words = [texts, "--classes", "a", "b", "--no-model", "--who", "anna", "--store", place]
    served, expected = Served(*words), {}
    driver.get(served.links["anna"])

    def wait(met):
        try:
            return WebDriverWait(driver, 60, 0.01).until(lambda d: met(*d.execute_script(READ)))
        except TimeoutException:  # the page says what it waits for
            raise AssertionError(driver.find_element(By.TAG_NAME, "body").text) from None

    def press(n, of_those_in_hand=False):
        for _ in range(n):
            if of_those_in_hand and not driver.execute_script(READ)[0]:
                return
            item = int(wait(lambda item, saved: item))
            expected[item] = "ab"[item % 2]
            driver.find_element(By.TAG_NAME, "body").send_keys("12"[item % 2])

    for kill in range(KILLS):
        press(20 + kill % 7)
        served.kill()  # with answers on their way
        press(3, of_those_in_hand=True)
        served = Served(*words)
    press(20)
    wait(lambda item, saved: saved == "all saved")
    served.stop()
    with LabelStore(place) as kept:
        found = kept.current()
        events = kept.events()
    assert dict(zip(found["item"].tolist(), found["label"].tolist())) == expected
    assert sum(action == "label" for action in events["action"].tolist()) == len(expected)
