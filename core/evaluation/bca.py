"""Bounds of a bootstrap interval that allow for a lopsided metric: bias-corrected and accelerated (BCa).

Efron 1987 (J Am Stat Assoc 82:171), DiCiccio & Efron 1996 (Stat Sci 11:189); the acceleration over strata follows from
the influence of a patient within their class (Davison & Hinkley 1997, Bootstrap Methods, section 5.3).
"""

from collections.abc import Collection

import numpy as np
from jaxtyping import Float64, Int64
from scipy.special import ndtr, ndtri

from core.evaluation.metrics import CELLS, METRICS, Values, Weights, evaluate
from core.evaluation.values import Scored

ENDS = (0.025, 0.975)
SAME = 1e-12
"""Values closer than this are the same but for rounding."""

Patients = Float64[np.ndarray, " patients"]


def left_out(scored: Scored, *, names: Collection[str] = tuple(METRICS)) -> dict[str, Patients]:
    """Metrics with each patient taken away in turn, the shares of the classes kept.

    Needs two patients in every class that is present.
    """
    rows = max(1, CELLS // len(scored.patients))
    parts = [
        evaluate(scored, weights=_without(scored.labels, start=start, rows=rows), names=names)
        for start in range(0, len(scored.patients), rows)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def acceleration(left_out: Patients, labels: Int64[np.ndarray, " patients"]) -> float:
    """How fast the metric's standard error changes with its value: a sixth of the skewness of the patients' influence.

    0 where no patient has any.
    """
    influence = np.empty_like(left_out)
    for label in np.unique(labels):
        mine = labels == label
        size = mine.sum()
        influence[mine] = (left_out[mine].mean() - left_out[mine]) * (size - 1) / size
    if np.abs(influence).max() <= SAME:
        return 0.0
    return float((influence**3).sum() / (6 * (influence**2).sum() ** 1.5))


def bounds(value: float, resampled: Values, *, acceleration: float) -> tuple[float, float, str | None]:
    """Lower and upper bound at 95 %, and why they are plain percentiles where BCa does not exist.

    Resamples that hit the value count half on either side, since most metrics take few values.
    """
    low, high = (float(bound) for bound in np.quantile(resampled, ENDS))
    if np.ptp(resampled) <= SAME:
        return low, high, "every resample gave the same value, which says little about other patients"
    gaps = resampled - value
    bias = float(ndtri((np.mean(gaps < -SAME) + np.mean(gaps <= SAME)) / 2))
    if not np.isfinite(bias):
        return low, high, "no BCa, since all resamples lie on one side of the value"
    distances = bias + ndtri(np.array(ENDS))
    stretch = 1 - acceleration * distances
    if (stretch <= 0).any():
        return low, high, "no BCa, since a few patients carry the whole value"
    low, high = (float(bound) for bound in np.quantile(resampled, ndtr(bias + distances / stretch)))
    return low, high, None


def _without(labels: Int64[np.ndarray, " patients"], *, start: int, rows: int) -> Weights:
    """A row for each patient from `start` on: weight 0 for them, and equal weight within every class.

    Their class, of size k, weighs k each, and all others k - 1: every class keeps its share, in whole numbers, so that
    nothing is lost to rounding.
    """
    gone = np.arange(start, min(start + rows, len(labels)))
    size = np.bincount(labels)[labels[gone]].astype(np.float64)
    weights = (labels[gone][:, None] == labels) + (size - 1)[:, None]
    weights[np.arange(len(gone)), gone] = 0.0
    return weights
