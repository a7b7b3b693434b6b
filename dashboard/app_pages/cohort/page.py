"""Cohort: who the patients are, how the models do on any part of them, and who is missing."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.results import Store
from core.results.selections import Counted, Where
from dashboard import charts, figures, views
from dashboard.app_pages.cohort import choosing, judged, left_out, panels, people, saved
from dashboard.app_pages.cohort.choosing import COHORT, RUN, Scene
from dashboard.charts import Written
from dashboard.pieces import addressed, parts
from dashboard.pieces.kept import kept
from dashboard.views.cohort.summary import CohortView, Entry
from dashboard.views.runs import Run
from dashboard.words.wording import counted
from dashboard.workspace.selections import Saved


def render(store: Store) -> None:
    """The chosen cohort; what is clicked in one chart narrows everything but the flow."""
    bar = parts.heading("Cohort", question="Who are the patients, and who was left out?")
    cohorts = views.cohort.summary.entries(store.cohorts())
    if not cohorts:
        parts.nothing_published()
        return
    opened = saved.open_asked(store.data)
    cohort = _chosen(bar, cohorts)
    scene = _scene(store, cohort)
    view = _summarised(store, cohort, scene.where)
    _selection(
        scene,
        _counted(store, cohort.key, scene.where),
        opened=None if opened is None or opened.cohort != cohort.key else opened,
    )
    _cards(view)
    panels.draw(scene, view)
    if not view.patients:
        st.info("No patient fits all filters; take one of them back.", icon=":material/filter_alt_off:")
    judged.metrics(scene)
    panels.survival(_survival(store, cohort, scene.where))
    people.table(scene)
    left_out.draw(store, cohort.key, analysed=view.total)


def _chosen(bar: DeltaGenerator, cohorts: tuple[Entry, ...]) -> Entry:
    named = {cohort.key: cohort for cohort in cohorts}
    asked = st.query_params.get(COHORT)
    addressed.shown("cohort-key", asked if asked in named else cohorts[0].key)
    with bar:
        badge = st.container(width="content")
        key = st.selectbox(
            "Cohort and outcome",
            list(named),
            key="cohort-key",
            width=310,
            format_func=lambda one: f"{named[one].name} · {named[one].outcome} · {one[:6]}",
            on_change=_other_cohort,
        )
    with badge:
        parts.synthetic_badge(named[key].synthetic)
    return named[key]


def _other_cohort() -> None:
    """Another cohort has other groups: what was chosen of the last one is let go."""
    choosing.choose(Where())
    addressed.put({COHORT: [st.session_state["cohort-key"]], RUN: []})


def _scene(store: Store, cohort: Entry) -> Scene:
    laid = store.selections.laid_out(cohort.key)
    where, unknown = views.cohort.selection.chosen(addressed.values(), facets=laid.facets)
    if unknown:
        st.warning("The address asks for groups that this cohort does not have; they are passed over.")
    runs = _finished(store, cohort.key)
    return Scene(store=store, cohort=cohort, where=where, runs=runs, run=_run(runs))


def _run(runs: tuple[Run, ...]) -> Run | None:
    asked = st.query_params.get(RUN)
    return next((run for run in runs if run.name == asked), runs[0] if runs else None)


def _selection(scene: Scene, found: Counted, *, opened: Saved | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="cohort-selection"):
        choosing.chips(scene)
        saved.menu(scene, opened)
    choosing.lists(scene, found)


def _cards(view: CohortView) -> None:
    """How many are selected, and the share of each class with the interval that their number allows."""
    shown = f"{view.patients:,}" if view.patients == view.total else f"{view.patients:,} of {view.total:,}"
    note = "Share of this class among the selected patients, and how far it may be off in patients like these (Wilson)."
    selected = ("Patients selected", shown, "Patients with a known class and every modality.")
    parts.cards(
        [selected, *((parts.escaped(group.name), group.share, note) for group in view.classes)],
        below=[
            f"from {counted(view.sites_shown, noun='site')}",
            *(
                f"{counted(group.patients, noun='patient')}"
                + (f", 95 % interval {group.interval}" if group.interval else "")
                for group in view.classes
            ),
        ],
    )


@kept
def _counted(store: Store, cohort: str, where: Where) -> Counted:
    return store.selections.counted(cohort, where)


@kept
def _summarised(store: Store, cohort: Entry, where: Where) -> CohortView:
    return views.cohort.summary.summarised(_counted(store, cohort.key, where), where, classes=cohort.classes)


@kept
def _survival(store: Store, cohort: Entry, where: Where) -> Written | None:
    """The chart of it; None where no follow-up is stated."""
    groups = _summarised(store, cohort, where).survival
    return charts.written(figures.cohort.survival(groups, classes=cohort.classes)) if groups else None


@kept
def _finished(store: Store, cohort: str) -> tuple[Run, ...]:
    return tuple(run for run in views.runs.runs(store.runs()) if run.finished and run.cohort == cohort)
