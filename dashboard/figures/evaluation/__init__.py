"""Figures of the Evaluation page."""

from dashboard.figures.evaluation import decisions, forests, shortcuts, split

__all__ = ["decisions", "forests", "shortcuts", "split"]
