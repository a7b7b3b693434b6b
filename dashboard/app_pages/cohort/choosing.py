"""Which patients are chosen: kept in the address, shown as chips, changed by clicks, lists and saved selections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.results import Store
from core.results.laid_out import Facet
from core.results.selections import Counted, Where
from dashboard import views
from dashboard.pieces import addressed, parts
from dashboard.pieces.rows import PAGE
from dashboard.views.cohort.selection import Chip
from dashboard.views.cohort.summary import Entry
from dashboard.views.runs import Run

COHORT, RUN, SELECTION = "cohort", "run", "selection"
LISTS = "cohort-lists"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What the page is about: a cohort, whom of it, and the run that is asked about them."""

    store: Store
    cohort: Entry
    where: Where
    runs: tuple[Run, ...]
    """Finished runs on these very patients."""
    run: Run | None
    """The one that is asked; None where there is none."""


def choose(where: Where) -> None:
    """Puts a selection into the address, which is what the page follows."""
    others: dict[str, list[str]] = {name: [] for name in views.cohort.selection.filter_names(addressed.values())}
    addressed.put({**others, **views.cohort.selection.address(where), PAGE: [], SELECTION: []})


def chips(scene: Scene) -> None:
    """Every active filter, to be taken back one by one or all at once."""
    found = views.cohort.selection.chips(scene.where)
    with st.container(horizontal=True, vertical_alignment="center", key="cohort-chips"):
        if not found:
            st.caption(
                ":material/touch_app: Click a bar to choose its patients; click it again to take that back. "
                "Draw over ages to choose a range.",
                width="content",
            )
        for chip in found:
            _chip(chip)
        if len(found) > 1:
            st.button("Clear all", type="tertiary", key="cohort-clear", on_click=choose, args=(Where(),))


def _chip(chip: Chip) -> None:
    st.button(
        parts.escaped(chip.text),
        icon=":material/close:",
        key=f"cohort-chip-{chip.name}",
        on_click=choose,
        args=(chip.without,),
        help="Take this filter back.",
    )


def lists(scene: Scene, counted: Counted) -> None:
    """The same choices as lists, for the keyboard and for values that no chart has room for."""
    box = st.expander("Choose from lists", icon=":material/checklist:", key=LISTS, on_change="rerun")
    if not box.open:
        return
    facets = tuple(facet for facet, bars in counted.facets.items() if len({bar.value for bar in bars}) > 1)
    with box:
        columns = st.columns(4)
        for place, facet in enumerate(facets):
            with columns[place % 4]:
                _several(scene, facet, counted)
        with columns[len(facets) % 4]:
            _ages(scene)


def _several(scene: Scene, facet: Facet, counted: Counted) -> None:
    bars = counted.facets[facet]
    sizes: dict[str, int] = {}
    for bar in bars:
        sizes[str(bar.value)] = sizes.get(str(bar.value), 0) + bar.others
    key = f"cohort-list-{views.cohort.selection.facet_name(facet)}"
    addressed.shown(key, list(scene.where.values(facet)))
    known = views.cohort.summary.values_in_order(facet, bars, classes=scene.cohort.classes)
    st.multiselect(
        views.cohort.summary.title(facet),
        (*known, *(value for value in scene.where.values(facet) if value not in sizes)),
        key=key,
        placeholder="All",
        format_func=lambda value: f"{views.cohort.summary.value_name(facet, value)} ({sizes.get(value, 0):,})",
        on_change=_listed(key, lambda values: views.cohort.selection.put(scene.where, facet, values)),
    )


def _ages(scene: Scene) -> None:
    limits = scene.store.selections.laid_out(scene.cohort.key).ages
    if limits is None or limits[0] == limits[1]:
        return
    low, high = limits
    asked = scene.where.ages or limits
    key = "cohort-list-age"
    addressed.shown(key, (max(low, min(asked[0], high)), min(high, max(asked[1], low))))
    st.slider(
        "Age (years)",
        low,
        high,
        key=key,
        on_change=_listed(
            key,
            lambda ages: views.cohort.selection.between(scene.where, None if tuple(ages) == limits else tuple(ages)),
        ),
        help="Narrowing it leaves out patients whose age is not stated.",
    )


def _listed(key: str, narrowed: Callable[[Any], Where]) -> Callable[[], None]:
    def write() -> None:
        choose(narrowed(st.session_state[key]))

    return write
