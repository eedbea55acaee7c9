"""Timing of alternatives, interleaved in one process."""

import gc
import os
import platform
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

THREADS = 2


def set_threads(n: int = THREADS) -> None:
    """Give torch and BLAS the same number of threads; call it before any work."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(n)
    threadpool_limits(n)


def interleaved(
    jobs: dict[str, Callable[[], Any]], *, repeats: int, warm_up: bool = True
) -> dict[str, list[float]]:
    """Seconds of each job, a, b, c, a, b, c, ..., so that a slow minute hits all of them."""
    if warm_up:
        for job in jobs.values():
            job()
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    names = list(jobs)
    for turn in range(repeats):
        order = names if turn % 2 == 0 else names[::-1]
        for name in order:
            gc.collect()
            start = perf_counter()
            jobs[name]()
            seconds[name].append(perf_counter() - start)
    return seconds


def ratio(seconds: dict[str, list[float]], name: str, to: str) -> float:
    """Median over the turns of the ratio within a turn."""
    return median(a / b for a, b in zip(seconds[name], seconds[to], strict=True))


def table(title: str, seconds: dict[str, list[float]], floor: str) -> str:
    """Markdown table of medians and ratios to the floor."""
    lines = [f"### {title}", "", "| | median s | ratio to the floor |", "|---|---|---|"]
    for name, values in seconds.items():
        lines.append(f"| {name} | {median(values):.4f} | {ratio(seconds, name, floor):.3f} |")
    return "\n".join(lines) + "\n"


def machine(threads: int = THREADS) -> str:
    """What the numbers were measured on."""
    import torch

    cores = os.cpu_count()
    return (
        f"{platform.machine()}, {cores} cores, {threads} thread(s) used, Python "
        f"{platform.python_version()}, torch {torch.__version__}"
    )


def write(path: str | None, text: str) -> None:
    """Print, and save if a path is given."""
    print(text)
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf8")
