"""What the parameters of a comparison's learners say: the scorer, and who asks at random."""

import re
from typing import Any

from skal.experiment._runs import RunTable, asks_at_random

__all__ = ["is_no_share", "plays_random", "scorer_of"]

SIGNED = ("neg_", "d2_")  # how scikit-learn's scorers begin that are no shares of anything
SIGNED_NAMES = {"matthews_corrcoef", "cohen_kappa"}  # from -1 to 1


def scorer_of(table: RunTable, score: str) -> str:
    """Name the scorer that gave a score, as scikit-learn does; "" where that is not known.

    Parameters
    ----------
    table : Comparison
    score : str
        Key of the history, such as "test_score", which any single scorer has.

    Returns
    -------
    str

    Examples
    --------
    >>> from skal.experiment import Comparison, scorer_of
    >>> learners = {"margin": {"scoring": "neg_log_loss"}, "random": {"scoring": "neg_log_loss"}}
    >>> scorer_of(Comparison([], params=learners), "test_score")
    'neg_log_loss'
    """
    # a learner that was built by hand has no parameters
    scorings = [params.get("scoring", "") for params in table.params.values()]
    found = [_scorer_in(scoring, score) for scoring in scorings or [""]]
    return found[0] if len({*found}) == 1 else ""


def _scorer_in(scoring: Any, score: str) -> str:
    name = score.removeprefix("test_")
    if name == "score" and (scoring is None or isinstance(scoring, str)):
        return "accuracy" if scoring is None else scoring
    if name == "score" and isinstance(scoring, dict) and "is" in scoring:
        return _name_of_function(scoring)
    if isinstance(scoring, dict) and name in scoring:
        return scoring[name] if isinstance(scoring[name], str) else ""
    return name if name != "score" else ""


def _name_of_function(described: dict[str, Any]) -> str:
    """Name a scorer that is a function, or what make_scorer() made of one; "" of a lambda."""
    made_of = re.match(r"make_scorer\((\w+)", described.get("text", ""))
    name = made_of[1] if made_of else str(described["is"]).rpartition(".")[2]
    return name if name.isidentifier() and not name.startswith("_") else ""


def is_no_share(scorer: str) -> bool:
    """Whether differences of a scorer are no hundredths of anything, whatever values came."""
    return scorer.startswith(SIGNED) or scorer in SIGNED_NAMES


def plays_random(table: RunTable) -> bool:
    """Whether some learner asks at random, which is what active learning has to beat."""
    names = {*table.learner_names, *(failure.learner for failure in table.failures)}
    return any(asks_at_random(name, table.params.get(name, {})) for name in names)
