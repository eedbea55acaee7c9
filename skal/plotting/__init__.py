"""Figures of loops and of measures; matplotlib is imported when one is drawn."""

from skal.plotting._class_balance import ClassBalanceDisplay
from skal.plotting._critical_difference import CriticalDifferenceDisplay
from skal.plotting._difference import DifferenceDisplay
from skal.plotting._display import Display
from skal.plotting._labels_to_target import LabelsToTargetDisplay
from skal.plotting._learning_curve import LearningCurveDisplay
from skal.plotting._penalty_matrix import PenaltyMatrixDisplay
from skal.plotting._queried_images import QueriedImagesDisplay
from skal.plotting._query_map import QueryMapDisplay
from skal.plotting._report import write_report
from skal.plotting._round_time import RoundTimeDisplay
from skal.plotting._simplex import SimplexDisplay
from skal.plotting.page import InteractivePage

__all__ = [
    "ClassBalanceDisplay",
    "CriticalDifferenceDisplay",
    "DifferenceDisplay",
    "Display",
    "InteractivePage",
    "LabelsToTargetDisplay",
    "LearningCurveDisplay",
    "PenaltyMatrixDisplay",
    "QueriedImagesDisplay",
    "QueryMapDisplay",
    "RoundTimeDisplay",
    "SimplexDisplay",
    "write_report",
]
