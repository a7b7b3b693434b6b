"""A number per patient, averaged over patients, with its bootstrap interval."""

from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Float64

from core.evaluation.bca import ENDS
from core.evaluation.values import Estimate
from core.types import Scrutiny


def per_patient(
    scrutiny: Iterable[Scrutiny], value: Callable[[Scrutiny], float | None]
) -> Float64[np.ndarray, " patients"]:
    """The number of each patient that has one, in the order of their ids; repeats are averaged."""
    found: dict[str, list[float]] = {}
    for one in scrutiny:
        number = value(one)
        if number is not None:
            found.setdefault(one.patient, []).append(number)
    return np.array([np.mean(found[patient]) for patient in sorted(found)], dtype=np.float64)


def mean_over(values: Float64[np.ndarray, " patients"], *, resamples: int, seed: int, nothing: str) -> Estimate:
    """Their mean; `nothing` says why there is none."""
    return _estimate(values, np.mean, "mean", resamples=resamples, seed=seed, nothing=nothing)


def median_over(values: Float64[np.ndarray, " patients"], *, resamples: int, seed: int, nothing: str) -> Estimate:
    """Their median, for shares that have no upper end; `nothing` says why there is none."""
    return _estimate(values, np.median, "median", resamples=resamples, seed=seed, nothing=nothing)


def _estimate(
    values: Float64[np.ndarray, " patients"],
    middle: Callable[..., Float64[np.ndarray, "..."]],
    name: str,
    *,
    resamples: int,
    seed: int,
    nothing: str,
) -> Estimate:
    n = len(values)
    if not n:
        return Estimate(value=None, low=None, high=None, n=0, how=f"cannot be computed: {nothing}")
    value = float(middle(values))
    if n == 1:
        return Estimate(value=value, low=None, high=None, n=1, how="no interval: a single patient to draw from")
    drawn = np.random.default_rng(seed).integers(n, size=(resamples, n))
    low, high = (float(bound) for bound in np.quantile(middle(values[drawn], axis=1), ENDS))
    how = f"{name} over patients, percentile bootstrap, {resamples} resamples"
    return Estimate(value=value, low=low, high=high, n=n, how=how)
