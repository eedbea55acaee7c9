"""Figures of what a loop did, drawn from its history; matplotlib is imported when one is drawn."""

from ._learning_curve import LearningCurveDisplay
from ._queried_images import QueriedImagesDisplay

__all__ = ["LearningCurveDisplay", "QueriedImagesDisplay"]
