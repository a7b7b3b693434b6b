"""Rows of the store -> frozen view models, one module a page. Pages draw these and compute nothing themselves."""

from dashboard.views import attention, cases, cohort, models, patients, predictions, runs

__all__ = ["attention", "cases", "cohort", "models", "patients", "predictions", "runs"]
