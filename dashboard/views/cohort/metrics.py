"""How well each model does on the selected patients, in words."""

from collections.abc import Mapping, Sequence

import pandas as pd

from core.evaluation import METRICS
from core.evaluation.analytic import analytic
from core.evaluation.values import Estimate
from dashboard.views.models import Interval
from dashboard.views.predictions import model_order
from dashboard.words.wording import NOT_COMPUTED, interval

COLUMNS: Mapping[str, str] = {
    "auroc": METRICS["auroc"].label,
    "average_precision": METRICS["average_precision"].label,
    "balanced_accuracy": METRICS["balanced_accuracy"].label,
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
}
"""Metric and heading."""
OF_ALL = "AUROC of all patients"


def table(answers: Mapping[str, pd.DataFrame], *, whole: Sequence[Interval]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row a model, and a sentence for each reason why a number or an interval is missing.

    Args:
        answers: of `Selections.answers`: label, predicted and p0, p1, ... of the selected patients, by model.
        whole: pooled AUROC over all patients, to hold the selection against; nothing when all are selected.
    """
    of_all = {row.model: interval(row.value, low=row.low, high=row.high) for row in whole}
    rows: list[dict[str, str]] = []
    reasons: dict[str, list[str]] = {}
    for model in model_order(answers):
        estimates = _estimates(answers[model])
        cells = {COLUMNS[name]: _cell(one) for name, one in estimates.items()}
        extra = {OF_ALL: of_all[model]} if model in of_all else {}
        rows.append({"Model": model, "Patients": f"{len(answers[model]):,}", **cells, **extra})
        for name, one in estimates.items():
            if one.low is None:
                reasons.setdefault(f"{COLUMNS[name]}: {one.how}", []).append(model)
    return pd.DataFrame(rows), tuple(
        reason if len(models) == len(rows) else f"{reason} ({', '.join(models)})" for reason, models in reasons.items()
    )


def _estimates(answers: pd.DataFrame) -> dict[str, Estimate]:
    shares = [name for name in answers.columns if str(name).startswith("p") and str(name)[1:].isdecimal()]
    return analytic(
        answers[shares].to_numpy(dtype=float),
        labels=answers["label"].to_numpy(dtype="int64"),
        predicted=answers["predicted"].to_numpy(dtype="int64"),
    )


def _cell(found: Estimate) -> str:
    return NOT_COMPUTED if found.value is None else interval(found.value, low=found.low, high=found.high)
