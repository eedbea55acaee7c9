"""Bayesian measures of single rows: how draws of the model doubt and disagree."""

__all__: list[str] = []
