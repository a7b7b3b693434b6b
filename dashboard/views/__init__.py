"""Rows of the store -> frozen view models, one module a page. Pages draw these and compute nothing themselves."""

from dashboard.views import attention, cases, cohort, extraction, models, patients, predictions, runs, slides

__all__ = ["attention", "cases", "cohort", "extraction", "models", "patients", "predictions", "runs", "slides"]
