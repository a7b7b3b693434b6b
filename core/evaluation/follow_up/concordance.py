"""C-index over test folds: how well the patients of a fold are ranked by risk, under many weightings at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

Weights = Float64[np.ndarray, "resamples patients"]
Values = Float64[np.ndarray, " resamples"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """Patients of one test fold with their risk by a model that did not learn from them."""

    rows: Int64[np.ndarray, " some"]
    """Their places among all patients."""
    times: Float64[np.ndarray, " some"]
    events: Bool[np.ndarray, " some"]
    risks: Float64[np.ndarray, " some"]


def concordance(folds: Sequence[Ranked], *, weights: Weights) -> Values:
    """Share of comparable pairs of a fold in which the patient of higher risk had the event first; NaN without pairs.

    Harrell 1982 (JAMA 247:2543). A pair is comparable where the one who was followed for less time had the event, or
    where both have the same time and one the event; equal risks count half. Pairs across folds are not compared, since
    their risks come from different fits.
    """
    right, all_pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for fold in folds:
        comparable = _comparable(fold)
        gap = fold.risks[:, None] - fold.risks
        credit = comparable * ((gap > 0) + 0.5 * (gap == 0))
        mine = weights[:, fold.rows]
        right += ((mine @ credit) * mine).sum(axis=1)
        all_pairs += ((mine @ comparable) * mine).sum(axis=1)
    return np.divide(right, all_pairs, out=np.full(len(weights), np.nan), where=all_pairs > 0)


def _comparable(fold: Ranked) -> Float64[np.ndarray, "some some"]:
    """1 where the patient of the row had the event before the patient of the column."""
    earlier = fold.times[:, None] < fold.times
    tied = (fold.times[:, None] == fold.times) & ~fold.events
    return (fold.events[:, None] & (earlier | tied)).astype(np.float64)
