"""Cover the pool by similarity: one greedy for several kernels."""

__all__: list[str] = []
