"""Names of strategies: as they are registered, and as other libraries and papers write them."""

from difflib import SequenceMatcher

from skal.strategies._base import STRATEGIES, Strategy

__all__ = ["ALIASES", "strategy_named"]

N_LIKELY = 10  # names that an error tells

# what people know from elsewhere: the word without "_", and the name that it has here
ALIASES = {
    "uncertainty": "least_confidence",  # what modAL, ALiPy and libact mean by it
    "uncertaintysampling": "least_confidence",
    "leastconfident": "least_confidence",
    "marginsampling": "margin",
    "smallestmargin": "margin",
    "bestversussecondbest": "margin",
    "bvsb": "margin",
    "entropysampling": "entropy",
    "maxentropy": "entropy",
    "randomsampling": "random",
    "coreset": "k_center",
    "kcentergreedy": "k_center",
    "qbc": "vote_entropy",
    "querybycommittee": "vote_entropy",
    "density": "information_density",
    "mcdropout": "bald",
    "balddropout": "bald",
    "typicalclustering": "typiclust",
    "kmeanssampling": "kmeans",
    "expectedgradientlength": "egl",
}


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
    word = _plain(name)
    for known, kind in STRATEGIES.items():
        if _plain(known) == word:
            return kind
    if word in ALIASES:
        return STRATEGIES[ALIASES[word]]
    likeness = {known: _likeness(word, _plain(known)) for known in STRATEGIES}
    for alias, known in ALIASES.items():
        likeness[known] = max(likeness[known], _likeness(word, alias))
    likely = sorted(likeness, key=lambda known: (-likeness[known], known))[:N_LIKELY]
    raise ValueError(
        f"strategy={name!r} is not known; did you mean {', '.join(map(repr, likely))}? "
        "sorted(skal.strategies.STRATEGIES) are all names, docs/user/strategy_table.md says what "
        "they ask; or pass a Strategy object or a function."
    )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter not in "_- ")


def _likeness(word: str, known: str) -> float:
    return SequenceMatcher(None, word, known).ratio()
