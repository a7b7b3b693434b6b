"""Calibration and decisions: whether a probability means what it says, and what acting on it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.evaluation.decisions.prevalence import at_prevalence
from core.evaluation.rows import CalibrationScore, Coverage, NetBenefit, OperatingPoint, ReliabilityBin, Threshold
from core.results import Store
from dashboard import figures, views
from dashboard.pieces import parts, topics
from dashboard.views.evaluation.decisions import CALIBRATION_LABELS, READS
from dashboard.views.evaluation.shared import Answer, of_answer, stated
from dashboard.views.runs import Run

QUESTION = "Do probabilities mean what they say, and what is a decision worth?"
RELIABILITY_NOTE = (
    "Patients are put in bins of equal size by their predicted probability; a point on the dashed line means that the "
    "class was as common in the bin as predicted. Bars: 95 % intervals of the observed share (Wilson)."
)
POINT_NOTE = (
    "Each fold's threshold was chosen on inner parts of its own training patients, and met its test patients once. "
    "PPV and NPV depend on how common the class is: set the share that you expect in your own clinic."
)
BENEFIT_NOTE = (
    "Net benefit (Vickers and Elkin 2006): true positives less false positives, each false one weighed by the odds of "
    "the threshold probability, the risk from which on one would act. A model is worth using where it lies above both "
    "treating everyone and treating nobody."
)
COVERAGE_NOTE = (
    "For each patient the set of classes that fit them as well as they fit nearly all training patients of the class. "
    "One class in the set: decided. None or several: refer for the assay."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Whose probabilities are shown, of which class."""

    store: Store
    run: Run
    answer: Answer
    positive: str

    def table(self, name: str) -> pd.DataFrame:
        """Rows of one table of the evaluation about them."""
        found = of_answer(self.store.evaluation(name, self.run.name), self.answer)
        return found[found["positive"] == self.positive]

    def file(self, name: str) -> str:
        """What a CSV of them is called."""
        return f"{name}-{'-'.join(self.answer)}"


def render(store: Store, run: Run) -> None:
    """Everything about one answer: reliability, thresholds, net benefit; then who is referred, by every answer."""
    scores = store.evaluation("calibration", run.name)
    points = store.evaluation("operating_points", run.name)
    choice = scores if not scores.empty else points
    if choice.empty:
        topics.missing("Calibration, thresholds and net benefit were", store=store, run=run)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        answer = topics.answer(choice, key="decision-model")
        positive = topics.positive(choice, key="decision-class")
    asked = Asked(store=store, run=run, answer=answer, positive=positive)
    left, right = parts.pair("worth")
    with left:
        _reliability(asked)
    with right:
        _benefit(asked)
    _measures(asked)
    _points(asked)
    _coverage(asked)


def _reliability(asked: Asked) -> None:
    bins = asked.table("reliability")
    topics.section("Reliability", bins, name=asked.file("reliability"), run=asked.run, note=RELIABILITY_NOTE)
    kinds = views.evaluation.decisions.calibrations(stated(asked.table("calibration"), CalibrationScore)) or ("stored",)
    kind = (
        st.segmented_control(
            "Calibration",
            kinds,
            default=kinds[0],
            format_func=CALIBRATION_LABELS.__getitem__,
            key="decision-calibration",
            required=True,
            label_visibility="collapsed",
        )
        or kinds[0]
    )
    shown = stated(bins[bins["calibration"] == kind], ReliabilityBin)
    if not shown:
        topics.missing("Reliability was", store=asked.store, run=asked.run)
        return
    figure = figures.evaluation.decisions.reliability(shown, model=asked.answer[0], positive=asked.positive)
    told = "; ".join(f"predicted {one.predicted:.0%}, observed {one.observed:.0%}" for one in shown)
    parts.chart(
        figure, key="reliability", alt=f"Reliability of {views.evaluation.shared.answer_label(asked.answer)}. {told}"
    )
    st.caption(f"{views.evaluation.decisions.bins_in_words(shown)}, out of fold.")


def _measures(asked: Asked) -> None:
    table = asked.table("calibration")
    topics.section(
        "Measures of calibration",
        table,
        name=asked.file("calibration"),
        run=asked.run,
        note="Calibrators are fitted on inner parts of each fold's training patients, never on who is scored.",
    )
    scores = stated(table, CalibrationScore)
    if not scores:
        topics.missing("Measures of calibration were", store=asked.store, run=asked.run)
        return
    topics.table(views.evaluation.decisions.calibration_table(scores), alt="Calibration of each answer", notes=READS)
    for sentence in (
        *views.evaluation.decisions.by_chance(scores),
        *views.evaluation.shared.reasons(scores)[: topics.LINES],
    ):
        st.caption(sentence)


def _points(asked: Asked) -> None:
    table = asked.table("operating_points")
    topics.section(
        "Thresholds and what they reach", table, name=asked.file("operating-points"), run=asked.run, note=POINT_NOTE
    )
    points = stated(table, OperatingPoint)
    if not points:
        topics.missing("Operating points were", store=asked.store, run=asked.run)
        return
    left, right = parts.pair("points")
    with left:
        st.markdown(views.evaluation.decisions.rule_sentence(points, positive=asked.positive))
        cuts = stated(asked.table("thresholds"), Threshold)
        if cuts:
            told = views.evaluation.modalities.threshold_words(cuts)
            figure = figures.evaluation.decisions.thresholds(cuts, positive=asked.positive)
            parts.chart(figure, key="thresholds", alt=f"Thresholds of the folds: {told}")
            st.caption(f"Median of the folds and range: {told}.")
    with right:
        prevalence = _prevalence(points, positive=asked.positive)
        moved = at_prevalence(points, prevalence)
        topics.table(
            views.evaluation.decisions.point_table(points, moved, prevalence=prevalence), alt="Operating points"
        )


def _prevalence(points: Sequence[OperatingPoint], *, positive: str) -> float:
    own = views.evaluation.decisions.own_prevalence(points)
    asked = st.number_input(
        f"Share of {positive} in your own clinic, in per cent",
        min_value=0.1,
        max_value=99.9,
        value=min(max(round(100 * own, 1), 0.1), 99.9),
        step=1.0,
        format="%.1f",
        key=f"prevalence-{positive}",
        help="At first that of this cohort. Sensitivity and specificity are taken to stay the same, which a clinic "
        "with another mix of patients may not grant.",
        width=340,
    )
    return asked / 100


def _benefit(asked: Asked) -> None:
    table = asked.table("net_benefit")
    topics.section("Decision curve", table, name=asked.file("net-benefit"), run=asked.run, note=BENEFIT_NOTE)
    rows = stated(table, NetBenefit)
    if not rows:
        topics.missing("Net benefit was", store=asked.store, run=asked.run)
        return
    sentence = views.evaluation.decisions.net_benefit_range(rows)
    figure = figures.evaluation.decisions.net_benefit(rows, model=asked.answer[0])
    parts.chart(figure, key="net-benefit", alt=f"Decision curve. {sentence}")
    st.caption(sentence)


def _coverage(asked: Asked) -> None:
    store, run = asked.store, asked.run
    table = store.evaluation("coverage", run.name)
    topics.section("When to refer for the assay", table, name="coverage", run=run, note=COVERAGE_NOTE)
    if table.empty:
        topics.missing("Conformal sets were", store=store, run=run)
        return
    rows = stated(of_answer(table, asked.answer), Coverage)
    if rows:
        topics.forest(
            views.evaluation.decisions.coverage_lines(rows, model=asked.answer[0]),
            key="coverage",
            alt="How often the set holds the true class",
            x=f"Sets of {views.evaluation.shared.answer_label(asked.answer)} that hold the true class",
            reference=rows[0].wanted,
            reference_name=f"wanted: {rows[0].wanted:.0%}",
        )
    topics.table(
        views.evaluation.decisions.referral_table(stated(table, Coverage)), alt="Referred patients and coverage"
    )
    abstentions = store.evaluation("abstentions", run.name)
    parts.csv_button(abstentions, label="Who is referred (CSV)", name=f"acinus-{run.name}-abstentions.csv")
    topics.made_by(rows)
