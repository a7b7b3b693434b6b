"""What the Evaluation page shows of probabilities and decisions: calibration, thresholds, net benefit, referral."""

from collections.abc import Sequence

import pandas as pd

from core.evaluation.decisions.calibrators import CALIBRATIONS
from core.evaluation.rows import (
    CalibrationName,
    CalibrationScore,
    Coverage,
    NetBenefit,
    OperatingPoint,
    ReliabilityBin,
)
from dashboard.views.evaluation.shared import Line, answer_label, cell, metric_label
from dashboard.views.predictions import model_place
from dashboard.words import measures
from dashboard.words.wording import NOT_COMPUTED, counted, percent

CALIBRATION_LABELS: dict[CalibrationName, str] = {
    "stored": "as the run answers",
    "none": "uncalibrated",
    "temperature": "temperature",
    "isotonic": "isotonic",
}
MEASURES = {
    "ece": ("ECE", "Expected calibration error: mean gap of predicted and observed over bins; 0 is perfect"),
    "brier": ("Brier score", "0 is perfect; lower is better"),
    "slope": ("Slope", "1 is right; below 1: too extreme, above 1: too timid"),
    "intercept": ("Intercept", "0 is right; below 0: the class is predicted too often"),
    "reliability": ("Reliability", "Part of the Brier score: 0 is perfect"),
    "resolution": ("Resolution", "Part of the Brier score: higher is better"),
    "uncertainty": ("Uncertainty", "Part of the Brier score: fixed by the share of the class"),
    "remainder": ("Remainder", "Part of the Brier score: spread within bins"),
}
"""Measures of calibration in the order of the table, each with what it says."""
READS = dict(MEASURES.values())
"""What each column of the table of calibration says."""
POINTS = ("sensitivity", "specificity", "ppv", "npv", "prevalence")


def calibration_table(rows: Sequence[CalibrationScore]) -> pd.DataFrame:
    """One row a calibration, one column a measure."""
    cells = {(one.calibration, one.metric): cell(one) for one in rows}
    measures = [name for name in MEASURES if any(metric == name for _, metric in cells)]
    return pd.DataFrame(
        [
            {
                "Calibration": label,
                **{MEASURES[name][0]: cells.get((kind, name), NOT_COMPUTED) for name in measures},
            }
            for kind, label in CALIBRATION_LABELS.items()
            if any(one == kind for one, _ in cells)
        ]
    )


def calibrations(rows: Sequence[CalibrationScore]) -> tuple[CalibrationName, ...]:
    """Kinds that have a number."""
    there = {one.calibration for one in rows if one.value is not None}
    return tuple(kind for kind in CALIBRATIONS if kind in there)


def bins_in_words(bins: Sequence[ReliabilityBin]) -> str:
    """How many patients the bins hold."""
    sizes = sorted(one.n for one in bins)
    if not sizes:
        return ""
    size = f"{sizes[0]}" if sizes[0] == sizes[-1] else f"{sizes[0]} to {sizes[-1]}"
    return f"{counted(len(sizes), noun='bin')} of {size} patients"


def point_table(rows: Sequence[OperatingPoint], moved: Sequence[OperatingPoint], *, prevalence: float) -> pd.DataFrame:
    """What the thresholds reach in this cohort and where the class is as common as `prevalence`."""
    here, there = ({one.metric: one for one in some} for some in (rows, moved))
    return pd.DataFrame(
        [
            {
                "": metric_label(name),
                "In this cohort": cell(here[name]),
                f"Where {percent(prevalence, whole=1)} have it": cell(there[name]),
                measures.SAYS: measures.sentence(name),
            }
            for name in POINTS
            if name in here and name in there
        ]
    )


def rule_sentence(points: Sequence[OperatingPoint], *, positive: str) -> str:
    """How the thresholds were chosen."""
    rule = points[0].rule
    if rule == "youden":
        return (
            f"Rule: sensitivity + specificity for *{positive}* as large as can be (Youden), on inner parts of training."
        )
    return f"Rule: {rule} for *{positive}*, the other as large as can be, on inner parts of training."


def own_prevalence(points: Sequence[OperatingPoint]) -> float:
    """Share of the class in the cohort; one half where it is not known."""
    found = next((one.value for one in points if one.metric == "prevalence"), None)
    return 0.5 if found is None else found


def by_chance(rows: Sequence[CalibrationScore]) -> tuple[str, ...]:
    """What the calibration error would be by chance, where the evaluation says so: a small cohort shows one always."""
    told = next((one.how for one in rows if one.metric == "ece" and one.calibration == "stored"), "")
    return tuple(f"Calibration error: {part}." for part in told.split("; ") if "by chance" in part)


def net_benefit_range(rows: Sequence[NetBenefit]) -> str:
    """At which threshold probabilities acting on the model is worth more than the better of all and nobody."""
    better = [one.threshold for one in rows if one.low > max(one.treat_all, 0.0)]
    if not better:
        return "At no threshold is the model shown to be worth more than treating everyone or nobody."
    return (
        f"The interval lies above treating everyone and treating nobody at {len(better)} of {len(rows)} threshold "
        f"probabilities, between {percent(min(better), whole=1)} and {percent(max(better), whole=1)}."
    )


def coverage_lines(rows: Sequence[Coverage], *, model: str) -> tuple[Line, ...]:
    """How often the set of one answer holds the truth, among all and in each class."""
    return tuple(
        Line(
            label=f"{'all patients' if one.group == 'all' else one.group} ({one.n:,})",
            value=one.value,
            low=one.low,
            high=one.high,
            words=one.how if one.value is None else cell(one),
            model=model,
            hollow=one.group != "all",
        )
        for one in rows
    )


def referral_table(rows: Sequence[Coverage]) -> pd.DataFrame:
    """Of every answer: share referred, and how right those decided are."""
    everyone = sorted((one for one in rows if one.group == "all"), key=lambda one: model_place(one.model))
    return pd.DataFrame(
        [
            {
                "Answer": answer_label((one.model, one.mode)),
                "Wanted": percent(one.wanted, whole=1),
                "Set holds the truth": cell(one),
                "Referred": percent(1 - one.decided, whole=1),
                "Right among those decided": NOT_COMPUTED if one.accuracy is None else percent(one.accuracy, whole=1),
                "Patients": f"{one.n:,}",
            }
            for one in everyone
        ]
    )
