"""Draw the pictures of the page on labelling in a real browser: python docs/make_label_pictures.py

Crops of scikit-learn's two sample photos are labelled by a made-up person; needs Chromium and
its driver, and about a minute. Everything goes to docs/user/img.
"""

import shutil
import time
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sklearn.datasets import load_sample_images

from skal import ActiveLearner, CNNClassifier, ImageFolderPool
from skal.labeling import LabelingSession

IMAGES = Path(__file__).parent / "user" / "img"
CLASSES = {"c": "temple", "f": "flower"}  # by the first letter of the photo
SIDE, N_CROPS = 200, 150
ROUNDS, A_ROUND = 4, 20


def cut_photos(folder):
    """Write crops of the sample photos, in an order that tells nothing of their class."""
    rng = np.random.default_rng(0)
    photos = load_sample_images()
    numbers = iter(rng.permutation(2 * N_CROPS) + 1)
    truth = {}
    for image, path in zip(photos.images, photos.filenames, strict=True):
        for _ in range(N_CROPS):
            top, left = (rng.integers(side - SIDE) for side in image.shape[:2])
            name = f"photo_{next(numbers):03}.jpg"
            crop = image[top : top + SIDE, left : left + SIDE]
            Image.fromarray(crop).save(folder / name, quality=90)
            truth[name] = CLASSES[Path(path).name[0]]
    return truth


def labelled(session, truth):
    """Let anna label a few rounds."""
    for _ in range(ROUNDS):
        for _ in range(A_ROUND):
            task = session.next("anna")[0]
            session.answer("anna", task.item, truth[task.key], seconds=1.4)
        session.train()
    session.release("anna")


def open_browser(width, height, dark=False):
    """Start Chromium without a window."""
    options = webdriver.ChromeOptions()
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    for argument in ("--headless=new", "--no-sandbox", f"--window-size={width},{height}"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=service)
    size = {"width": width, "height": height, "deviceScaleFactor": 1.25, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    return browser


def take(link, name, width, height, keys=(), dark=False):
    """Open the page, press some keys, and keep what is seen."""
    browser = open_browser(width, height, dark)
    try:
        browser.get(link)
        time.sleep(2)
        for key in keys:
            browser.find_element(By.TAG_NAME, "body").send_keys(key)
            time.sleep(1.5)
        seen = Image.open(BytesIO(browser.get_screenshot_as_png())).convert("RGB")
        seen.save(IMAGES / name, quality=82, optimize=True)
    finally:
        browser.quit()


def main():
    """Label, then look."""
    with TemporaryDirectory() as folder:
        photos = Path(folder, "photos")
        photos.mkdir()
        truth = cut_photos(photos)
        net = CNNClassifier(max_epochs=10, random_state=0)
        learner = ActiveLearner(net, budget=300, random_state=0)
        pool, classes = ImageFolderPool(photos, size=32), ["temple", "flower"]
        store = Path(folder, "photos.skal")
        with LabelingSession(store, pool, learner, classes, random_state=0) as session:
            labelled(session, truth)
            with session.serve(who=["anna"]) as server:
                link = server.links["anna"]
                take(link, "label_page.jpg", 1100, 730, keys=["1", Keys.BACKSPACE])
                take(link, "label_grid.jpg", 1100, 720, keys=["g"])
                take(link, "label_dark.jpg", 380, 800, dark=True)


if __name__ == "__main__":
    main()
