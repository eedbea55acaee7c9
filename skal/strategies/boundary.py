"""Ask near the decision boundaries in feature space, evenly over the classes."""

__all__: list[str] = []
