"""Patients: the list of a run's patients, then the case page of one of them."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.results import Store
from dashboard import views
from dashboard.app_pages.patients import listing, one_patient
from dashboard.app_pages.patients.filters import MODEL, PATIENT, RUN, Scene
from dashboard.following import work_lists
from dashboard.pieces import addressed, parts
from dashboard.views.runs import Run

QUALITY_TTL_S = 60
"""How long what is known of all slides is taken as it is: looking for changes among 100,000 takes half a second."""


def render(store: Store) -> None:
    """The patient that the address names, else the list."""
    bar = parts.heading("Patients", question="What did the models predict for each patient, and what did they look at?")
    runs = views.runs.runs(store.runs())
    if not runs:
        parts.no_runs()
        return
    run = _run(bar, runs)
    models = views.predictions.model_order(model for model, _ in store.main_answers(run.name))
    if not models:
        st.info(f"The run {run.name} has no predictions yet; this page fills when its first fold ends.")
        return
    scene = Scene(
        store=store,
        run=run,
        models=models,
        model=_model(models),
        choice=views.listing.chosen(addressed.values(), classes=run.classes),
        spoiled=_spoiled(store.data / "features") if run.reads_slides else (),
    )
    patient = st.query_params.get(PATIENT)
    if patient is None:
        listing.render(scene)
    else:
        one_patient.render(scene, patient)


def _run(bar: DeltaGenerator, runs: tuple[Run, ...]) -> Run:
    named = {run.name: run for run in runs}
    asked = st.query_params.get(RUN)
    addressed.shown("patients-run", asked if asked in named else runs[0].name)
    with bar:
        badge = st.container(width="content")
        run = named[st.selectbox("Run", list(named), key="patients-run", width=280)]
        st.query_params[RUN] = run.name
    with badge:
        parts.synthetic_badge(run.synthetic)
    if not run.finished:
        st.caption(f":material/hourglass_top: {run.name} is not finished: {run.progress}. What is there is shown.")
    return run


def _model(models: tuple[str, ...]) -> str:
    asked = st.query_params.get(MODEL)
    return asked if asked in models else models[0]


@st.cache_data(ttl=QUALITY_TTL_S, max_entries=8, show_spinner=False)
def _spoiled(features: Path) -> tuple[str, ...]:
    """Bags of slides with a problem, of all work lists: their names tell what is in them."""
    lists = work_lists.worklists(features)
    return views.quality.spoiled_bags([state for one in lists for state in work_lists.look(features, one).states])
