"""Query by committee: ask where its members disagree."""

__all__: list[str] = []
