"""Cover the pool by distance."""

__all__: list[str] = []
