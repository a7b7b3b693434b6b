"""Figures of a report: drawn by matplotlib without a screen, the same for HTML and PDF."""

from core.report.figures.drawing import drawn
from core.report.figures.svg import svg

__all__ = ["drawn", "svg"]
