"""Charts that are clicked to choose patients, each without its own choice so that it shows what else there is."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.results.selections import Where
from dashboard import figures, parts, views
from dashboard.app_pages.cohort_pieces.choosing import Scene, choose
from dashboard.views.cohort import CohortView, Panel, Survival

COLUMNS = 3
SITES_NOTE = "A class that comes from few sites can be told by their stain: group the folds by site."
SURVIVAL_NOTE = (
    "Kaplan-Meier estimate with 95 % interval, of the selected patients. A patient without an event counts as long as "
    "followed."
)


def draw(scene: Scene, view: CohortView) -> None:
    """All of them: small ones in columns filled from the top, then sites and survival."""
    columns = st.columns(COLUMNS, gap="medium")
    filled = [0] * COLUMNS
    for panel in view.panels:
        shortest = filled.index(min(filled))
        filled[shortest] += figures.cohort.panel_height(panel)
        with columns[shortest]:
            _panel(scene, panel)
    left, right = parts.pair("cohort")
    with left:
        _panel(scene, view.sites, note=SITES_NOTE)
        if view.sites.left_out:
            st.caption(f"{view.sites.left_out:,} smaller sites are not drawn; the lists above have them all.")
    with right:
        _survival(view.survival, scene.cohort.classes)


def _panel(scene: Scene, panel: Panel, *, note: str | None = None) -> None:
    parts.section(panel.title, note=note, small=True)
    name = "age" if panel.facet is None else views.cohort_selection.facet_name(panel.facet)
    # plotly keeps what was clicked: after each choice the chart is a new one
    turn = f"cohort-turn-{name}"
    key = f"cohort-{name}-{st.session_state.get(turn, 0)}"

    def follow() -> None:
        narrowed = _narrowed(scene.where, panel, st.session_state[key]["selection"])
        if narrowed is not None:
            st.session_state[turn] = st.session_state.get(turn, 0) + 1
            choose(narrowed)

    parts.clickable(
        figures.cohort.panel(panel),
        key=key,
        name=f"cohort-{name}",
        alt=f"Patients by {panel.title.lower()} and class",
        follow=follow,
    )


def _narrowed(where: Where, panel: Panel, picked: dict[str, Any]) -> Where | None:
    """The selection after a click on a bar, or after a box drawn over several; None when it held none."""
    places = sorted({int(point["point_index"]) for point in picked["points"]})
    values = [panel.values[place] for place in places if place < len(panel.values)]
    if not values:
        return None
    change = _of_ages if panel.facet is None else _of_facet(panel)
    return change(where, values, bool(picked.get("box")))


def _of_ages(where: Where, values: Sequence[str], boxed: bool) -> Where:
    firsts = [int(value) for value in values]
    if boxed:
        return views.cohort_selection.brushed_ages(where, firsts)
    return views.cohort_selection.clicked_age(where, firsts[0])


def _of_facet(panel: Panel) -> Callable[[Where, Sequence[str], bool], Where]:
    facet = panel.facet
    assert facet is not None

    def change(where: Where, values: Sequence[str], boxed: bool) -> Where:
        if boxed:
            return views.cohort_selection.put(where, facet, values)
        return views.cohort_selection.clicked(where, facet, values[0])

    return change


def _survival(groups: tuple[Survival, ...], classes: tuple[str, ...]) -> None:
    parts.section("Survival by class", note=SURVIVAL_NOTE, small=True)
    if groups:
        parts.chart(figures.cohort.survival(groups, classes=classes), key="survival", alt="Kaplan-Meier by class")
    else:
        st.info(
            "No follow-up of the selected patients is stated. Name time and event in the manifest's [covariates] to "
            "see survival here."
        )
