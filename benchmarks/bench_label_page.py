"""How long the page's server lets people wait while a model trains.

Four people, each a client of its own, answer and ask for the next item at an even pace, over HTTP,
from a process of their own; a model trains on all images behind them. Prints the waiting times of
"answer and next" together, and the memory of the server at the beginning and the end.

    python benchmarks/bench_label_page.py --minutes 10 --images 20000
"""

import argparse
import http.client
import json
import multiprocessing
import os
import tempfile
import threading
import time
import uuid
from pathlib import Path

import numpy as np
from PIL import Image

from skal import ActiveLearner, CNNClassifier
from skal.data import ImageFolderPool
from skal.labeling import LabelingSession

CLASSES = ["dark", "light"]


def make_images(folder, n):
    """Write noise of two shades as small JPEG files."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for i in range(n):
        shade = 90 + 70 * (i % 2)
        pixels = np.clip(rng.normal(shade, 40, (64, 64, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:05}.jpg", quality=70)


def label(link, pace, until, waits):
    """Answer at a pace, and note how long answer and next took, in seconds."""
    address, _, fragment = link.removeprefix("http://").partition("/#t=")
    token = fragment.partition("&")[0]
    connection = http.client.HTTPConnection(address)
    hand = ask(connection, token, "next", {"k": 6})["tasks"]
    due = time.perf_counter()
    while time.time() < until and hand:
        due += 1 / pace
        time.sleep(max(0.0, due - time.perf_counter()))
        item = hand.pop(0)["item"]
        body = {"request": str(uuid.uuid4()), "item": item, "action": "label", "seconds": 1.0}
        start = time.perf_counter()
        ask(connection, token, "answer", {**body, "label": f"class:{item % 2}"})
        held = [task["item"] for task in hand]
        hand += ask(connection, token, "next", {"k": 6 - len(hand), "held": held})["tasks"]
        waits.append(time.perf_counter() - start)


def ask(connection, token, verb, body):
    """Send one message of the page."""
    headers = {"Content-Type": "application/json", "X-Skal-Token": token}
    connection.request("POST", f"/api/{verb}", json.dumps(body), headers)
    return json.loads(connection.getresponse().read())


def people(links, pace, until, channel):
    """Label as all people at once; send the waits back."""
    waits = []
    threads = [
        threading.Thread(target=label, args=(link, pace / len(links), until, waits))
        for link in links
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    channel.send(waits)


def memory():
    """Return the resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--pace", type=float, default=20, help="answers a second, of all people")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_images(Path(folder, "images"), options.images)
        pool = ImageFolderPool(Path(folder, "images"), cache=Path(folder, "images.thumbs"))
        learner = ActiveLearner(CNNClassifier(), random_state=0)
        session = LabelingSession(Path(folder, "images.skal"), pool, learner, CLASSES)
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        with session.serve(who=["anna", "ben", "carl", "dora"], port=0) as server:
            until = time.time() + 60 * options.minutes
            words = ([*server.links.values()], options.pace, until, sender)
            process = context.Process(target=people, args=words)
            process.start()
            time.sleep(min(20, 20 * options.minutes))
            before = memory()
            waits = 1000 * np.array(receiver.recv())
            process.join()
            rounds = len(session.store.rounds())
            print(f"{len(waits):,} answers by 4 people, {rounds} rounds of training behind them")
            p50, p99, most = np.percentile(waits, [50, 99, 100])
            print(f"answer and next: {p50:.0f} ms median, {p99:.0f} ms p99, {most:.0f} ms at most")
            print(f"memory of the server: {before:.0f} MB at first, {memory():.0f} MB at last")
        session.close()


if __name__ == "__main__":
    main()
