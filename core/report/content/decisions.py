"""Thresholds and what they reach, predictive values, and when a model refers instead of answering."""

from collections.abc import Sequence

from core.evaluation import is_main
from core.evaluation.decisions.prevalence import at_prevalence
from core.evaluation.rows import Coverage, OperatingPoint, Threshold
from core.report.content.assembling import absent, grouped, measured, pivoted, some, spread
from core.report.document import Cell, Column, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.wording import answer_name, counted, model_name

PREVALENCES = (0.1, 0.2, 0.3, 0.5)
"""Of the positive class, at which predictive values are stated beside those of the study."""


def operating(findings: Findings) -> Section:
    """Sensitivity, specificity and predictive values at thresholds chosen without the test patients."""
    title = "Thresholds and operating points"
    points = [one for one in findings.of(OperatingPoint) if is_main(one.model, one.mode)]
    if not points:
        return absent(title, "the run has no evaluation of thresholds")
    text = (
        "Each fold's threshold was chosen on inner parts of its training patients; the test patients were then called "
        "by it once. Sensitivity and specificity are pooled over all test folds. PPV and NPV depend on how common the "
        "class is: in this study first, then where another share of patients has it."
    )
    return Section(
        title=title,
        blocks=some(Paragraph(text=text), _points(points), _elsewhere(points), _thresholds(findings.of(Threshold))),
    )


def _points(points: Sequence[OperatingPoint]) -> Table:
    common = dict.fromkeys((one.positive, one.value, one.n) for one in points if one.metric == "prevalence")
    return pivoted(
        points,
        name="operating_points",
        title="What the chosen thresholds reach out of fold, at the prevalence of this study.",
        heads=("Model", "Positive class", "Rule"),
        key=lambda one: (model_name(one.model), one.positive, one.rule),
        metrics=("sensitivity", "specificity", "ppv", "npv"),
        notes=tuple(
            f"Prevalence of {positive} in this study: {100 * value:.1f} %, {counted(n, 'patient')}."
            for positive, value, n in common
            if value is not None
        ),
    )


def _elsewhere(points: Sequence[OperatingPoint]) -> Table | None:
    """Two models only: a reader with another prevalence needs the one in question and the way to compute the others."""
    own = [one for one in points if one.model in ("fused", "image")]
    if {"sensitivity", "specificity"} - {one.metric for one in own}:
        return None
    rows = [
        (one, prevalence)
        for prevalence in PREVALENCES
        for one in at_prevalence(own, prevalence)
        if one.metric in ("ppv", "npv")
    ]
    names = {(one.model, one.positive, one.rule) for one, _ in rows}
    assert names, "operating points have predictive values"
    moved = {id(one): prevalence for one, prevalence in rows}
    return pivoted(
        [one for one, _ in rows],
        name="predictive_values",
        title="Predictive values where another share of patients is of the positive class.",
        heads=("Model", "Positive class", "Prevalence"),
        key=lambda one: (model_name(one.model), one.positive, f"{100 * moved[id(one)]:.0f} %"),
        metrics=("ppv", "npv"),
        notes=("Holds where sensitivity and specificity are those of this study, which another clinic may not grant.",),
    )


def _thresholds(rows: Sequence[Threshold]) -> Table | None:
    made: list[tuple[Cell, ...]] = []
    for (model, positive, rule), own in grouped(
        [one for one in rows if is_main(one.model, one.mode)], lambda one: (one.model, one.positive, one.rule)
    ).items():
        values = [one.value for one in own]
        middle = spread(values, how="median of the folds").value
        made.append((model_name(model), positive, rule, len(values), min(values), middle, max(values)))
    if not made:
        return None
    heads = ("Model", "Positive class", "Rule", "Folds", "Least", "Median", "Largest")
    return Table(
        name="thresholds",
        title="Chosen thresholds from fold to fold.",
        columns=tuple(Column(head=head) for head in heads),
        rows=tuple(made),
    )


def abstention(findings: Findings) -> Section:
    """Conformal sets: how often they hold the truth, and how often the answer is to refer."""
    title = "Abstention"
    rows = findings.of(Coverage)
    if not rows:
        return absent(title, "the run has no conformal sets")
    text = (
        "Each patient gets a set of classes, made so that a stated share of sets holds the truth. A patient whose set "
        "holds exactly one class is decided; the others are referred. Coverage is told for each true class too, since "
        "a rare class may be missed while the whole looks well."
    )
    table = measured(
        rows,
        name="coverage",
        title="Conformal sets out of fold.",
        value="Coverage",
        before=(
            ("Model", lambda one: answer_name(one.model, one.mode, main=is_main(one.model, one.mode))),
            ("True class", lambda one: one.group),
            ("Wanted", lambda one: one.wanted),
        ),
        after=(
            (Column(head="Decided", form="percent"), lambda one: one.decided),
            (Column(head="Accuracy of the decided"), lambda one: one.accuracy),
        ),
    )
    return Section(title=title, blocks=(Paragraph(text=text), table))
