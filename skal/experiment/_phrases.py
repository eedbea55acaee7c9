"""How numbers are said in sentences: two digits, and nothing that rounding turns round."""

from collections.abc import Sequence
from math import floor, isinf, isnan, log10

__all__ = [
    "about",
    "amount",
    "between",
    "count",
    "goal",
    "join",
    "level",
    "listed",
    "repeats",
    "runs",
    "saving",
    "saving_range",
]

MOST_DECIMALS = 4


def decimals(value: float) -> int:
    """Decimals with which a number has two digits."""
    if not value:
        return 0
    found = 1 - floor(log10(abs(value)))
    if round(abs(value), found) >= 10.0 ** (2 - found):  # 9.96 becomes 10
        found -= 1
    return min(max(found, 0), MOST_DECIMALS)


def fixed(value: float, n: int) -> str:
    """Return a number with n decimals and commas, and never "-0"."""
    return f"{round(value, n) + 0.0:,.{n}f}"


# ---------------------------------------------------------------- scores


def level(score: float) -> str:
    """Two decimals of a share, more where it would read as 1.00; two digits of other scores."""
    if not 0 <= score <= 1:
        return fixed(score, decimals(score))
    n = 2
    while n < MOST_DECIMALS and score < 1 and round(score, n) == 1:
        n += 1
    return f"{score:.{n}f}"


def goal(score: float, is_relative: bool) -> str:
    """Return a target; one that somebody gave with all its digits."""
    short = f"{score:g}"
    return level(score) if is_relative or len(short) < 4 else short


def amount(value: float, in_points: bool) -> str:
    """Return "8.7 points", without a sign."""
    size = abs(100 * value if in_points else value)
    return fixed(size, decimals(size)) + (" points" if in_points else "")


def between(ends: Sequence[float], in_points: bool) -> str:
    """Return " (7.9 to 9.5)"; nothing where there is no interval, or rounding leaves no width."""
    low, high = (100 * end if in_points else end for end in ends)
    if isnan(low):
        return ""
    n = decimals(max(abs(low), abs(high)))
    # an interval without 0 is not said to begin there
    while low * high > 0 and n < MOST_DECIMALS and not (round(low, n) and round(high, n)):
        n += 1
    said = fixed(low, n), fixed(high, n)
    return "" if said[0] == said[1] else f" ({' to '.join(said)})"


# ---------------------------------------------------------------- labels


def count(n: float) -> str:
    """Return whole labels with commas."""
    return f"{n:,.0f}"


def about(n: float) -> str:
    """Return labels that were read between two rounds: two digits, but no less than whole ones."""
    return count(n if n < 100 else round(n, 1 - floor(log10(n))))


def saving(value: float) -> str:
    """Return "58 % fewer", "40 % more", "3.2 times as many" or "as many"."""
    percent = round(100 * abs(value))
    if not percent:
        return "as many"
    if value > 0:
        return f"{percent} % fewer" if percent < 100 else "over 99 % fewer"
    return f"{percent} % more" if percent < 100 else f"{_times(1 - value)} times as many"


def _times(ratio: float) -> str:
    return fixed(ratio, decimals(ratio))


def saving_range(value: float, low: float, high: float, *, is_bound: bool = False) -> str:
    """Return the interval of a saving in brackets; words where it leaves the sign open."""
    if isnan(low):
        return ""
    if low <= 0 <= high:
        if isinf(low) or high >= 1 or saving(low) == saving(high):
            return ", though not for sure"
        return f", though anything from {saving(low)} to {saving(high)} is possible"
    in_times = high < 0 and round(-100 * value) >= 100
    ends = sorted((abs(low), abs(high)))  # the smaller one is the surer
    least, most, said = (
        "" if isinf(end) else _times(1 + end) if in_times else f"{100 * end:.0f}"
        for end in (*ends, abs(value))
    )
    unit = "" if in_times else " %"
    if least == most == said or (is_bound and least == said):
        return ""
    if is_bound:
        return f" ({least}{unit}, allowing for chance)"
    is_open = high >= 1 or isinf(low)
    return f" ({least}{unit} or more)" if is_open else f" ({least} to {most}{unit})"


# ---------------------------------------------------------------- names


def join(names: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"; names with spaces in quotation marks."""
    if len(names) == 1:  # nothing to be told apart from
        return names[0]
    return listed([f'"{name}"' if " " in name else name for name in names])


def listed(parts: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def runs(n: int) -> str:
    """Return "1 run" or "3 runs"."""
    return f"{n} run{'s' if n != 1 else ''}"


def repeats(n: int) -> str:
    """Return "1 repeat" or "3 repeats"."""
    return f"{n} repeat{'s' if n != 1 else ''}"
