"""A page to look into runs: one HTML file with its own scripts, styles and thumbnails."""

from skal.plotting.page._page import InteractivePage

__all__ = ["InteractivePage"]
