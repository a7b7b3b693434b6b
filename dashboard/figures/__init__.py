"""View models -> plotly figures, one module a page."""

from dashboard.figures import cohort, models, patients

__all__ = ["cohort", "models", "patients"]
