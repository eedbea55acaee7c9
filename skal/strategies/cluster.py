"""Cluster the pool and ask within the clusters."""

__all__: list[str] = []
