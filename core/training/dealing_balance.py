"""How even a deal of sites to folds is, and how even one could be at best."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

SIZE_WEIGHT = 0.1
"""Weight of the sizes of folds beside the mean class: sizes follow once every class is even."""
MISSING = 10.0
"""Cost of a class that a fold lacks; deviations and shortfalls cost at most 3.3, so no evenness makes up for one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteTable:
    """What is dealt: patients of each class at each site, and at last of all classes, with the weight of each column.

    Weights make deviations a share of the even share, averaged over classes and folds.
    """

    counts: Int64[np.ndarray, "sites columns"]
    weights: Float64[np.ndarray, " columns"]

    @classmethod
    def of(cls, counts: Int64[np.ndarray, "sites classes"]) -> "SiteTable":
        """From patients of each class at each site; a class nobody has is left out."""
        own = counts[:, counts.sum(axis=0) > 0]
        table = np.column_stack([own, own.sum(axis=1)])
        total = table.sum(axis=0)
        share = np.append(np.full(own.shape[1], 1 / own.shape[1]), SIZE_WEIGHT)
        return cls(counts=table, weights=share / total)

    @property
    def sites(self) -> int:
        """How many there are."""
        return len(self.counts)

    @property
    def totals(self) -> Int64[np.ndarray, " columns"]:
        """Patients of each class, and of all."""
        return self.counts.sum(axis=0)

    @property
    def patient(self) -> float:
        """What one patient of the rarest class in another fold may change the cost by."""
        return float(2 * self.weights[:-1].max())

    def held(self, fold: Int64[np.ndarray, " sites"], *, folds: int) -> Int64[np.ndarray, "folds columns"]:
        """Patients of each class, and of all, in each fold."""
        held = np.zeros((folds, len(self.weights)), dtype=np.int64)
        np.add.at(held, fold, self.counts)
        return held

    def cost(self, held: Int64[np.ndarray, "... folds columns"]) -> Float64[np.ndarray, "..."]:
        """Weighted deviation from even shares, shortfall of the smallest fold, and `MISSING` for each class one lacks.

        Deviations alone are the same however small folds share what one great site leaves them; the shortfall is not.
        """
        off = held - self.totals / held.shape[-2]
        uneven = np.abs(off).sum(axis=-2) + np.maximum(0, -off).max(axis=-2)
        return np.asarray(uneven @ self.weights + MISSING * (held == 0).sum(axis=(-2, -1)), dtype=np.float64)

    def slack(self, *, folds: int) -> Float64[np.ndarray, " columns"]:
        """Least summed deviation of each column over the folds: patients come whole, so 33.4 is never met."""
        over = self.totals % folds
        return np.asarray(2 * over * (folds - over) / folds, dtype=np.float64)

    def shortfall(self, *, folds: int) -> Float64[np.ndarray, " columns"]:
        """Least shortfall of the smallest fold, again because patients come whole."""
        return np.asarray(self.totals % folds / folds, dtype=np.float64)

    def least(self, *, folds: int) -> float:
        """What no deal can cost less than, were patients dealt one by one and each class at as many sites as it is."""
        lacking = np.maximum(0, folds - (self.counts > 0).sum(axis=0)).sum()
        uneven = self.slack(folds=folds) + self.shortfall(folds=folds)
        return float(uneven @ self.weights + MISSING * lacking)
