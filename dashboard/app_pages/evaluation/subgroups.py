"""Subgroups: for whom a model works."""

import streamlit as st

from core.evaluation.rows import SubgroupScore
from core.results import Store
from core.types import Score
from dashboard import views
from dashboard.pieces import topics
from dashboard.views.evaluation.shared import stated
from dashboard.views.runs import Run

QUESTION = "For whom does it work?"


def render(store: Store, run: Run) -> None:
    """One forest plot over all groups of the chosen model and metric."""
    table = store.evaluation("subgroups", run.name)
    if table.empty:
        topics.missing("Subgroups were", store=store, run=run)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        answer = topics.answer(table, key="subgroup-model")
        metric = topics.metric(table, key="subgroup-metric")
    topics.meaning(metric)
    label = views.evaluation.shared.metric_label(metric)
    mine = views.evaluation.shared.of_answer(table, answer)
    rows = stated(mine[mine["metric"] == metric], SubgroupScore)
    whole = views.evaluation.shared.pooled_score(stated(store.scores([run.name]), Score), answer, metric=metric)
    overall = None if whole is None else whole.value
    topics.section(
        f"{label} of {views.evaluation.shared.answer_label(answer)} by group",
        mine,
        name=f"subgroups-{answer[0]}-{answer[1]}",
        run=run,
        note="Out of fold, with 95 % intervals; the number of patients in brackets. Groups too small to say anything, "
        "or in which patients might be recognised, are not shown.",
    )
    topics.forest(
        views.evaluation.subgroups.lines(rows),
        key="subgroups",
        alt=f"{label} by group",
        x=label,
        reference=overall,
        reference_name="" if overall is None else f"everyone: {overall:.3f}",
    )
    apart = views.evaluation.subgroups.apart(rows, overall=overall)
    if apart:
        st.markdown(
            f"Groups whose interval leaves out the value of everyone, among {len(rows)} looked at:\n"
            + "\n".join(("", *(f"- {line}" for line in apart)))
        )
        st.caption("Of twenty groups that do not differ at all, one is expected here by chance.")
    else:
        st.caption("No group's interval leaves out the value of everyone.")
    with st.expander("All groups as a table"):
        topics.table(views.evaluation.subgroups.table(rows), alt="The metric in each subgroup")
