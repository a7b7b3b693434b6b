"""Bootstrap intervals: patients are drawn again with replacement, class by class."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float64, Int64

from core.evaluation.bca import acceleration, bounds, left_out
from core.evaluation.metrics import METRICS, evaluate, missing
from core.evaluation.values import Estimate, Scored

RESAMPLES = 2000
NO_WIDTH = "no interval: every resample gave the same value, which says little about other patients"
TOO_FEW = "no interval: a class has fewer than 2 patients to draw from"


def resample_weights(
    labels: Int64[np.ndarray, " patients"], *, resamples: int, seed: int
) -> Float64[np.ndarray, "resamples patients"]:
    """How often each resample draws each patient; every resample keeps the size of every class.

    The same labels in the same order and the same seed give the same draws, which is what pairs two models.
    """
    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, len(labels)), dtype=np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        drawn[:, members] = members[generator.integers(len(members), size=(resamples, len(members)), dtype=np.int32)]
    drawn += np.arange(resamples)[:, None] * len(labels)
    counts = np.bincount(drawn.ravel(), minlength=drawn.size)
    return counts.reshape(drawn.shape).astype(np.float64)


def score(scored: Scored, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Estimate]:
    """Every metric with its 95 % interval over patients; none where every resample gives the same value."""
    found = estimates(
        scored,
        values=point(scored),
        resampled=resampled(scored, resamples=resamples, seed=seed),
        left_out=left_out(scored) if drawable(scored) else {},
        how=f"bootstrap over patients, stratified by class, {resamples} resamples",
    )
    return {name: replace(one, low=None, high=None, how=NO_WIDTH) if _flat(one) else one for name, one in found.items()}


def _flat(one: Estimate) -> bool:
    """An AUROC of 1 is 1 in every resample: an interval without width would promise what nobody knows."""
    return one.low is not None and one.low == one.high


def drawable(scored: Scored) -> bool:
    """Whether every class that is present has two patients, so that there is something to draw from."""
    return len(scored.patients) > 0 and bool((scored.class_counts != 1).all())


def point(scored: Scored) -> dict[str, float]:
    """Every metric on the patients as they are; NaN where it cannot be computed."""
    weights = np.ones((1, len(scored.patients)))
    return {name: float(values[0]) for name, values in evaluate(scored, weights=weights).items()}


def resampled(scored: Scored, *, resamples: int, seed: int) -> dict[str, Float64[np.ndarray, " resamples"]]:
    """Every metric on each bootstrap resample."""
    weights = resample_weights(scored.labels, resamples=resamples, seed=seed)
    return evaluate(scored, weights=weights)


def estimates(
    scored: Scored,
    *,
    values: dict[str, float],
    resampled: dict[str, Float64[np.ndarray, " resamples"]],
    left_out: dict[str, Float64[np.ndarray, " patients"]],
    how: str,
) -> dict[str, Estimate]:
    """Values and BCa intervals, with the reason wherever one is missing or is of plain percentiles.

    Args:
        scored: the patients.
        values: every metric on all of them.
        resampled: the same on each resample.
        left_out: the same without each of them; empty where a class has one patient.
        how: what was done, without the kind of interval.
    """
    n = len(scored.patients)
    why = missing(scored)
    made: dict[str, Estimate] = {}
    for name in METRICS:
        if name in why:
            made[name] = Estimate(value=None, low=None, high=None, n=n, how=why[name])
        elif not left_out:
            made[name] = Estimate(value=values[name], low=None, high=None, n=n, how=TOO_FEW)
        else:
            speed = acceleration(left_out[name], scored.labels)
            low, high, plain = bounds(values[name], resampled[name], acceleration=speed)
            kind = f"BCa {how}" if plain is None else f"percentile {how}: {plain}"
            made[name] = Estimate(value=values[name], low=low, high=high, n=n, how=kind)
    return made
