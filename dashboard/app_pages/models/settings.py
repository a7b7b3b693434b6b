"""Settings: what differs between the chosen runs, and the record that repeats each."""

import streamlit as st

from dashboard import views
from dashboard.app_pages.models.scene import Scene
from dashboard.figures.layout import faded
from dashboard.palette import ACCENT
from dashboard.pieces import parts, tables


def render(scene: Scene) -> None:
    """Differences first, records after them."""
    if len(scene.runs) > 1:
        _differences(scene)
    parts.section("Record", note="Enough to repeat the run.")
    for run in scene.runs:
        with st.expander(f"{parts.escaped(scene.title(run))}: configuration, seed, commit, versions, hardware"):
            left, right = st.columns(2)
            with left:
                tables.words(views.runs.two_columns(run.facts, names="Record"), alt="Record")
            with right:
                tables.words(views.runs.two_columns(run.settings, names="Setting"), alt="Settings")


def _differences(scene: Scene) -> None:
    parts.section(
        "What differs between these runs",
        note="Only settings that are not the same in all of them. Coloured cells are not what the first run has.",
    )
    different = views.runs.setting_differences(scene.runs)
    if different.empty:
        st.caption("Their settings are the same.")
        return
    marks = views.runs.differing_cells(different)
    style = marks.replace({True: f"background-color: {faded(ACCENT, 0.28)}", False: ""})
    st.dataframe(different.style.apply(lambda _: style, axis=None), hide_index=True, height="content")
