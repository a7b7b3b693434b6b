"""What the Cohort page says: its counts, the selection, and how models do on it."""

from dashboard.views.cohort import metrics, selection, summary

__all__ = ["metrics", "selection", "summary"]
