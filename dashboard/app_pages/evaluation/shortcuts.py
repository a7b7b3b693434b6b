"""Shortcuts: what a few inputs alone tell of the class."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.evaluation.rows import ControlScore
from core.results import Store
from core.types import Score
from dashboard import figures, views
from dashboard.pieces import parts, topics
from dashboard.views.evaluation.shared import stated
from dashboard.views.runs import Run

QUESTION = "Could the score come from a shortcut?"
LADDER_NOTE = (
    "PAM50 classes are computed from 50 genes, so a model that sees them repeats a formula. Each rung takes more of "
    "the genes away that define the class; random genes tell how much any gene knows. Logistic regression, out of fold."
)
CONFOUNDER_NOTE = (
    "Logistic regression on the site and on how slides were made, without any biology. An image model that does no "
    "better may have learned nothing else. Inputs that name the site cannot help at sites that are kept apart."
)
SITE_NOTE = "Logistic regression, fitted anew without each site in turn and asked about the patients of that site."


def render(store: Store, run: Run) -> None:
    """The ladder, confounders beside the image model, and each site left out in turn."""
    table = store.evaluation("controls", run.name)
    if table.empty:
        topics.missing("Controls (circularity ladder, confounders, left-out sites) were", store=store, run=run)
        return
    rows = stated(table, ControlScore)
    metric = topics.metric(table, key="controls-metric")
    topics.meaning(metric)
    _ladder(rows, table, run=run, metric=metric)
    _confounders(rows, table, store=store, run=run, metric=metric)
    _sites(rows, table, run=run, metric=metric)


def _ladder(rows: Sequence[ControlScore], table: pd.DataFrame, *, run: Run, metric: str) -> None:
    label = views.evaluation.shared.metric_label(metric)
    topics.section("Circularity ladder", _family(table, "ladder"), name="ladder", run=run, note=LADDER_NOTE)
    found = views.evaluation.shortcuts.ladders(rows, metric=metric, outcome=run.outcome)
    if not found:
        st.info("No ladder: it needs gene expression with genes of the PAM50 panel.", icon=":material/info:")
        return
    told = "; ".join(f"{rung.label}: {rung.words}" for rung in found[0].rungs)
    parts.chart(
        figures.evaluation.shortcuts.ladder(found, metric=label),
        key="ladder",
        alt=f"{label} by rung of the ladder. {told}",
    )
    st.caption(
        "Bars: 95 % interval over patients; for random genes, the range of 95 % of the drawn sets. "
        "Read from the left: what is left of the score once the defining genes are gone."
    )
    notes = views.evaluation.shortcuts.rung_notes(found)
    if notes:
        st.caption(f"What this table allowed: {'; '.join(notes)}.")


def _confounders(rows: Sequence[ControlScore], table: pd.DataFrame, *, store: Store, run: Run, metric: str) -> None:
    label = views.evaluation.shared.metric_label(metric)
    topics.section(
        "Confounders beside the image model",
        _family(table, "confounder"),
        name="confounders",
        run=run,
        note=CONFOUNDER_NOTE,
    )
    scores = stated(store.scores([run.name]), Score)
    lines = views.evaluation.shortcuts.confounder_lines(
        rows, scores, metric=metric, target=run.outcome, outcome=run.outcome
    )
    if not lines:
        st.info("No confounder was asked: it needs more than one site, or slides.", icon=":material/info:")
        return
    topics.forest(
        lines,
        key="confounders",
        alt=f"{label} of confounders and of the image model",
        x=label,
        reference=0.5 if metric == "auroc" else None,
        reference_name="guessing" if metric == "auroc" else "",
    )
    sentence = views.evaluation.shortcuts.near_image(rows, scores, outcome=run.outcome)
    if sentence:
        st.markdown(sentence)


def _sites(rows: Sequence[ControlScore], table: pd.DataFrame, *, run: Run, metric: str) -> None:
    label = views.evaluation.shared.metric_label(metric)
    topics.section(
        "Each site left out in turn", _family(table, "left-out site"), name="left-out-sites", run=run, note=SITE_NOTE
    )
    modalities = views.evaluation.shortcuts.modalities(rows)
    if not modalities:
        st.info("No site was left out: the cohort has one site, or too few patients at each.", icon=":material/info:")
        return
    chosen = (
        st.segmented_control(
            "Inputs",
            modalities,
            default=modalities[0],
            format_func=views.evaluation.shortcuts.modality_label,
            key="site-modality",
            required=True,
        )
        or modalities[0]
    )
    lines = views.evaluation.shortcuts.site_lines(rows, metric=metric, target=run.outcome, modality=chosen)
    together = next((line.value for line in lines if line.label.startswith("all sites")), None)
    topics.forest(
        lines,
        key="left-out-sites",
        alt=f"{label} of each site left out",
        x=label,
        reference=together,
        reference_name="" if together is None else "all sites",
    )


def _family(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[table["family"] == name]
