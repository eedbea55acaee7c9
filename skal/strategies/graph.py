"""Ask where a path between unlike labels is cut in half."""

__all__: list[str] = []
