"""Curves and tables behind the numbers: ROC, precision-recall, confusion, survival."""

import numpy as np
from jaxtyping import Bool, Float64, Int64

from core.evaluation.values import Curve, Scored, SurvivalCurve

NOTHING = np.zeros(0)


def roc_curve(scored: Scored, *, positive: int = 1) -> Curve:
    """False positive rate (x) and true positive rate (y) of one class against the rest, from (0, 0) to (1, 1)."""
    hits, misses, thresholds = _cumulative(scored, positive)
    if len(hits) == 0:
        return Curve(x=NOTHING, y=NOTHING, thresholds=NOTHING)
    return Curve(x=np.r_[0.0, misses / misses[-1]], y=np.r_[0.0, hits / hits[-1]], thresholds=np.r_[np.inf, thresholds])


def pr_curve(scored: Scored, *, positive: int = 1) -> Curve:
    """Recall (x) and precision (y) of one class against the rest.

    Starts at recall 0, where nobody is called positive and precision is 1 by convention. Its area by steps is the
    average precision; straight lines between the points would promise more than was measured.
    """
    hits, misses, thresholds = _cumulative(scored, positive)
    if len(hits) == 0:
        return Curve(x=NOTHING, y=NOTHING, thresholds=NOTHING)
    return Curve(
        x=np.r_[0.0, hits / hits[-1]], y=np.r_[1.0, hits / (hits + misses)], thresholds=np.r_[np.inf, thresholds]
    )


def confusion(scored: Scored) -> Int64[np.ndarray, "classes classes"]:
    """Patients per true class (rows) and decided class (columns)."""
    cells = scored.labels * scored.classes + scored.decisions
    return np.bincount(cells, minlength=scored.classes**2).reshape(scored.classes, scored.classes).astype(np.int64)


def kaplan_meier(times: Float64[np.ndarray, " patients"], events: Bool[np.ndarray, " patients"]) -> SurvivalCurve:
    """Share still without the event, with the 95 % interval of its log-log transform; no points without patients.

    Args:
        times: follow-up of each patient, finite and not negative.
        events: true where the event ended it, false where the patient left (censored).
    """
    if len(times) == 0:
        return SurvivalCurve(
            times=NOTHING, survival=NOTHING, low=NOTHING, high=NOTHING, at_risk=NOTHING.astype(np.int64)
        )
    assert np.isfinite(times).all() and (times >= 0).all(), "follow-up must be finite and not negative"
    # takes a second to import, which training and most pages need not wait for
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter().fit(times, events)
    low, high = fitted.confidence_interval_.to_numpy(dtype=np.float64).T
    return SurvivalCurve(
        times=fitted.survival_function_.index.to_numpy(dtype=np.float64),
        survival=fitted.survival_function_.iloc[:, 0].to_numpy(dtype=np.float64),
        low=low,
        high=high,
        at_risk=fitted.event_table["at_risk"].to_numpy(dtype=np.int64),
    )


def _cumulative(
    scored: Scored, positive: int
) -> tuple[Float64[np.ndarray, " steps"], Float64[np.ndarray, " steps"], Float64[np.ndarray, " steps"]]:
    """Positive and other patients at or above each distinct probability, from the largest down, with the probability.

    Nothing when one side has no patient.
    """
    is_positive = scored.labels == positive
    if is_positive.all() or not is_positive.any():
        return NOTHING, NOTHING, NOTHING
    order = np.argsort(-scored.probabilities[:, positive], kind="stable")
    ranked = scored.probabilities[order, positive]
    ends = np.r_[np.flatnonzero(np.diff(ranked)), len(ranked) - 1]
    hits = np.cumsum(is_positive[order])[ends].astype(np.float64)
    return hits, (ends + 1) - hits, ranked[ends]
