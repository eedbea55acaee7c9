"""The store of labels: seconds to open it, to claim and to answer, after 100,000 events.

    python benchmarks/bench_store.py [--events 100000] [--store URL] [--out FILE]

Three people answered 100,000 times, among 40,000 items; a tenth was taken back, skipped or
unsure. A queue of 2,000 wishes lies in front. One person goes on, alone, and so do three at once.
Without --store the file lies in a temporary folder.
"""

import argparse
import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from timing import machine, write

from skal.labeling import LabelStore, Wish

PEOPLE = ("anna", "ben", "cleo")


def made_up(n_events: int, n_items: int) -> Iterator[str]:
    """Lines of a store in which much has happened, as `LabelStore.lines` would give them."""
    rng = np.random.default_rng(0)
    yield json.dumps({"kind": "store", "format": 1, "id": "bench", "settings": {}, "seed": 0})
    for n in range(n_items):
        item = {"id": n + 1, "key": f"img/{n:06}.png", "row": n, "digest": None, "source": ""}
        draws = {"place": rng.random(), "lot": rng.random()}
        yield json.dumps({"kind": "item", **item, **draws, "extra": 0, "present": 1, "answers": 0})
    nothing = dict.fromkeys(["item", "label", "seconds", "undoes", "model", "suggested", "note"])
    before: dict[int, int | None] = {}
    for n in range(1, n_events + 1):
        event = {"kind": "event", "id": n, **nothing, "annotator": PEOPLE[n % 3], "at": float(n)}
        event["request"] = f"r{n}"
        if n <= 2:
            event |= {
                "kind": "class",
                "action": "class",
                "label": f"class:{n - 1}",
                "note": f"c{n}",
            }
        else:
            event["item"] = int(rng.integers(1, n_items + 1))
            kind = rng.choice(["label", "skip", "unsure"], p=[0.94, 0.03, 0.03])
            event["action"] = str(kind)
            event["label"] = "class:1" if kind == "label" else None
            if n % 25 == 0:
                event |= {"action": "undo", "undoes": n - 3, "item": before[n - 3], "label": None}
        before[n] = event["item"]
        yield json.dumps(event)


def percentiles(seconds: list[float]) -> str:
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    return f"{p50:.1f} | {p99:.1f} | {max(seconds) * 1000:.1f}"


def work(store: LabelStore, who: str, n: int, claims: list[float], answers: list[float]) -> None:
    for _ in range(n):
        start = perf_counter()
        [held] = store.claim(who, overlap=0.1)
        claims.append(perf_counter() - start)
        start = perf_counter()
        store.answer(who, held.item, "c1")
        answers.append(perf_counter() - start)


def measured(place: str, n_events: int, n_answers: int) -> list[str]:
    with LabelStore.from_lines(place, made_up(n_events, 40_000)) as store:
        url = store.url
        open_items = store.items()
        ids = open_items["id"][np.argsort(open_items["answers"], kind="stable")][:2000]
        store.end_round({}, [Wish(int(id_), 0.5, "c1", 0.5) for id_ in ids])
    start = perf_counter()
    store = LabelStore(url)
    opened = perf_counter() - start
    lines = [f"opened in {opened:.3f} s, {store.n_events:,} events", ""]
    lines += ["| | median ms | p99 ms | worst ms |", "|---|---|---|---|"]
    for n_people in (1, 3):
        claims: list[float] = []
        answers: list[float] = []
        jobs = [
            threading.Thread(target=work, args=(store, who, n_answers // n_people, claims, answers))
            for who in PEOPLE[:n_people]
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        lines.append(f"| claim, {n_people} at once | {percentiles(claims)} |")
        lines.append(f"| answer, {n_people} at once | {percentiles(answers)} |")
    for name, read in {
        "counts": store.counts,
        "current": store.current,
        "events": store.events,
        "rebuild": store.rebuild,
    }.items():
        start = perf_counter()
        read()
        lines.append(f"| {name} | {1000 * (perf_counter() - start):.0f} | | |")
    store.close()
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=1200)
    parser.add_argument("--store", help="URL of an empty store; default: a temporary file")
    parser.add_argument("--out")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = args.store or str(Path(folder) / "bench.skal")
        lines = measured(place, args.events, args.answers)
    write(args.out, "\n".join([machine(1), "", *lines]) + "\n")


if __name__ == "__main__":
    main()
