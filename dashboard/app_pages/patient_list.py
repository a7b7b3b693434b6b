"""The list of a run's patients: search, filters, order, and one page of rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from core.results import Store
from core.results.listing import FLAGS, SORTS, Asked, Listed
from dashboard import addressed, parts, views
from dashboard.views.listing import CONFIDENT, FALLING, MOST_TEXT, ON_A_PAGE, Choice
from dashboard.views.runs import Run

PATIENT, RUN, MODEL = "patient", "run", "model"
NEXT_KEY, PREVIOUS_KEY = "J", "K"
"""Keys that go through the list. Arrows would take the keyboard away from sliders, choices and the slide viewer."""
ROWS = 13
"""Of the table before it scrolls."""
HEIGHT = 500
MOST_EXPORTED = 1_000_000
FLAGS_NOTE = (
    f"confident: the decided class has a probability of at least {CONFIDENT:.0%}. models disagree: not all models of "
    "the run decide for the same class (the warning example `paper` is not asked). referred: the model's conformal set "
    "holds no class or several. low trust: networks that learned from different patients look at different tiles, or "
    "the answer does not need the tiles the map marks. slide problems: something is amiss with one of the slides."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What the page is about: a run, a model, and whom of its patients."""

    store: Store
    run: Run
    models: tuple[str, ...]
    """That have answered."""
    model: str
    choice: Choice
    spoiled: tuple[str, ...]
    """Bags of slides with a problem."""

    @property
    def asked(self) -> Asked:
        """The list, as the store is asked for it."""
        return views.listing.asked(self.choice, run=self.run, model=self.model, spoiled=self.spoiled)


def render(scene: Scene) -> None:
    """The filters with their counts, then the patients that fit."""
    found = _found(scene)
    choice = views.listing.on_page(scene.choice, found)
    if choice.page != scene.choice.page:
        scene = replace(scene)
        found = _found(scene)
    _filters(scene, found)
    _bar(scene, found)
    if found.listed:
        _table(scene, found)
        _pages(choice, found)
    else:
        st.info("No patient fits all filters; widen one of them.", icon=":material/filter_alt_off:")


def open_patient(patient: str | None) -> None:
    """Puts a patient into the address, which is what the page follows."""
    addressed.put({PATIENT: [patient] if patient else []})


def _found(scene: Scene) -> Listed:
    return scene.store.listed(scene.asked, first=(scene.choice.page - 1) * ON_A_PAGE, most=ON_A_PAGE)


def _filters(scene: Scene, found: Listed) -> None:
    choice, classes = scene.choice, scene.run.classes
    truths = {name: found.truths.get(place, 0) for place, name in enumerate(classes)}
    decisions = {name: found.decisions.get(place, 0) for place, name in enumerate(classes)}
    with st.container(border=True, key="patients-filters"):
        search, model, truth, decision, site = st.columns(5)
        with search:
            _text(choice)
        with model:
            _model(scene)
        with truth:
            _several("True class", "true", truths, chosen=choice.truths)
        with decision:
            _several("Decided class", "decided", decisions, chosen=choice.decisions)
        with site:
            _several("Site", "site", found.sites, chosen=choice.sites)
        _flags(choice, found)


def _model(scene: Scene) -> None:
    addressed.shown("patients-model", scene.model)
    st.selectbox(
        "Model",
        scene.models,
        key="patients-model",
        on_change=_changed("patients-model", MODEL, lambda value: [value] if value != scene.models[0] else []),
        help="Decides what the list calls right and wrong, in the model's main mode.",
    )


def _text(choice: Choice) -> None:
    addressed.shown("patients-search", choice.text)
    st.text_input(
        "Search",
        placeholder="Patient or site",
        key="patients-search",
        max_chars=MOST_TEXT,
        live="400ms",
        on_change=_changed("patients-search", "find", lambda value: [value] if value else []),
    )


def _several(label: str, name: str, counts: Mapping[str, int], *, chosen: Sequence[str]) -> None:
    """A choice of several, each with the number of patients that it would list."""
    key = f"patients-{name}"
    addressed.shown(key, list(chosen))
    st.multiselect(
        label,
        sorted({*counts, *chosen}) if name == "site" else list(counts),
        key=key,
        placeholder="All",
        format_func=lambda value: f"{value or 'not stated'} ({counts.get(value, 0):,})",
        on_change=_changed(key, name, list),
    )


def _flags(choice: Choice, found: Listed) -> None:
    addressed.shown("patients-only", list(choice.flags))
    st.pills(
        "Only",
        FLAGS,
        selection_mode="multi",
        key="patients-only",
        format_func=lambda flag: f"{flag} {found.flags[flag]:,}",
        on_change=_changed("patients-only", "only", list),
        help=FLAGS_NOTE,
        wrap=True,
    )


def _changed(key: str, name: str, values: Callable[[Any], Sequence[str]]) -> Callable[[], None]:
    """Puts what a widget holds into the address, and goes back to the first page."""

    def write() -> None:
        addressed.put({name: values(st.session_state[key]), "page": []})

    return write


def _bar(scene: Scene, found: Listed) -> None:
    """Counts, order, and the way into the first patient."""
    first = None if found.rows.empty else str(found.rows["patient"].iloc[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(views.listing.sentence(found, model=scene.model), width="content")
        st.space("stretch")
        _order(scene.choice)
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
            type="primary",
            disabled=first is None,
            shortcut=NEXT_KEY,
            on_click=open_patient,
            args=(first,),
            help=f"Then {NEXT_KEY} goes to the next of the list and {PREVIOUS_KEY} to the one before.",
        )


def _order(choice: Choice) -> None:
    addressed.shown("patients-sort", choice.sort)
    addressed.shown("patients-falling", choice.falling)
    usual = views.listing.USUAL
    st.selectbox(
        "Sort by",
        SORTS,
        key="patients-sort",
        width=220,
        label_visibility="collapsed",
        format_func=lambda sort: f"by {sort}",
        on_change=_changed("patients-sort", "sort", lambda value: [value] if value != usual else []),
    )
    st.checkbox(
        "largest first",
        key="patients-falling",
        on_change=_changed("patients-falling", "order", lambda value: [FALLING] if value else []),
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
        picked = st.session_state[key]["selection"]
        places = [*picked["rows"], *(row for row, _ in picked["cells"])]
        if places:
            open_patient(rows["patient"].iloc[places[0]])

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


def _pages(choice: Choice, found: Listed) -> None:
    pages = views.listing.pages(found)
    if pages == 1:
        return
    addressed.shown("patients-page", choice.page)

    def turn() -> None:
        page = st.session_state["patients-page"]
        addressed.put({"page": [str(page)] if page > 1 else []})

    with st.container(horizontal=True, horizontal_alignment="center"):
        st.pagination(pages, key="patients-page", on_change=turn)
