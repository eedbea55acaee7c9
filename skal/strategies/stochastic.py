"""Batches drawn at random around a ranking, so that near duplicates do not crowd in."""

__all__: list[str] = []
