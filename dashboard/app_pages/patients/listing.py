"""The list of a run's patients: search, filters, order, and one page of rows."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.results.listing import Around, Listed
from dashboard import views
from dashboard.app_pages.patients import filters
from dashboard.app_pages.patients.filters import FLAGS_NOTE, PATIENT, Scene
from dashboard.pieces import addressed, parts
from dashboard.pieces.rows import PAGE, pressed, turning
from dashboard.views.listing import ON_A_PAGE

NEXT_KEY, PREVIOUS_KEY = "J", "K"
"""Keys that go through the list. Arrows would take the keyboard away from sliders, choices and the slide viewer."""
ROWS = 13
"""Of the table before it scrolls."""
HEIGHT = 500
MOST_EXPORTED = 1_000_000


def render(scene: Scene) -> None:
    """The filters with their counts, then the patients that fit."""
    found = _found(scene)
    choice = views.listing.on_page(scene.choice, found)
    if choice.page != scene.choice.page:
        scene = replace(scene, choice=choice)
        found = _found(scene)
    filters.filters(scene, found)
    _bar(scene, found)
    if found.listed:
        _table(scene, found)
        turning(views.listing.pages(found), here=choice.page, name="patients")
    else:
        st.info("No patient fits all filters; widen one of them.", icon=":material/filter_alt_off:")


def open_patient(patient: str | None) -> None:
    """Puts a patient into the address, which is what the page follows."""
    addressed.put({PATIENT: [patient] if patient else []})


def close_patient(around: Around) -> None:
    """Goes back to the page of the list that the patient stands on."""
    page = views.listing.page_of(around)
    addressed.put({PATIENT: [], PAGE: [str(page)] if page > 1 else []})


def _found(scene: Scene) -> Listed:
    return scene.store.listed(scene.asked, first=(scene.choice.page - 1) * ON_A_PAGE, most=ON_A_PAGE)


def _bar(scene: Scene, found: Listed) -> None:
    """Counts, order, and the way into the first patient."""
    first = None if found.rows.empty else str(found.rows["patient"].iloc[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(views.listing.sentence(found, model=scene.model), width="content")
        st.space("stretch")
        filters.order(scene.choice)
        st.download_button(
            "CSV",
            data=lambda: _csv(scene),
            file_name="acinus-patients.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="patients-csv",
            help="All listed patients, not only this page of them.",
        )
        st.button(
            "Open the first",
            icon=":material/arrow_forward:",
            key="patients-first",
            disabled=first is None,
            shortcut=NEXT_KEY,
            on_click=open_patient,
            args=(first,),
            help=f"Then {NEXT_KEY} goes to the next of the list and {PREVIOUS_KEY} to the one before.",
        )


def _csv(scene: Scene) -> bytes:
    everyone = scene.store.listed(scene.asked, first=0, most=MOST_EXPORTED)
    rows = views.listing.table(everyone.rows, classes=scene.run.classes)
    return parts.without_formulas(rows).to_csv(index=False).encode()


def _table(scene: Scene, found: Listed) -> None:
    """A click anywhere in a row opens the patient."""
    rows = views.listing.table(found.rows, classes=scene.run.classes)
    # a table whose rows were changed in place does not tell of the first click: other rows make another table
    key = f"patients-table-{hash((scene.model, tuple(rows['patient'])))}"

    def follow() -> None:
        place = pressed(key)
        if place is not None:
            open_patient(rows["patient"].iloc[place])

    _drawn(rows, key=key, model=scene.model, follow=follow)


def _drawn(rows: pd.DataFrame, *, key: str, model: str, follow: Callable[[], None]) -> None:
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= ROWS else HEIGHT,
        key=key,
        on_select=follow,
        selection_mode=("single-row", "single-cell"),
        column_config={
            "patient": "Patient",
            "site": "Site",
            "truth": "True class",
            "decision": f"Decision of {model}",
            "right": "Right?",
            "confidence": st.column_config.ProgressColumn(
                "Confidence", format="%.0f %%", min_value=0, max_value=100, help="Probability of the decided class."
            ),
            "own": st.column_config.NumberColumn(
                "In the true class", format="%.0f %%", help="Probability that the model gives the true class."
            ),
            "flags": st.column_config.TextColumn("Flags", help=FLAGS_NOTE, width="large"),
        },
        alt="Patients of the run, with decision and flags",
    )
