"""Write docs/user/strategy_table.md out of the docstrings of skal.strategies.

Run it after a strategy was added or its docstring changed: python docs/make_strategy_table.py
"""

import inspect
import re
import sys
from pathlib import Path
from typing import NamedTuple

from skal import strategies
from skal.strategies import Strategy, UtilityStrategy

PAGE = Path(__file__).parent / "user" / "strategy_table.md"
INTRODUCTION = """\
# Table of strategies

<!-- Written by docs/make_strategy_table.py; change the docstrings, not this page. -->

All strategies, by family; [Strategies](strategies.md) says how to choose one.

- *name*: what `strategy="..."` takes, with all defaults. A dash: pass an object of the class.
- *gives*: a *ranking* of all candidates, which `Skip`, `Blend` and the like can use, or a *set*
  chosen as a whole.
- *evidence*: what has to be known about the candidates, with default parameters. "Embedding" is the
  penultimate layer of a net, or what `space` says. A strategy made of others needs what they need.
- *time* and *memory* are those of the choice itself, beside its evidence: n candidates, c classes,
  d units of the embedding, T or J draws of the model, M members of a committee, B or n_asked rows
  asked, n_labeled rows labelled. Other letters are explained in the class.
- *source*: the first of the references that the class names.
"""
# the order of the page, from single rows to whole batches; a new family comes last
ORDER = (
    "uncertainty bayesian joint equivalence committee stochastic geometry coverage density cluster "
    "weighted_cluster munro strata boundary prototypes gradient approximation adversarial contrast "
    "graph lookahead bandit auto blend compose"
).split()
KEYS = ("Utility is", "Time", "Use where", "Avoid where")


class Entry(NamedTuple):
    """What the page says about one strategy."""

    name: str  # as in strategy="name", or ""
    strategy: str  # its class
    asked: str
    gives: str
    evidence: str
    time: str
    memory: str
    use: str
    avoid: str
    source: str


def families():
    """The family files, in the order of the page."""
    found = {
        thing.__module__.rpartition(".")[2]: sys.modules[thing.__module__]
        for thing in vars(strategies).values()
        if isinstance(thing, type) and issubclass(thing, Strategy)
    }
    public = sorted(name for name in found if not name.startswith("_"))
    return [found[name] for name in sorted(public, key=[*ORDER, *public].index)]


def exported(family):
    """Strategy classes of a family file, in the order of its `__all__`."""
    things = (getattr(family, name) for name in family.__all__)
    return [thing for thing in things if isinstance(thing, type) and issubclass(thing, Strategy)]


def section(strategy, title):
    """Lines of one section of a docstring."""
    lines = inspect.cleandoc(vars(strategy).get("__doc__") or "").splitlines()
    heads = [k for k in range(len(lines) - 1) if lines[k] and set(lines[k + 1]) == {"-"}]
    for here, following in zip(heads, [*heads[1:], len(lines)]):
        if lines[here] == title:
            return [line.strip() for line in lines[here + 2 : following]]
    return []


def notes(strategy):
    """The sentences of the Notes that begin with one of KEYS: a dict of those found."""
    found, now = {}, None
    for line in section(strategy, "Notes"):
        key = next((key for key in KEYS if line.startswith(key + " ")), None)
        if key is not None:
            now, found[key] = key, ""
        if now is not None:
            found[now] = f"{found[now]} {line}".strip()
            if line.endswith("."):
                now = None
    return {key: text.removeprefix(key).strip().removesuffix(".") for key, text in found.items()}


def costs(sentence):
    """Time and memory out of the sentence that follows "Time"."""
    if sentence.startswith("and memory are "):
        both = sentence.removeprefix("and memory are ")
        return both, both
    time, _, memory = sentence.partition("; memory ")
    return time.removeprefix("is "), memory.removeprefix("is ")


def reference(strategy):
    """The first entry of the References on one line, or ""."""
    text = " ".join(section(strategy, "References")).strip()
    entries = re.split(r"(?<=[.;]) (?=[A-Z][^()]*\(\d{4}\))", text)
    return entries[0].rstrip(".;")


def source(strategy):
    """Authors, year and arXiv number of the first reference."""
    text = reference(strategy)
    found = re.match(r"(?P<authors>.*?) \((?P<year>\d{4})\)", text)
    if not found:
        return ""
    authors = [a.strip() for a in re.split(r",| and ", found["authors"]) if a.strip()]
    named = " and ".join(authors) if len(authors) < 3 else f"{authors[0]} et al."
    number = re.search(r"arXiv[: ](\d{4}\.\d{4,5}|[a-z-]+/\d{7})", text)
    link = f", [arXiv {number[1]}](https://arxiv.org/abs/{number[1]})" if number else ""
    return f"{named} ({found['year']}){link}"


def needed(strategy):
    """What the default instance needs, in plain words."""
    required = [
        name
        for name, parameter in inspect.signature(strategy).parameters.items()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    if required:
        return f"depends on {', '.join(f'`{name}`' for name in required)}"
    words = dict.fromkeys(need.words for need in strategy().needs().values())
    return ", ".join(words) or "nothing"


def entry(strategy):
    """What the page says about a strategy."""
    said = notes(strategy)
    time, memory = costs(said.get("Time", ""))
    asked = inspect.cleandoc(strategy.__doc__).splitlines()[0].removesuffix(".")
    return Entry(
        name=f'`"{strategy.name}"`' if strategy.name else "",
        strategy=f"`{strategy.__name__}`",
        asked=asked,
        gives="ranking" if issubclass(strategy, UtilityStrategy) else "set",
        evidence=needed(strategy),
        time=time,
        memory=memory,
        use=said.get("Use where", ""),
        avoid=said.get("Avoid where", ""),
        source=source(strategy),
    )


def table(heads, rows):
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *([cell(text) for text in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text):
    """A text as it must be written within a table."""
    plain = text.replace("``", "`").replace("|", r"\|").replace("*", r"\*").replace("<", "&lt;")
    return plain or "–"


def page():
    """The whole page."""
    parts = [INTRODUCTION]
    for family in families():
        entries = [entry(strategy) for strategy in exported(family)]
        if not entries:
            continue
        parts.append(f"## {family.__doc__.splitlines()[0].removesuffix('.')}\n")
        parts.append(
            table(
                ["name", "class", "asked", "gives", "evidence", "source"],
                [(e.name, e.strategy, e.asked, e.gives, e.evidence, e.source) for e in entries],
            )
        )
        parts.append(
            table(
                ["class", "time", "memory", "use where", "avoid where"],
                [(e.strategy, e.time, e.memory, e.use, e.avoid) for e in entries],
            )
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
    print(f"{PAGE.name}: {sum(len(exported(family)) for family in families())} strategies")
