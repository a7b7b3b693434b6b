"""What the Evaluation page shows of modalities: what a model loses without one, and what it reaches with one alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import pandas as pd

from core.evaluation import METRICS
from core.evaluation.rows import CalibrationScore, ModalityCheck, ModalityEffect, OperatingPoint, Threshold
from core.types import Score
from dashboard.views.evaluation.shared import Answer, Line, cell, metric_label, pooled_score
from dashboard.views.predictions import model_place
from dashboard.words import measures
from dashboard.words.wording import MODE_LABELS, NOT_COMPUTED

TAKEN = {"permuted": "exchanged between patients", "mean": "put at the training mean"}
SHORT = {"permuted": "exchanged", "mean": "at the mean"}
MODALITIES = {"image": "tissue", "genes": "genes"}
SHOWN = ("auroc", "average_precision", "balanced_accuracy", "brier")
REACHED = ("sensitivity", "specificity")
BELIEVED = ("ece", "slope", "intercept")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that tells how a model does in each of its modes."""

    scores: Sequence[Score]
    thresholds: Sequence[Threshold]
    points: Sequence[OperatingPoint]
    calibration: Sequence[CalibrationScore]


def effect_lines(rows: Sequence[ModalityEffect]) -> tuple[Line, ...]:
    """For every model, what taking each modality away costs; hollow where it is not shown to cost anything."""
    made: list[Line] = []
    for model in sorted(dict.fromkeys(one.model for one in rows), key=model_place):
        made.append(Line(label=model, heading=True))
        made += [_effect(one) for one in rows if one.model == model]
    return tuple(made)


def _effect(row: ModalityEffect) -> Line:
    return Line(
        label=f"{MODALITIES[row.removed]} {SHORT[row.by]}",
        value=row.value,
        low=row.low,
        high=row.high,
        words=row.how if row.value is None else cell(row, signed=True),
        model=row.removed,
        hollow=not row.contributes,
    )


def effect_table(rows: Sequence[ModalityEffect]) -> pd.DataFrame:
    """Whole, without, and what is lost, in words."""
    return pd.DataFrame(
        [
            {
                "Model": one.model,
                "Taken away": MODALITIES[one.removed],
                "How": TAKEN[one.by],
                "With both": _plain(one.whole),
                "Without it": _plain(one.without),
                "Lost": cell(one, signed=True),
                "Contributes": "✓ yes" if one.contributes else "✗ not shown",
                "Patients": f"{one.n:,}",
            }
            for one in sorted(rows, key=lambda one: model_place(one.model))
        ]
    )


def check_lines(rows: Sequence[ModalityCheck]) -> tuple[str, ...]:
    """Each look inside in words, those that failed first."""
    ordered = sorted(rows, key=lambda one: (one.passed, model_place(one.model)))
    return tuple(f"{'✓ passed' if one.passed else '✗ **failed**'} · {one.sentence}" for one in ordered)


def with_modes(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Models that answer in more than one mode."""
    models = [model for model, _ in answers]
    return tuple(model for model in dict.fromkeys(models) if models.count(model) > 1)


def modes_table(model: str, answers: Sequence[Answer], evidence: Evidence) -> pd.DataFrame:
    """One column a mode of this model; a row for each score, threshold, operating point and measure of calibration."""
    mine = [one for one in answers if one[0] == model]
    columns = {MODE_LABELS[answer[1]]: _mode(answer, evidence) for answer in mine}
    lines = list(next(iter(columns.values())))
    cells = {name: list(one.values()) for name, one in columns.items()}
    return pd.DataFrame({"": lines, **cells, measures.SAYS: [measures.heading(line) for line in lines]})


def _mode(answer: Answer, evidence: Evidence) -> Mapping[str, str]:
    scores = {METRICS[name].label: pooled_score(evidence.scores, answer, metric=name) for name in SHOWN}
    points = [one for one in evidence.points if (one.model, one.mode) == answer]
    believed = [one for one in evidence.calibration if (one.model, one.mode) == answer and one.calibration == "stored"]
    reached = {f"{metric_label(name)} at its threshold": _named(points, name) for name in REACHED}
    calibrated = {_calibration_label(name): _named(believed, name) for name in BELIEVED}
    words = {
        label: NOT_COMPUTED if one is None else cell(one) for label, one in (scores | reached | calibrated).items()
    }
    cut = {"Threshold, median of the folds (range)": threshold_words(_of(evidence.thresholds, answer))}
    first = {label: words[label] for label in scores}
    return first | cut | {label: words[label] for label in words if label not in first}


def _calibration_label(name: str) -> str:
    return metric_label(name) if name == "ece" else f"Calibration {name}"


def _of(rows: Sequence[Threshold], answer: Answer) -> list[Threshold]:
    return [one for one in rows if (one.model, one.mode) == answer]


def threshold_words(rows: Sequence[Threshold]) -> str:
    """`0.41 (0.35 to 0.52)`."""
    if not rows:
        return NOT_COMPUTED
    values = [one.value for one in rows]
    return f"{median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _named(
    rows: Sequence[OperatingPoint] | Sequence[CalibrationScore], metric: str
) -> OperatingPoint | CalibrationScore | None:
    return next((one for one in rows if one.metric == metric), None)


def _plain(value: float | None) -> str:
    return NOT_COMPUTED if value is None else f"{value:.3f}"
