"""A folder of many images as a pool: seconds to open it, to the first image, to fill the cache.

    python benchmarks/bench_folder_pool.py [--n 20000] [--folder FOLDER] [--out FILE]

JPEGs of 240 x 180 pixels of about 9 KB, in one folder of folders, which is made if it is not
there. The files are in the system's memory, not fetched from a disk.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image
from timing import machine, write

from skal.data import ImageFolderPool


def made_up(folder: Path, n: int) -> None:
    """Write n noisy photos, a thousand in each folder."""
    rng = np.random.default_rng(0)
    for i in range(n):
        path = folder / f"{i // 1000:03}" / f"{i:06}.jpg"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            Image.fromarray(coarse).resize((240, 180), Image.Resampling.BICUBIC).save(path)


def timed(what: str, job: Callable[[], Any], lines: list[str]) -> Any:
    """Do a job, and note how long it took."""
    start = perf_counter()
    answer = job()
    lines.append(f"| {what} | {perf_counter() - start:.3f} |")
    print(lines[-1], flush=True)
    return answer


def measure(folder: Path, n: int) -> str:
    """Measure what a person waits for, on the first day and on the next."""
    lines = [f"### {n:,} images", "", "| | s |", "|---|---|"]
    with tempfile.TemporaryDirectory() as home:
        cache = Path(home, "thumbs.npy")
        pool = timed("open", lambda: ImageFolderPool(folder, cache=cache, n_jobs=2), lines)
        timed("first image for a person", lambda: pool.image(n // 2, 1600), lines)
        timed("first row for a learner", lambda: pool[n // 2], lines)
        timed("fill the cache, 2 threads", pool.find_unreadable, lines)
        timed("read all rows", lambda: np.asarray(pool), lines)
        again = timed("open again", lambda: ImageFolderPool(folder, cache=cache), lines)
        timed("find new files", again.refresh, lines)
        timed("read all rows", lambda: np.asarray(again), lines)
        size = cache.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return "\n".join([*lines, "", f"Rows {pool.shape[1:]}; cache {size:,.0f} MB; {peak:,.0f} MB."])


def main() -> None:
    """Make the folder, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = args.folder or Path(home)
        made_up(folder, args.n)
        text = f"{machine()}\n\n{measure(folder, args.n)}\n"
    write(args.out, text)


if __name__ == "__main__":
    main()
