import json
import shutil

import pytest

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run "
    "--disable-component-update --disable-sync --window-size=1200,900 --remote-debugging-pipe"
)


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """Chromium, or skip."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and chromedriver):
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    folder = tmp_path_factory.mktemp("chromium")
    for flag in [*FLAGS.split(), f"--user-data-dir={folder / 'profile'}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options, webdriver.ChromeService(chromedriver)) as driver:
        yield driver


@pytest.fixture
def requests(driver):
    """Addresses of all requests that the page made since the test began."""
    driver.get_log("performance")

    def made():
        messages = [
            json.loads(line["message"])["message"] for line in driver.get_log("performance")
        ]
        wanted = "Network.requestWillBeSent"
        return [m["params"]["request"]["url"] for m in messages if m["method"] == wanted]

    return made
