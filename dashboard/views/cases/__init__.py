"""What the New case page says: the checks of a case, and its answers."""

from dashboard.views.cases import answers, checks

__all__ = ["answers", "checks"]
