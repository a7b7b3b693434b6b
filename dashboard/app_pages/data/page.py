"""Data: the slides of a work list, how good they are, and how far the extraction of their features is."""

from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.slides.extraction.states import WorkList
from dashboard import views
from dashboard.app_pages.data import extraction, slides
from dashboard.folders import cohorts
from dashboard.following import work_lists
from dashboard.following.work_lists import Snapshot
from dashboard.jobs import Extraction
from dashboard.pieces import parts

CHOSEN = "data-list"


def render(data: Path) -> None:
    """The chosen work list and, over it, the slide that the address names; needs no trained model."""
    bar = parts.heading("Data", question="Which slides are there, how good are they, and are their features ready?")
    features = data / "features"
    lists = work_lists.worklists(features)
    if not lists:
        _nothing_read()
        extraction.waiting(data, lists)
        extraction.form(data, lists)
        return
    worklist = _chosen(bar, lists)
    snapshot = work_lists.look(features, worklist)
    rows = _rows(f"{work_lists.list_id(worklist)} {snapshot.version}", worklist, snapshot)
    extraction.waiting(data, lists)
    extraction.panel(data, worklist, lists, drawn=snapshot)
    slides.browse(features / worklist.folder, worklist, snapshot, rows)


def _chosen(bar: DeltaGenerator, lists: tuple[WorkList, ...]) -> WorkList:
    """The work list that the address names, else the newest."""
    named = {work_lists.list_id(one): one for one in lists}
    asked = st.query_params.get(extraction.LIST)
    st.session_state[CHOSEN] = asked if asked in named else next(iter(named))
    with bar:
        badge = st.container(width="content")
        worklist = named[
            st.selectbox(
                "Work list",
                list(named),
                format_func=lambda key: views.extraction.label(named[key]),
                key=CHOSEN,
                on_change=_follow,
                width=560,
                help="The slides of one cohort that were asked for together, with one encoder. The newest is first.",
            )
        ]
    asked_for = Extraction.of(worklist.settings)
    with badge:
        parts.synthetic_badge(asked_for is not None and cohorts.synthetic(asked_for.cohort))
    return worklist


def _follow() -> None:
    st.query_params[extraction.LIST] = st.session_state[CHOSEN]
    st.query_params.pop(slides.SLIDE, None)


@st.cache_data(max_entries=4, show_spinner=False)
def _rows(key: str, _worklist: WorkList, _snapshot: Snapshot) -> pd.DataFrame:
    """Made anew when a state has changed, which changes the key."""
    assert key
    standings = views.extraction.standings(_snapshot.states, _snapshot.interrupted)
    return views.slides.table(_worklist.items, _snapshot.states, standings)


def _nothing_read() -> None:
    st.info(
        "No slide has been read in this data folder yet. Run `python -m core features --cohort YOUR_FOLDER`, or start "
        "it here; this page follows it. `make demo` writes a synthetic cohort and reads its slides.",
        icon=":material/info:",
    )
