"""DeLong's test of two AUROCs on the same patients, by ranks.

DeLong, DeLong & Clarke-Pearson 1988 (Biometrics 44:837); the sums over pairs of patients are read off midranks as in
Sun & Xu 2014 (IEEE Signal Process Lett 21:1389), so the work grows with n log n.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64
from scipy.special import ndtr

from core.evaluation.bca import SAME
from core.evaluation.ranking import midranks

Probabilities = Float64[np.ndarray, " patients"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delong:
    """Difference of two AUROCs and its test."""

    value: float
    se: float
    """Standard error of the difference."""
    p: float | None
    """Two-sided; None where no patient's ranking varies and yet the AUROCs differ, so that there is nothing to judge
    the difference by."""


def delong(one: Probabilities, other: Probabilities, positive: Bool[np.ndarray, " patients"]) -> Delong:
    """AUROC of `one` minus that of `other`; needs two patients of either side."""
    assert 2 <= positive.sum() <= len(positive) - 2, "a variance needs two patients of either side"
    hits, misses = placements(one, positive)
    against = placements(other, positive)
    value = float(hits.mean() - against[0].mean())
    parts = [np.var(mine - its, ddof=1) / len(mine) for mine, its in zip((hits, misses), against, strict=True)]
    se = float(np.sqrt(sum(parts)))
    return Delong(value=value, se=se, p=_p(value, se))


def placements(
    probabilities: Probabilities, positive: Bool[np.ndarray, " patients"]
) -> tuple[Float64[np.ndarray, " positives"], Float64[np.ndarray, " negatives"]]:
    """Share of the other side that each positive, and each negative patient is on the right side of; a tie is half.

    The mean of either is the AUROC.
    """
    rank = midranks(probabilities)
    hits, misses = probabilities[positive], probabilities[~positive]
    return (rank[positive] - midranks(hits)) / len(misses), 1 - (rank[~positive] - midranks(misses)) / len(hits)


def _p(value: float, se: float) -> float | None:
    if abs(value) <= SAME:
        return 1.0
    return float(2 * ndtr(-abs(value) / se)) if se > SAME else None
