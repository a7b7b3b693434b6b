"""Charts that are clicked to choose patients, each without its own choice so that it shows what else there is."""

import streamlit as st

from dashboard import views
from dashboard.app_pages.cohort import component
from dashboard.app_pages.cohort.choosing import Scene, choose
from dashboard.app_pages.cohort.component import Picked
from dashboard.charts import Written
from dashboard.pieces import parts
from dashboard.views.cohort.summary import CohortView, Panel

SURVIVAL_NOTE = (
    "Kaplan-Meier estimate with 95 % interval, of the selected patients. A patient without an event counts as long as "
    "followed."
)


def draw(scene: Scene, view: CohortView) -> None:
    """One chart a facet, in equal boxes."""
    shown = in_order(view)

    def picked(found: Picked) -> None:
        panel = next((one for one in shown if views.cohort.selection.panel_name(one) == found.name), None)
        if panel is not None:
            choose(views.cohort.selection.pressed(scene.where, panel, found.values, boxed=found.boxed))

    component.show(shown, classes=scene.cohort.classes, key="cohort-panels", picked=picked)
    if view.sites.left_out:
        st.caption(f"{view.sites.left_out:,} smaller sites are not drawn; the lists above have them all.")


def in_order(view: CohortView) -> tuple[Panel, ...]:
    """Class, age and sites, then the others; a chart of one group has nothing to choose."""
    first = [panel for panel in view.panels if panel.facet is None or panel.facet == views.cohort.summary.CLASS]
    sites = [view.sites] if len(view.sites.values) > 1 else []
    return (*first, *sites, *(panel for panel in view.panels if panel not in first))


def survival(drawn: Written | None) -> None:
    """Of the selected patients, by class."""
    parts.section("Survival by class", note=SURVIVAL_NOTE)
    if drawn is not None:
        parts.chart(drawn, key="survival", alt="Kaplan-Meier by class")
    else:
        st.info(
            "No follow-up of the selected patients is stated. Name time and event in the manifest's [covariates] to "
            "see survival here."
        )
