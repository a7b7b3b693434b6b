"""How well the models of a run do on the selected patients."""

import pandas as pd
import streamlit as st

from core.evaluation import METRICS
from core.results import Store
from core.results.selections import Where
from dashboard import views
from dashboard.app_pages.cohort.choosing import RUN, Scene
from dashboard.pieces import addressed, parts, tables
from dashboard.pieces.kept import kept
from dashboard.words import measures

NOTE = (
    "Out-of-fold: each patient is judged by models that never saw them. Intervals are 95 % intervals by formula, so "
    "that they follow every click; those on the Models page are bootstrapped. Looking at many selections finds some "
    "that stand out by chance."
)
NOTES = {
    "Patients": "Selected patients whom the model has answered for.",
    views.cohort.metrics.OF_ALL: METRICS["auroc"].sentence,
}


def metrics(scene: Scene) -> None:
    """One row a model; says when there are too few patients for a number."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        parts.section("Models on the selected patients", note=NOTE)
        st.space("stretch")
        _run(scene)
    if scene.run is None:
        st.info("No finished run has predicted these patients yet; `python train.py` trains one.")
        return
    rows, reasons = _judged(scene.store, scene.run.name, scene.cohort.key, scene.where)
    notes = {name: measures.sentence(metric) for metric, name in views.cohort.metrics.COLUMNS.items()}
    tables.words(rows, alt="Metrics of each model on the selected patients", notes=notes | NOTES)
    for reason in reasons:
        st.caption(f":material/info: {reason}")


def _run(scene: Scene) -> None:
    if scene.run is None:
        return
    addressed.shown("cohort-run", scene.run.name)
    st.selectbox(
        "Run",
        [run.name for run in scene.runs],
        key="cohort-run",
        width=280,
        on_change=lambda: addressed.put({RUN: [st.session_state["cohort-run"]]}),
    )


@kept
def _judged(store: Store, run: str, cohort: str, where: Where) -> tuple[pd.DataFrame, tuple[str, ...]]:
    answers = store.selections.answers(run, where, cohort=cohort)
    whole = views.models.intervals(store.scores([run]), metric="auroc") if where != Where() else ()
    return views.cohort.metrics.table(answers, whole=whole)
