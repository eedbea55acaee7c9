"""The page of the widget in a real browser, with a stand-in for the notebook around it."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.labeling.web.standin import MemorySession

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
pytest.importorskip("anywidget", reason="anywidget is not installed")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from skal.labeling._widget import LabelingWidget

# A notebook: a model that carries messages, commands on plain keys, and a cell to write in.
HOST = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<title>my notebook</title><link rel="stylesheet" href="/css"></head>
<body data-jp-theme-light="false"><textarea></textarea><div id="cell"></div>
<script type="module">
import widget from "/esm";
const heard = new Set();
window.commands = [];
document.addEventListener("keydown", (event) => commands.push(event.key));
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const model = {
  on: (name, listen) => heard.add(listen),
  off: (name, listen) => heard.delete(listen),
  send: async (message) => {
    const said = await fetch("/send", { method: "POST", body: JSON.stringify(message) });
    for (const [content, buffers] of await said.json()) {
      for (const listen of heard) listen(content, buffers.map(bytes));
    }
  },
};
const end = widget.render({ model, el: document.getElementById("cell") });
window.leave = () => { end(); document.getElementById("cell").replaceChildren(); };
window.heard = heard;
</script></body></html>"""
ITEM = "return document.querySelector('.skal').dataset.item"


def a_host(widget):
    """Make a server of one page, which passes messages on to a widget."""
    lock, said = threading.Lock(), []
    widget.send = lambda content, buffers=None: said.append((content, buffers or []))
    files = {"/": ("text/html", HOST), "/esm": ("text/javascript", widget._esm)}
    files["/css"] = ("text/css", widget._css)

    class Host(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, text = files[self.path]
            self.give(kind, text)

        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                widget._take(widget, message, [])
                answers = [(c, [base64.b64encode(b).decode() for b in bs]) for c, bs in said]
                said.clear()
            self.give("application/json", json.dumps(answers))

        def give(self, kind, text):
            body = text.encode()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Host)


@pytest.fixture
def session():
    return MemorySession()


@pytest.fixture
def opened(driver, session):
    widget = LabelingWidget(session, "anna")
    with a_host(widget) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        driver.get(f"http://127.0.0.1:{server.server_port}/")
        until(driver, lambda: driver.execute_script(ITEM), "no item is shown")
        yield driver
        driver.get("about:blank")
        server.shutdown()
    widget.close()


def until(driver, met, why):
    return WebDriverWait(driver, 15, poll_frequency=0.01).until(lambda d: met(), why)


def press(driver, *keys):
    ActionChains(driver).send_keys(*keys).perform()


def click(driver, selector):
    driver.find_element(By.CSS_SELECTOR, selector).click()


def actions(session):
    return [event[3] for event in session.events]


def test_keys_are_answers_in_the_page_and_commands_elsewhere(opened, session):
    press(opened, "1")  # nothing has the focus yet
    click(opened, ".stage")
    press(opened, "1", "u", " ")
    until(opened, lambda: len(session.events) == 3, "an answer is missing")
    click(opened, "textarea")
    press(opened, "1")
    assert actions(session) == ["label", "unsure", "skip"]
    assert opened.execute_script("return commands") == ["1", "1"]
    assert opened.title == "my notebook"


def test_the_focus_stays_in_the_page_when_its_part_goes_away(opened, session):
    click(opened, ".stage")
    press(opened, "/", "cat", Keys.ESCAPE)  # the search takes the focus, and gives it up
    press(opened, "2")
    until(opened, lambda: len(session.events) == 1, "the key was lost")
    press(opened, "g")
    until(opened, lambda: opened.find_elements(By.CSS_SELECTOR, ".tile"), "no grid")
    press(opened, Keys.ENTER)
    until(opened, lambda: len(session.events) == 13, "the grid was not taken")
    press(opened, "?", Keys.ESCAPE, "1")
    until(opened, lambda: len(session.events) == 14, "the key after the dialog was lost")
    assert opened.execute_script("return commands") == []


def test_pictures_and_the_colours_of_the_notebook_are_shown(opened):
    drawn = "const c = document.querySelector('.stage canvas'); return !c.hidden && c.width"
    until(opened, lambda: opened.execute_script(drawn) == 640, "no picture")
    colour = "return getComputedStyle(document.querySelector('.skal')).backgroundColor"
    assert opened.execute_script(colour) == "rgb(18, 22, 28)"
    opened.execute_script("document.body.dataset.jpThemeLight = 'true'")
    until(opened, lambda: opened.execute_script(colour) == "rgb(246, 247, 249)", "still dark")


def test_a_page_that_is_taken_away_gives_its_items_back_and_falls_silent(opened, session):
    assert session.leases
    opened.execute_script("leave()")
    until(opened, lambda: not session.leases, "items are held")
    until(opened, lambda: opened.execute_script("return heard.size") == 0, "it still listens")
