"""Scores: how well every model of the chosen runs does, and whether fusion adds anything."""

import pandas as pd
import streamlit as st

from core.evaluation import METRICS
from dashboard import figures, views
from dashboard.app_pages.models.scene import Scene
from dashboard.pieces import parts
from dashboard.words.wording import MODEL_NOTES

PAPER_WARNING = (
    "**paper** is kept as a warning example: its attention has a single key, so its output cannot depend on the image. "
    "Whatever it scores, it scores from the genes alone."
)


def render(scene: Scene) -> None:
    """Table, intervals, the evaluation's own comparisons, and the fused model without one modality."""
    scores = scene.store.scores(scene.names)
    _table(scores)
    metric = chosen_metric()
    differences = pd.concat([scene.store.differences(name) for name in scene.names])
    _comparison(scores, differences, metric=metric)
    _modes(scores, metric=metric)


def chosen_metric() -> str:
    """The metric that charts show."""
    return (
        st.segmented_control(
            "Metric of the charts",
            list(METRICS),
            default="auroc",
            format_func=lambda name: METRICS[name].label,
            key="metric",
            bind="query-params",
            required=True,
            help="\n\n".join(f"**{metric.label}**: {metric.sentence}" for metric in METRICS.values()),
        )
        or "auroc"
    )


def _table(scores: pd.DataFrame) -> None:
    parts.section(
        "Scores with 95 % intervals",
        note="Every patient is scored once, by the fold that did not train on them; all folds pooled. "
        "Interval: percentile bootstrap over patients, stratified by class.",
    )
    table = views.models.score_table(scores)
    config = {
        metric.label: st.column_config.TextColumn(metric.label, help=metric.sentence) for metric in METRICS.values()
    }
    notes = "\n\n".join(f"{model}: {note}" for model, note in MODEL_NOTES.items())
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= 18 else 660,
        column_config=config | {"Model": st.column_config.TextColumn(help=notes, pinned=True)},
        key="scores",
    )
    st.caption(f"{views.models.patient_counts(scores)}, each scored by the fold that did not train on them.")
    for sentence in views.models.not_computed(scores):
        st.caption(f":material/info: not computed: {sentence}")
    if (scores["model"] == "paper").any():
        st.warning(PAPER_WARNING, icon=":material/warning:")


def _comparison(scores: pd.DataFrame, differences: pd.DataFrame, *, metric: str) -> None:
    label = METRICS[metric].label
    left, right = parts.pair("comparison")
    with left:
        parts.section(f"{label} by model", note=METRICS[metric].sentence)
        rows = views.models.intervals(scores, metric=metric)
        if rows:
            parts.chart(figures.models.forest(rows, metric=label), key="forest", alt=f"{label} of each model")
        else:
            st.info(f"{label} was not computed for any model.")
    with right:
        parts.section(
            "Does fusion help?",
            note="Both models are scored on the same resampled patients. An interval that contains 0 means that these "
            "patients cannot tell the two models apart.",
        )
        compared = views.models.comparisons(differences, metric=metric)
        if not compared:
            st.info("Not computed: a comparison needs the fused model and at least one other in the same run.")
            return
        parts.chart(figures.models.differences(compared, metric=label), key="differences", alt="Fused minus each model")
        st.markdown("\n".join(f"- {line}" for line in views.models.sentences(compared)))


def _modes(scores: pd.DataFrame, *, metric: str) -> None:
    rows = views.models.mode_intervals(scores, metric=metric)
    if not rows:
        return
    parts.section(
        "The fused model when one modality is missing",
        note="One set of weights, asked three times about the same patients: with both modalities, without the genes, "
        "and without the slide.",
    )
    label = METRICS[metric].label
    parts.chart(figures.models.forest(rows, metric=label), key="modes", alt=f"{label} of the fused model by modality")
