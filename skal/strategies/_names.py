"""Strategies by name, whatever its case and the signs between its words."""

from difflib import SequenceMatcher

from skal.strategies._aliases import ALIASES, plain
from skal.strategies._base import STRATEGIES, Strategy

__all__ = ["strategy_named"]

N_LIKELY = 10  # names that an error tells


def strategy_named(name: str) -> type[Strategy]:
    """Find the class of a name, whatever its case, with "_", "-", a space or nothing between words.

    Parameters
    ----------
    name : str

    Returns
    -------
    type of Strategy

    Examples
    --------
    >>> from skal.strategies import strategy_named
    >>> strategy_named("BatchBALD").name, strategy_named("core-set").name
    ('batch_bald', 'k_center')
    """
    if name in STRATEGIES:
        return STRATEGIES[name]
    word = plain(name)
    for known, kind in STRATEGIES.items():
        if plain(known) == word:
            return kind
    if word in ALIASES:
        return STRATEGIES[ALIASES[word]]
    likeness = {known: _likeness(word, plain(known)) for known in STRATEGIES}
    for alias, known in ALIASES.items():
        likeness[known] = max(likeness[known], _likeness(word, alias))
    likely = sorted(likeness, key=lambda known: (-likeness[known], known))[:N_LIKELY]
    raise ValueError(
        f"strategy={name!r} is not known; did you mean {', '.join(map(repr, likely))}? "
        "sorted(skal.strategies.STRATEGIES) are all names, docs/user/strategy_table.md says what "
        "they ask; or pass a Strategy object or a function."
    )


def _likeness(word: str, known: str) -> float:
    return SequenceMatcher(None, word, known).ratio()
