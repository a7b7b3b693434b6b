"""Decisions: who is decided rightly, and for what the others are taken."""

import streamlit as st

from dashboard import figures, views
from dashboard.app_pages.models.scene import Scene
from dashboard.pieces import parts


def render(scene: Scene) -> None:
    """A confusion matrix for each model of each run."""
    parts.section(
        "Decisions against the truth",
        note="Each patient is given their most probable class. Patients, and their share of the true class (row).",
    )
    for run in scene.runs:
        if len(scene.runs) > 1:
            st.markdown(f"**{parts.escaped(scene.title(run))}**")
        rows = views.models.confusions(scene.store.confusions(run.name), classes=scene.classes)
        key = f"confusions-{run.name}"
        parts.chart(figures.models.confusions(rows), key=key, alt=f"Confusion matrices of {run.name}")
