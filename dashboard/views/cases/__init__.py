"""What the New case page says: the checks of a case, its answers, and who may answer."""

from dashboard.views.cases import answers, checks, predictors

__all__ = ["answers", "checks", "predictors"]
