"""Bootstrap intervals: patients are drawn again with replacement, class by class."""

import numpy as np
from jaxtyping import Float64, Int64

from core.evaluation.metrics import METRICS, evaluate, missing
from core.evaluation.values import Estimate, Scored

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
TOO_FEW = "no interval: a class has fewer than 2 patients to draw from"


def resample_weights(
    labels: Int64[np.ndarray, " patients"], *, resamples: int, seed: int
) -> Float64[np.ndarray, "resamples patients"]:
    """How often each resample draws each patient; every resample keeps the size of every class.

    The same labels in the same order and the same seed give the same draws, which is what pairs two models.
    """
    generator = np.random.default_rng(seed)
    weights = np.zeros((resamples, len(labels)))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        drawn = generator.integers(len(members), size=(resamples, len(members)))
        cells = drawn + np.arange(resamples)[:, None] * len(members)
        counts = np.bincount(cells.ravel(), minlength=resamples * len(members))
        weights[:, members] = counts.reshape(resamples, len(members))
    return weights


def score(scored: Scored, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Estimate]:
    """Every metric with its 95 % interval over patients."""
    return estimates(
        scored,
        values=point(scored),
        resampled=resampled(scored, resamples=resamples, seed=seed),
        how=f"percentile bootstrap over patients, stratified by class, {resamples} resamples",
    )


def point(scored: Scored) -> dict[str, float]:
    """Every metric on the patients as they are; NaN where it cannot be computed."""
    weights = np.ones((1, len(scored.patients)))
    return {name: float(values[0]) for name, values in evaluate(scored, weights=weights).items()}


def resampled(scored: Scored, *, resamples: int, seed: int) -> dict[str, Float64[np.ndarray, " resamples"]]:
    """Every metric on each bootstrap resample."""
    weights = resample_weights(scored.labels, resamples=resamples, seed=seed)
    return evaluate(scored, weights=weights)


def estimates(
    scored: Scored, *, values: dict[str, float], resampled: dict[str, Float64[np.ndarray, " resamples"]], how: str
) -> dict[str, Estimate]:
    """Values and percentile intervals, with the reason wherever one is missing."""
    n = len(scored.patients)
    why = missing(scored)
    drawable = bool((scored.class_counts != 1).all())
    made: dict[str, Estimate] = {}
    for name in METRICS:
        if name in why:
            made[name] = Estimate(value=None, low=None, high=None, n=n, how=why[name])
        elif not drawable:
            made[name] = Estimate(value=values[name], low=None, high=None, n=n, how=TOO_FEW)
        else:
            low, high = (float(bound) for bound in np.percentile(resampled[name], PERCENTILES))
            made[name] = Estimate(value=values[name], low=low, high=high, n=n, how=how)
    return made
