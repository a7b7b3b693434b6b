"""The selected patients: a page of them as a table, all of them as a file."""

from typing import get_args

import pandas as pd
import streamlit as st

from core.results.selections import Asked, Order
from dashboard import views
from dashboard.app_pages.cohort.choosing import Scene
from dashboard.pieces import addressed, links, parts
from dashboard.pieces.rows import PAGE, pressed, turning

ON_A_PAGE = 100
HEIGHT = 420
MOST_TEXT = 100
FIND, SORT, FALLING = "find", "sort", "falling"
WORDS: dict[Order, str] = {
    "patient": "patient",
    "class": "class",
    "site": "site",
    "age": "age",
    "stage": "stage",
    "sex": "sex",
    "slides": "slides",
    "time": "follow-up",
    "event": "event",
}


@st.fragment
def table(scene: Scene) -> None:
    """Search, order, a page of rows; a click on a row opens the patient. It redraws alone."""
    asked = _asked()
    rows, fitting = scene.store.selections.rows(scene.cohort.key, scene.where, asked=asked)
    parts.section("Patients")
    _bar(scene, asked, fitting)
    if not fitting:
        st.info("No selected patient has this text in the name or site.", icon=":material/search_off:")
        return
    _rows(scene, views.cohort.summary.shown_columns(rows), asked)
    pages = -(-fitting // ON_A_PAGE)
    turning(pages, here=min(asked.first // ON_A_PAGE + 1, pages), name="cohort")


def _asked() -> Asked:
    sort = st.query_params.get(SORT, "")
    page = st.query_params.get(PAGE, "1")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
    return Asked(
        text=st.query_params.get(FIND, "")[:MOST_TEXT].replace("\0", ""),
        order=next((one for one in get_args(Order) if one == sort), "patient"),
        falling=st.query_params.get(FALLING) == "yes",
        first=max(number - 1, 0) * ON_A_PAGE,
        most=ON_A_PAGE,
    )


def _bar(scene: Scene, asked: Asked, fitting: int) -> None:
    addressed.shown("cohort-find", asked.text)
    addressed.shown("cohort-sort", asked.order)
    addressed.shown("cohort-falling", asked.falling)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search",
            placeholder="Patient or site",
            key="cohort-find",
            width=260,
            max_chars=MOST_TEXT,
            live="400ms",
            on_change=lambda: addressed.put({FIND: _some(st.session_state["cohort-find"]), PAGE: []}),
        )
        st.selectbox(
            "Sort by",
            list(WORDS),
            key="cohort-sort",
            width=160,
            format_func=lambda name: WORDS[name],
            on_change=lambda: addressed.put({SORT: [st.session_state["cohort-sort"]], PAGE: []}),
        )
        st.checkbox(
            "largest first",
            key="cohort-falling",
            on_change=lambda: addressed.put({FALLING: ["yes"] if st.session_state["cohort-falling"] else [], PAGE: []}),
        )
        st.space("stretch")
        st.caption(f"{fitting:,} listed", width="content")
        st.download_button(
            "Selected patients (CSV)",
            data=lambda: _csv(scene),
            file_name="acinus-patients.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="cohort-csv",
            help="All patients of the selection with every group they belong to, not only this page of them.",
        )


def _some(text: str) -> list[str]:
    return [text] if text else []


def _csv(scene: Scene) -> bytes:
    everyone = scene.store.selections.everyone(scene.cohort.key, scene.where)
    return parts.without_formulas(everyone).to_csv(index=False).encode()


def _rows(scene: Scene, rows: pd.DataFrame, asked: Asked) -> None:
    # rows that were changed in place do not tell of the first click: other rows make another table
    key = f"cohort-table-{hash((scene.cohort.key, asked, tuple(rows['patient'])))}"
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= 11 else HEIGHT,
        placeholder="–",
        key=key,
        on_select="rerun",
        selection_mode=("single-row", "single-cell"),
        column_config={
            "patient": "Patient",
            "class": "Class",
            "site": st.column_config.TextColumn("Site", help="Where the patient was treated."),
            "age": st.column_config.NumberColumn("Age (years)", format="%.0f"),
            "stage": "Stage",
            "sex": "Sex",
            "slides": st.column_config.NumberColumn("Slides", format="%d"),
            "time": st.column_config.NumberColumn("Follow-up (months)", format="%.1f"),
            "event": st.column_config.NumberColumn("Event", format="%d", help="1: it happened; 0: not while followed."),
        },
        alt="Selected patients",
    )
    if scene.run is None:
        return
    place = pressed(key)
    if place is not None:
        links.go("patients", run=scene.run.name, patient=str(rows["patient"].iloc[place]))
    st.caption(f"A click on a row opens the patient's page with the predictions of {parts.escaped(scene.run.name)}.")
