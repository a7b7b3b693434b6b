"""Decision curves: what acting on a model is worth, against treating everyone or nobody."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from core.config import EvaluationSpec
from core.evaluation.evidence import Evidence
from core.evaluation.intervals import drawable, resample_weights
from core.evaluation.rows import NetBenefit
from core.evaluation.values import Scored

THRESHOLDS = np.linspace(0.01, 0.99, 50)

Thresholds = Float64[np.ndarray, " thresholds"]


def net_benefit(evidence: Evidence, spec: EvaluationSpec) -> tuple[NetBenefit, ...]:
    """The decision curve of every answer out of fold; none where a side has fewer than 2 patients to draw from."""
    rows: list[NetBenefit] = []
    for model, mode in evidence.answers:
        scored = evidence.scored(model, mode)
        if not drawable(scored):
            continue
        weights = resample_weights(scored.labels, resamples=spec.resamples, seed=evidence.seed)
        for side in evidence.sides:
            rows.extend(
                NetBenefit(model=model, mode=mode, positive=evidence.classes[side], n=len(scored.patients), **numbers)
                for numbers in _curve(scored, side=side, weights=weights)
            )
    return tuple(rows)


def benefits(
    scored: Scored, *, side: int, thresholds: Thresholds, weights: Float64[np.ndarray, "resamples patients"]
) -> Float64[np.ndarray, "resamples thresholds"]:
    """True positives less false positives, a false one counting the odds of the threshold, as a share of all patients.

    Vickers and Elkin 2006 (Med Decis Making 26:565). Positive is a probability at or above the threshold.
    """
    positive = scored.labels == side
    worth = np.where(positive[:, None], 1.0, -thresholds / (1 - thresholds))
    called = scored.probabilities[:, [side]] >= thresholds
    return weights @ (called * worth) / weights.sum(axis=1, keepdims=True)


def treat_all(scored: Scored, *, side: int, thresholds: Thresholds) -> Thresholds:
    """Net benefit of calling everyone positive."""
    prevalence = float((scored.labels == side).mean())
    return prevalence - (1 - prevalence) * thresholds / (1 - thresholds)


def _curve(
    scored: Scored, *, side: int, weights: Float64[np.ndarray, "resamples patients"]
) -> Iterator[dict[str, float]]:
    if not 0 < (scored.labels == side).sum() < len(scored.labels):
        return
    once = np.ones((1, len(scored.labels)))
    values = benefits(scored, side=side, thresholds=THRESHOLDS, weights=once)[0]
    low, high = np.percentile(benefits(scored, side=side, thresholds=THRESHOLDS, weights=weights), (2.5, 97.5), axis=0)
    everyone = treat_all(scored, side=side, thresholds=THRESHOLDS)
    for columns in zip(THRESHOLDS, values, low, high, everyone, strict=True):
        yield dict(
            zip(("threshold", "value", "low", "high", "treat_all"), (float(one) for one in columns), strict=True)
        )
