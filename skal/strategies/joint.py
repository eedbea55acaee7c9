"""Bayesian measures of several rows at once."""

__all__: list[str] = []
