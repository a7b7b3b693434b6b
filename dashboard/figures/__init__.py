"""View models -> plotly figures, one module a page."""

from dashboard.figures import (
    cohort,
    evaluation,
    evaluation_decisions,
    evaluation_shortcuts,
    evaluation_split,
    folds,
    learning,
    models,
    overlays,
    patients,
    slides,
)

__all__ = [
    "cohort",
    "evaluation",
    "evaluation_decisions",
    "evaluation_shortcuts",
    "evaluation_split",
    "folds",
    "learning",
    "models",
    "overlays",
    "patients",
    "slides",
]
