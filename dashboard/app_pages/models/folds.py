"""Folds: how much a model's value hangs on which patients it was tested on."""

import streamlit as st

from core.evaluation import METRICS
from dashboard import figures, views
from dashboard.app_pages.models.scene import Scene
from dashboard.app_pages.models.scores import chosen_metric
from dashboard.pieces import parts


def render(scene: Scene) -> None:
    """The pooled value with its interval, and beside it each fold with its own."""
    metric = chosen_metric()
    label = METRICS[metric].label
    rows = views.models.intervals(scene.store.scores(scene.names), metric=metric)
    if not rows:
        st.info(f"{label} was not computed for any model.")
        return
    parts.section(
        f"{label} of each fold beside the pooled value",
        note="A fold holds few patients, so its value jumps and its 95 % interval is wide. Folds whose intervals do "
        "not meet say that the result hangs on who was tested.",
    )
    st.caption("Mark: one fold, with its 95 % interval. Line: all folds pooled, as on the board.")
    runs = dict.fromkeys(row.run for row in rows)
    if len(runs) > 1:
        marks = zip(runs, figures.folds.RUN_MARKS, strict=False)
        st.caption("; ".join(f"{mark}: {parts.escaped(run)}" for run, mark in marks) + ".")
    parts.chart(figures.folds.folds(rows, metric=label), key="folds", alt=f"{label} of each fold and pooled")
    table = views.models.fold_table(rows)
    notes = {
        "Pooled": "All folds' patients scored together, with the 95 % interval.",
        "Mean of folds": "Plain mean of the folds' values.",
        "Spread of folds": "Standard deviation of the folds' values; no interval can be told from it.",
    }
    config = {name: st.column_config.TextColumn(name, help=note) for name, note in notes.items()}
    height = "content" if len(table) <= 18 else 660
    st.dataframe(table, hide_index=True, height=height, column_config=config, key="fold-table")
    st.caption("Folds are counted from one; with repeats, fold 2.3 is the third fold of the second repeat.")
