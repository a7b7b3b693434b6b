"""Modalities: whether a model that is shown tissue and genes uses both."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation.modality_audit import silent
from core.evaluation.rows import CalibrationScore, ModalityCheck, ModalityEffect, OperatingPoint, Threshold
from core.results import Store
from core.types import Score
from dashboard import views
from dashboard.pieces import topics
from dashboard.views.evaluation.modalities import Evidence
from dashboard.views.evaluation.shared import Banner, stated
from dashboard.views.runs import Run

QUESTION = "Does each model use both tissue and genes?"
EFFECT_NOTE = (
    "A modality is taken away at test time, from a model that was trained with both: exchanged between patients, or "
    "put at the training mean for everyone. What is lost is the least that it contributes: what both modalities know "
    "is lost with neither."
)
CHECK_NOTE = (
    "Whether the output can depend on a modality at all, and whether attention tells tiles apart. A share of the "
    "gradient says that a modality is used, not how much: it also grows with the number of inputs."
)


def render(store: Store, run: Run) -> None:
    """What is lost without a modality, what a look inside says, and the model with one modality alone."""
    effects, checks = store.evaluation("modality_effects", run.name), store.evaluation("modality_checks", run.name)
    lost, looks = stated(effects, ModalityEffect), stated(checks, ModalityCheck)
    said = silent(lost, looks)
    if said:
        topics.banner(Banner(tone="amber", text=views.evaluation.shared.bullets(said)))
    elif lost:
        topics.banner(Banner(tone="green", text="Every model that is shown both modalities is shown to use both."))
    topics.section("What is lost without a modality", effects, name="modality-effects", run=run, note=EFFECT_NOTE)
    if lost:
        _effects(lost)
    else:
        topics.missing("What models lose without a modality was", store=store, run=run)
    topics.section("A look inside", checks, name="modality-checks", run=run, note=CHECK_NOTE)
    if looks:
        st.markdown(views.evaluation.shared.bullets(views.evaluation.modalities.check_lines(looks)))
    else:
        topics.missing("A look inside the models was", store=store, run=run)
    _modes(store, run)


def _effects(rows: Sequence[ModalityEffect]) -> None:
    topics.forest(
        views.evaluation.modalities.effect_lines(rows),
        key="effects",
        alt="What each model loses without tissue or genes",
        x=f"Loss of {views.evaluation.shared.metric_label(rows[0].metric)}",
        reference=0,
        reference_name="nothing lost",
    )
    st.caption("Filled: the interval lies above 0, so the model is shown to use the modality. Hollow: not shown to.")
    with st.expander("As a table"):
        topics.table(views.evaluation.modalities.effect_table(rows), alt="What each modality adds")
    topics.made_by(rows)


def _modes(store: Store, run: Run) -> None:
    scores = store.scores([run.name])
    several = views.evaluation.modalities.with_modes(views.evaluation.shared.answers(scores))
    for model in several:
        topics.section(
            f"{model} when one modality is missing",
            scores[scores["model"] == model],
            name=f"modes-{model}",
            run=run,
            note="One set of weights, asked three times about the same patients. Each mode has its own threshold and "
            "its own calibration, chosen and fitted on inner parts of training.",
        )
        evidence = Evidence(
            scores=stated(scores, Score),
            thresholds=stated(store.evaluation("thresholds", run.name), Threshold),
            points=stated(store.evaluation("operating_points", run.name), OperatingPoint),
            calibration=stated(store.evaluation("calibration", run.name), CalibrationScore),
        )
        shown = views.evaluation.modalities.modes_table(model, views.evaluation.shared.answers(scores), evidence)
        topics.table(shown, alt=f"Scores of {model} in each mode")
    if not several:
        st.caption("No model of this run answers with one modality missing.")
