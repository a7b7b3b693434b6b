"""View models -> plotly figures, one module a page."""

from dashboard.figures import cases, cohort, models, patients, slides

__all__ = ["cases", "cohort", "models", "patients", "slides"]
