"""The interactive page: seconds to write it, its size, first picture and zoom in a browser.

    SKAL_DATA=... python benchmarks/bench_page.py [--out FILE]

Runs of 15,000 rounds of 4 rows each, without thumbnails, in headless Chromium; and the size of a
page with 500 rounds of 10 thumbnails of MNIST and of Fashion-MNIST.
"""

import argparse
import shutil
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait
from timing import machine, write

from skal import History, load_fashion_mnist, load_mnist
from skal.plotting import InteractivePage

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run "
    "--disable-component-update --disable-sync --window-size=1400,1000 --remote-debugging-pipe"
)

READY = "return document.documentElement.dataset.ready === ''"
DRAWN = "return performance.getEntriesByName('skal-drawn')[0].startTime"
# From the wheel's turn until the canvas can be read: what was drawn is there.
ZOOM = """
const done = arguments[0], over = document.querySelector(".u-over");
const canvas = document.querySelector("#chart canvas"), box = over.getBoundingClientRect();
const seconds = [];
const turn = (left) => {
  if (!left) return done(seconds);
  const start = performance.now();
  const where = { clientX: box.left + 0.6 * box.width, clientY: box.top + 100 };
  over.dispatchEvent(new WheelEvent("wheel", { deltaY: left > 10 ? -1 : 1, ...where }));
  requestAnimationFrame(() => {
    canvas.getContext("2d").getImageData(0, 0, 1, 1);
    seconds.push(performance.now() - start);
    setTimeout(() => turn(left - 1), 50);
  });
};
turn(20);
"""


def made_up(n_runs: int, n_points: int, n_rows: int) -> dict[str, History]:
    """Histories as long as a run through MNIST by few rows a round; the scores are noise."""
    rng = np.random.default_rng(0)
    histories = {}
    for run in range(n_runs):
        rows = rng.permutation(n_points * n_rows).reshape(n_points, n_rows)
        labels = rng.integers(0, 10, rows.shape)
        scores = 1 - 1 / np.sqrt(np.arange(2, n_points + 2)) + rng.normal(0, 0.01, n_points)
        records = []
        for k in range(n_points):
            found, counts = np.unique(labels[k], return_counts=True)
            records.append(
                {
                    "round": k,
                    "n_labeled": n_rows * (k + 1),
                    "test_score": scores[k],
                    "rows": rows[k],
                    "utility": rng.random(n_rows),
                    "class_counts": dict(zip(found.tolist(), counts.tolist(), strict=True)),
                }
            )
        histories[f"run {run}"] = History(records)
    return histories


def browse(path: Path, repeats: int) -> dict[str, list[float]]:
    """Milliseconds until the curves are drawn, and of each zoom."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    drawn, zooms = [], []
    with tempfile.TemporaryDirectory() as profile:
        for flag in [*FLAGS.split(), f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        with webdriver.Chrome(options, service) as driver:
            for _ in range(repeats):
                driver.get(path.as_uri())
                WebDriverWait(driver, 60).until(lambda d: d.execute_script(READY))
                drawn.append(driver.execute_script(DRAWN))
                zooms += driver.execute_async_script(ZOOM)
    return {"curves drawn": drawn, "zoom": zooms}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-runs", type=int, default=8)
    parser.add_argument("--n-points", type=int, default=15_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--data-home")
    parser.add_argument("--out")
    args = parser.parse_args()
    lines = [
        f"{machine(1)}",
        "",
        "| page | MB | thumbnails MB | seconds to write |",
        "|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        for load in (load_mnist, load_fashion_mnist):
            images, y = load(data_home=args.data_home, return_X_y=True)
            history = made_up(1, 500, 10)
            start = perf_counter()
            page = InteractivePage.from_histories(history, images, y)
            size, seconds = page.save(path).stat().st_size, perf_counter() - start
            sheets = sum(len(sheet) for sheet in page.content.sheets[0])
            name = f"{load.__name__}, 500 × 10 images"
            lines.append(f"| {name} | {size / 1e6:.2f} | {sheets / 1e6:.2f} | {seconds:.1f} |")
        histories = made_up(args.n_runs, args.n_points, 4)
        start = perf_counter()
        size = InteractivePage.from_histories(histories).save(path).stat().st_size
        name = f"{args.n_runs} × {args.n_points:,} rounds"
        lines.append(f"| {name} | {size / 1e6:.2f} | 0 | {perf_counter() - start:.1f} |")
        lines += ["", f"| {name} | median ms | largest ms |", "|---|---|---|"]
        for what, times in browse(path, args.repeats).items():
            lines.append(f"| {what} | {median(times):.0f} | {max(times):.0f} |")
    write(args.out, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
