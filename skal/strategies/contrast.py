"""Ask by contrast of probabilities."""

__all__: list[str] = []
