"""Patients of similar predicted probability, and what bins tell of a probability: under many weightings at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

BINS = 10
PER_BIN = 10
"""Fewer patients than this for each of ten bins, and there are fewer bins."""

Weights = Float64[np.ndarray, "resamples patients"]
Values = Float64[np.ndarray, " resamples"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Binned:
    """Weight, mean probability and share of positive patients of each bin; 0 where a bin has no weight."""

    weight: Float64[np.ndarray, "resamples bins"]
    predicted: Float64[np.ndarray, "resamples bins"]
    observed: Float64[np.ndarray, "resamples bins"]

    @property
    def share(self) -> Float64[np.ndarray, "resamples bins"]:
        """Of all weight."""
        return self.weight / self.weight.sum(axis=1, keepdims=True)


def bins_of(probabilities: Float64[np.ndarray, " patients"]) -> Int64[np.ndarray, " patients"]:
    """Bin of each patient, from 0 for the smallest probabilities: equal counts, but equal probabilities stay together.

    Ten bins from 100 patients on, and one for every ten patients below.
    """
    n = len(probabilities)
    wanted = int(np.clip(n // PER_BIN, 1, BINS))
    first_rank = np.searchsorted(np.sort(probabilities), probabilities, side="left")
    return np.unique(first_rank * wanted // max(n, 1), return_inverse=True)[1].astype(np.int64)


def binned(
    probabilities: Float64[np.ndarray, " patients"], positive: Bool[np.ndarray, " patients"], *, weights: Weights
) -> Binned:
    """Every bin under every weighting; the bins are those of the patients as they are."""
    bins = bins_of(probabilities)
    members = np.eye(int(bins.max()) + 1)[bins]
    weight = weights @ members
    predicted, observed = weights @ (members * probabilities[:, None]), weights @ (members * positive[:, None])
    return Binned(weight=weight, predicted=_ratio(predicted, weight), observed=_ratio(observed, weight))


def ece(found: Binned) -> Values:
    """Expected calibration error: mean gap of predicted and observed over bins of equal counts.

    Naeini 2015 (AAAI 29:2901), there over bins of equal width.
    """
    return (found.share * np.abs(found.predicted - found.observed)).sum(axis=1)


def reliability(found: Binned) -> Values:
    """Mean squared gap of predicted and observed over bins (Murphy 1973, J Appl Meteorol 12:595)."""
    return (found.share * (found.predicted - found.observed) ** 2).sum(axis=1)


def resolution(found: Binned) -> Values:
    """Murphy's resolution: mean squared distance of a bin's observed share from that of everyone."""
    return (found.share * (found.observed - _prevalence(found)[:, None]) ** 2).sum(axis=1)


def uncertainty(found: Binned) -> Values:
    """Murphy's uncertainty: the Brier score of answering everyone with the prevalence."""
    prevalence = _prevalence(found)
    return prevalence * (1 - prevalence)


def _prevalence(found: Binned) -> Values:
    return (found.share * found.observed).sum(axis=1)


def _ratio(part: Float64[np.ndarray, "*shape"], whole: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
