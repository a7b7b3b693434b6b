"""How well a probability ranks patients, under many weightings at once.

A step is a distinct probability: patients with equal ones are ranked together.
"""

import numpy as np
from jaxtyping import Bool, Float64

Weights = Float64[np.ndarray, "resamples patients"]
Values = Float64[np.ndarray, " resamples"]
Steps = Float64[np.ndarray, "steps resamples"]

TINY = np.finfo(np.float64).tiny


def steps(
    probabilities: Float64[np.ndarray, " patients"], positive: Bool[np.ndarray, " patients"], *, weights: Weights
) -> tuple[Steps, Steps]:
    """Positive and negative weight at each distinct probability, from the largest down."""
    order = np.argsort(-probabilities, kind="stable")
    # patients in rows: gathering and summing whole rows is several times faster than columns
    ranked = np.ascontiguousarray(weights.T)[order]
    starts = np.flatnonzero(np.diff(probabilities[order], prepend=np.inf))
    hits = ranked * positive[order, None]
    if 0 < len(starts) < len(order):
        ranked, hits = np.add.reduceat(ranked, starts, axis=0), np.add.reduceat(hits, starts, axis=0)
    return hits, ranked - hits


def auroc(hits: Steps, misses: Steps) -> Values:
    """Weighted share of (positive, negative) pairs ranked the right way round; a tie counts half.

    NaN where either side has no weight.
    """
    total = misses.sum(axis=0)
    below = total - np.cumsum(misses, axis=0) + misses / 2
    return _or_nan((hits * below).sum(axis=0), hits.sum(axis=0) * total)


def average_precision(hits: Steps, misses: Steps) -> Values:
    """Precision at each step down the ranking, weighted by the recall it adds; no interpolation.

    NaN where the positive side has no weight, or the negative, since nothing could be told apart then.
    """
    found, called = np.cumsum(hits, axis=0), np.cumsum(hits + misses, axis=0)
    # steps above the first drawn patient have called nobody: 0 / tiny is 0, and they add no recall anyway
    np.divide(found, np.maximum(called, TINY, out=called), out=found)
    total = np.where(misses.sum(axis=0) > 0, hits.sum(axis=0), 0.0)
    return _or_nan((hits * found).sum(axis=0), total)


def midranks(values: Float64[np.ndarray, " patients"]) -> Float64[np.ndarray, " patients"]:
    """Rank from 1 up; equal values share the mean of their ranks."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _or_nan(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
