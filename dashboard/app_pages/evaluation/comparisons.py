"""Comparisons: whether the fused model is better than each other, by interval and by test."""

import streamlit as st

from core.results import Store
from core.types import Difference
from dashboard import views
from dashboard.pieces import topics
from dashboard.views.evaluation.comparisons import COLUMNS
from dashboard.views.evaluation.shared import stated
from dashboard.views.runs import Run

QUESTION = "Is the fused model better than each other model?"


def render(store: Store, run: Run) -> None:
    """Sentences, intervals and every test."""
    table = store.evaluation("differences", run.name)
    topics.section(
        "Fused minus each other model",
        table,
        name="differences",
        run=run,
        note="Both models are scored on the same patients, out of fold.",
    )
    if table.empty:
        st.info(
            "Not computed: a comparison needs the fused model and at least one other in the same run.",
            icon=":material/info:",
        )
        return
    metric = topics.metric(table, key="comparison-metric")
    topics.meaning(metric)
    label = views.evaluation.shared.metric_label(metric)
    rows = views.evaluation.comparisons.chosen(stated(table, Difference), metric=metric)
    st.markdown(views.evaluation.shared.bullets(views.evaluation.comparisons.sentences(rows)))
    topics.forest(
        views.evaluation.comparisons.lines(rows),
        key="comparisons",
        alt=f"Difference in {label} between the fused and each other model",
        x=f"Difference in {label}",
        reference=0,
        reference_name="no difference",
    )
    st.caption("Filled: told apart by the corrected permutation test at 5 %. Hollow: not told apart by these patients.")
    topics.table(views.evaluation.comparisons.table(rows), alt="Paired comparisons of models", notes=COLUMNS)
    topics.made_by(rows)
