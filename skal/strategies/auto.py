"""A good default across budgets."""

__all__: list[str] = []
