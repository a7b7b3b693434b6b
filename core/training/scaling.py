"""Scalers: fitted on the training patients of a fold, applied to everyone, stored with the weights."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.special import ndtri

LIMIT = 3.0
"""Scaled values are held within +-3 standard deviations: real tables have cells of 36,893 among z-scores."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuantileScaler:
    """Monotone map of each column to a standard normal, as quantile normalisation does."""

    knots: Float32[np.ndarray, "levels columns"]
    """Training values at evenly spaced ranks."""

    @classmethod
    def fit(cls, values: Float[np.ndarray, "rows columns"], *, levels: int = 201) -> "QuantileScaler":
        """Knots at `levels` ranks, or as many as there are rows."""
        ranks = np.linspace(0, 1, min(levels, max(len(values), 2)))
        return cls(knots=np.quantile(values.astype(np.float32), ranks, axis=0).astype(np.float32))

    def __call__(self, values: Float[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "rows columns"]:
        ranks = np.linspace(0, 1, len(self.knots))
        scaled = np.empty(values.shape, np.float32)
        for column in range(values.shape[1]):
            knots, raw = self.knots[:, column], values[:, column]
            # Both directions averaged: a value on a plateau of ties gets the middle rank, not an end of it.
            upper = np.interp(raw, knots, ranks)
            lower = -np.interp(-raw, -knots[::-1], -ranks[::-1])
            scaled[:, column] = (upper + lower) / 2
        return np.clip(ndtri(scaled), -LIMIT, LIMIT).astype(np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class StandardScaler:
    """Zero mean and unit variance; for tile features, of which there are too many to rank."""

    mean: Float32[np.ndarray, " columns"]
    deviation: Float32[np.ndarray, " columns"]

    @classmethod
    def fit(cls, values: Float[np.ndarray, "rows columns"]) -> "StandardScaler":
        deviation = values.std(axis=0, dtype=np.float64)
        # A column that never varies in training says nothing: divided by one, it stays near zero.
        return cls(
            mean=values.mean(axis=0, dtype=np.float64).astype(np.float32),
            deviation=np.where(deviation > 1e-6, deviation, 1).astype(np.float32),
        )

    def __call__(self, values: Float[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "rows columns"]:
        return np.clip((values.astype(np.float32) - self.mean) / self.deviation, -LIMIT, LIMIT)


Scaler = QuantileScaler | StandardScaler


def scaler_arrays(scaler: Scaler) -> dict[str, np.ndarray]:
    """What a scaler has learnt, by name."""
    if isinstance(scaler, QuantileScaler):
        return {"knots": scaler.knots}
    return {"mean": scaler.mean, "deviation": scaler.deviation}


def scaler_of(arrays: Mapping[str, np.ndarray]) -> Scaler:
    """The scaler that `scaler_arrays` took apart."""
    if "knots" in arrays:
        return QuantileScaler(knots=arrays["knots"])
    return StandardScaler(mean=arrays["mean"], deviation=arrays["deviation"])
