"""View models -> plotly figures, one module or folder a page."""

from dashboard.figures import (
    cohort,
    evaluation,
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
    "folds",
    "learning",
    "models",
    "overlays",
    "patients",
    "slides",
]
