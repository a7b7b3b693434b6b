"""New case: a slide and/or expression of one more patient, checked step by step and predicted outside the page."""

from functools import partial
from pathlib import Path

import streamlit as st

from core.evaluation import METRICS
from core.results import Store
from dashboard import views
from dashboard.access import here
from dashboard.app_pages.new_case import answer, checking, choosing, giving, keeping
from dashboard.app_pages.new_case.giving import CASE
from dashboard.cases.folder import CaseFolder
from dashboard.cases.unkept import sweep
from dashboard.pieces import parts, tables
from dashboard.views.runs import Run


def render(store: Store) -> None:
    """The case that the address names; without one, the steps to give one, and the cases that are kept."""
    parts.heading("New case", question="What do the trained models say about one more patient?")
    sweep(store.data)
    asked = st.query_params.get(CASE)
    case = _asked(store.data, asked) if asked else None
    if asked and case is None:
        st.warning("The case named in the address does not exist, or was deleted.")
    if case is not None and case.status().state != "draft":
        _begun(case, store)
        return
    runs = tuple(run for run in views.runs.runs(store.runs()) if run.finished)
    able = choosing.predictors(store.data, runs)
    if able:
        giving.steps(store.data, able, partial(_runs, store, runs), case)
    else:
        parts.no_runs()
    keeping.kept_cases(store.data)


def _asked(data: Path, name: str) -> CaseFolder | None:
    """The case of that name; None as well where it is somebody else's."""
    found = CaseFolder.find(data, name)
    return found if found is not None and found.open_to(here.who()) else None


def _begun(case: CaseFolder, store: Store) -> None:
    status = case.status()
    with st.container(horizontal=True, vertical_alignment="center", key="case-bar"):
        keeping.buttons(case, status)
        if status.state == "done":
            answer.downloads(case)
        st.caption(keeping.standing(case), width="content")
    if status.state == "running":
        checking.running(case)
    elif status.state == "done":
        answer.render(case, store)
    else:
        checking.ended_early(case, status)


def _runs(store: Store, runs: tuple[Run, ...]) -> None:
    """The runs to choose from, with how well each does."""
    table = views.cases.answers.choices(runs, store.scores([run.name for run in runs]), store.cohorts())
    notes = {METRICS[name].label: METRICS[name].sentence for name in views.cases.answers.MAIN_METRICS}
    told = {label: f"{note} Of the first model." for label, note in notes.items()}
    tables.words(table, alt="Runs to choose from", notes=told)
