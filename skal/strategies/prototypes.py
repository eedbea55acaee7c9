"""Ask what the labelled rows of its predicted class explain badly."""

__all__: list[str] = []
