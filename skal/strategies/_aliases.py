"""Names of strategies as other libraries and papers write them."""

__all__ = ["ALIASES"]

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


def plain(name: str) -> str:
    """The letters and digits of a name in lower case, by which it is known."""
    return "".join(letter for letter in name.casefold() if letter not in "_- ")
