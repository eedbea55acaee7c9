"""Munro's family of diversity sampling."""

__all__: list[str] = []
