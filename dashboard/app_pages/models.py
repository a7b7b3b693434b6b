"""Models: how well do they do, with which certainty, and does fusion add anything."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evaluation import METRICS
from core.results import Store
from dashboard import figures, parts, views
from dashboard.app_pages.evaluations import pieces
from dashboard.views.runs import Run
from dashboard.wording import MODEL_NOTES, listed

PAPER_WARNING = (
    "**paper** is kept as a warning example: its attention has a single key, so its output cannot depend on the image. "
    "Whatever it scores, it scores from the genes alone."
)


def render(store: Store) -> None:
    """The chosen runs, compared."""
    bar = parts.heading(
        "Models", question="How well does each model tell the classes apart, and does fusing both modalities help?"
    )
    runs = views.runs.runs(store.runs())
    if not runs:
        parts.no_runs()
        return
    chosen = _chosen(bar, runs)
    if not chosen:
        st.info("Choose at least one run with scores.")
        return
    names = [run.name for run in chosen]
    scores = store.scores(names)
    _notices(chosen)
    _banners(store, chosen)
    _scores(scores)
    metric = _metric()
    _comparison(scores, pd.concat([store.differences(name) for name in names]), metric=metric)
    tables = {name: views.predictions.pooled(store.predictions(name)) for name in names}
    _curves(tables, chosen[0].classes)
    _confusions(tables, chosen[0].classes)
    _modes(scores, metric=metric)
    _records(chosen)


def _chosen(bar: DeltaGenerator, runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The finished runs that are chosen and have the same classes."""
    finished = [run.name for run in runs if run.finished]
    with bar:
        badge = st.container(width="content")
        names = st.multiselect(
            "Runs", finished, default=finished[:1], key="runs", bind="query-params", max_selections=6, width=420
        )
        chosen = tuple(run for run in runs if run.name in names)
    with badge:
        parts.synthetic_badge(any(run.synthetic for run in chosen))
    for run in runs:
        if not run.finished:
            st.caption(f":material/hourglass_top: {run.name} is not finished: {run.progress}.")
    kept = views.runs.comparable(chosen)
    if len(kept) < len(chosen):
        left_out = listed([run.name for run in chosen if run not in kept])
        st.warning(f"Left out, because their classes are not those of the first run: {left_out}.")
    return kept


def _notices(runs: tuple[Run, ...]) -> None:
    for note in views.runs.encoder_notes(runs):
        st.warning(note, icon=":material/casino:")
    different = views.runs.differing_patients(runs)
    if different:
        st.warning(different, icon=":material/compare_arrows:")


def _banners(store: Store, runs: tuple[Run, ...]) -> None:
    """What the split certificate and the modality audit say against these numbers, each run by its name."""
    for run in runs:
        tables = (store.evaluation(name, run.name) for name in ("findings", "modality_effects", "modality_checks"))
        for found in views.evaluation.banners(run, *tables, named=len(runs) > 1):
            pieces.banner(found)


def _scores(scores: pd.DataFrame) -> None:
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
        height="content",
        column_config=config | {"Model": st.column_config.TextColumn(help=notes, pinned=True)},
    )
    st.caption(f"{views.models.patient_counts(scores)}, each scored by the fold that did not train on them.")
    for sentence in views.models.not_computed(scores):
        st.caption(f":material/info: not computed: {sentence}")
    if (scores["model"] == "paper").any():
        st.warning(PAPER_WARNING, icon=":material/warning:")


def _metric() -> str:
    return (
        st.segmented_control(
            "Metric of the charts below",
            list(METRICS),
            default="auroc",
            format_func=lambda name: METRICS[name].label,
            key="metric",
            required=True,
            help="\n\n".join(f"**{metric.label}**: {metric.sentence}" for metric in METRICS.values()),
        )
        or "auroc"
    )


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


def _curves(tables: Mapping[str, pd.DataFrame], classes: tuple[str, ...]) -> None:
    parts.section("Curves over all thresholds", note="Pooled out-of-fold predictions, each model in its main mode.")
    present = views.predictions.model_order(model for table in tables.values() for model in table["model"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        models = st.pills("Models", present, selection_mode="multi", default=present, key="curve-models")
        positive = views.models.positive_default(classes)
        if len(classes) > 2:
            positive = classes.index(st.selectbox("Class against the rest", classes, width=260))
    rows = views.models.curves(tables, models=models or [], positive=positive)
    if not rows:
        st.info("Choose at least one model.")
        return
    prevalence = views.models.prevalence(tables, positive=positive)
    left, right = parts.pair("curves")
    with left:
        st.markdown(f"**ROC**: finding *{classes[positive]}*")
        parts.chart(figures.models.curves(rows, kind="roc", prevalence=prevalence), key="roc", alt="ROC curves")
    with right:
        st.markdown(f"**Precision and recall**: finding *{classes[positive]}*, {prevalence:.0%} of the patients")
        parts.chart(
            figures.models.curves(rows, kind="pr", prevalence=prevalence), key="pr", alt="Precision-recall curves"
        )


def _confusions(tables: Mapping[str, pd.DataFrame], classes: tuple[str, ...]) -> None:
    parts.section(
        "Decisions against the truth",
        note="Each patient is given their most probable class. Patients, and their share of the true class (row).",
    )
    for name, table in tables.items():
        if len(tables) > 1:
            st.markdown(f"**{name}**")
        rows = views.models.confusions(table, classes=classes)
        parts.chart(figures.models.confusions(rows), key=f"confusions-{name}", alt=f"Confusion matrices of {name}")


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


def _records(runs: tuple[Run, ...]) -> None:
    if len(runs) > 1:
        parts.section("What differs between these runs")
        different = views.runs.setting_differences(runs)
        if different.empty:
            st.caption("Their settings are the same.")
        else:
            st.dataframe(different, hide_index=True)
    parts.section("Record", note="Enough to repeat the run.")
    for run in runs:
        with st.expander(f"{run.name}: configuration, seed, commit, versions, hardware"):
            left, right = st.columns(2)
            left.dataframe(views.runs.two_columns(run.facts, names="Record"), hide_index=True)
            right.dataframe(views.runs.two_columns(run.settings, names="Setting"), hide_index=True)
