"""Survival: whether the classes differ in what became of the patients, and whether a model adds to age and stage."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation.rows import SurvivalFinding, SurvivalPoint
from core.results import Store
from dashboard import figures, views
from dashboard.pieces import parts, topics
from dashboard.views.evaluation.shared import stated
from dashboard.views.evaluation.survival import CONCORDANCE, TRUE_CLASS
from dashboard.views.runs import Run

QUESTION = "Does the class tell what becomes of the patients?"
COX_NOTE = (
    "Hazard ratios of one Cox model: class against the first class, age by decade and stage. The last column tests "
    "whether each ratio is the same at all times (Schoenfeld residuals): small p speaks against it."
)
CONCORDANCE_NOTE = (
    "Chance that of two patients the one with the higher risk has the event first; 0.5 is guessing. Cox models of age "
    "and stage, with and without the model's log-odds, are fitted on training patients and rank test patients."
)


def render(store: Store, run: Run) -> None:
    """Curves by true and by predicted class side by side, Cox model, C-index."""
    points, findings = store.evaluation("survival_curves", run.name), store.evaluation("survival", run.name)
    if points.empty:
        st.info(
            "No survival: the clinical table of this cohort states no follow-up (`time`, `event`).",
            icon=":material/info:",
        )
        if findings.empty:
            topics.missing("Or it was", store=store, run=run)
        return
    rows, numbers = stated(points, SurvivalPoint), stated(findings, SurvivalFinding)
    deciders = views.evaluation.survival.deciders(rows)
    topics.section("Kaplan-Meier curves", points, name="survival-curves", run=run, note="Bands: 95 % interval.")
    model = _decider(deciders)
    sides = (TRUE_CLASS, *([model] if model else []))
    for column, by in zip(parts.pair("curves"), sides, strict=False):
        with column:
            _curves(rows, numbers, by=by, run=run)
    _cox(numbers, sides=sides)
    topics.section("What each model adds to age and stage", findings, name="survival", run=run, note=CONCORDANCE_NOTE)
    table = views.evaluation.survival.concordance_table(numbers)
    if table.empty:
        topics.missing("C-indices were", store=store, run=run)
    else:
        topics.table(table, alt="Concordance of each answer with follow-up")
        topics.made_by([one for one in numbers if one.metric.startswith(CONCORDANCE)])


def _decider(deciders: Sequence[str]) -> str | None:
    if not deciders:
        return None
    return (
        st.segmented_control("Predicted class of", deciders, default=deciders[0], key="survival-model", required=True)
        or deciders[0]
    )


def _curves(rows: Sequence[SurvivalPoint], numbers: Sequence[SurvivalFinding], *, by: str, run: Run) -> None:
    st.markdown(_side(by))
    found = views.evaluation.survival.curves(rows, by=by, classes=run.classes)
    test = views.evaluation.survival.log_rank(numbers, by=by)
    parts.chart(
        figures.cohort.survival(found, classes=run.classes),
        key=f"survival-{'true' if by == TRUE_CLASS else 'predicted'}",
        alt=f"Kaplan-Meier curves by {by}; {test}",
    )
    st.caption(f"{test[:1].upper()}{test[1:]}.")


def _side(by: str) -> str:
    return "**By true class**" if by == TRUE_CLASS else f"**By the class that {by} predicted, out of fold**"


def _cox(numbers: Sequence[SurvivalFinding], *, sides: Sequence[str]) -> None:
    parts.section("Hazard ratios, adjusted for age and stage", note=COX_NOTE)
    for column, by in zip(parts.pair("hazards"), sides, strict=False):
        lines = views.evaluation.survival.hazard_lines(numbers, by=by)
        with column:
            st.markdown(_side(by))
            if not lines:
                st.info(f"Not computed by {by}.", icon=":material/info:")
                continue
            topics.forest(
                lines,
                key=f"hazards-{'true' if by == TRUE_CLASS else 'predicted'}",
                alt=f"Hazard ratios, class by {by}",
                x="Hazard ratio (log scale)",
                reference=1,
                logarithmic=True,
            )
            if any(line.value is not None for line in lines):
                topics.table(views.evaluation.survival.cox_table(numbers, by=by), alt=f"Hazard ratios, by {by}")
