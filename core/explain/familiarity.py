"""How far a patient lies from those a run knows, held against how far the run's own patients lie from one another.

A reference is fitted on the training patients of a fold: their principal components, and where they lie in them. The
distance of a patient is the mean distance to the nearest training patients, each as its components show it, so that
what no component holds (a unit that is off, another platform) counts in full. Patients a fold tests are unknown to its
reference as a new one is; their distances are what a new one's is held against.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64

AXES = 16
"""Most principal components."""
NEAREST = 10
"""Training patients whose distance is averaged."""
LIMIT = 3.0
"""Standard deviations at which values are held, as models hold them."""
MOST = 0.99
"""A patient farther away than this share of the run's own is told as unlike them."""
FEWEST = 8
"""Of fewer training patients there is nothing to learn what is usual from."""

Rows = Float[np.ndarray, "patients columns"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """What the training patients of a fold look like in one modality."""

    mean: Float32[np.ndarray, " columns"]
    deviation: Float32[np.ndarray, " columns"]
    axes: Float32[np.ndarray, "axes columns"]
    """Principal components of the scaled values, orthonormal."""
    known: Float32[np.ndarray, "train axes"]
    """Training patients on them."""

    @classmethod
    def fit(cls, values: Rows) -> "Reference":
        deviation = values.std(axis=0, dtype=np.float64)
        mean = values.mean(axis=0, dtype=np.float64)
        deviation = np.where(deviation > 1e-6, deviation, 1)
        scaled = np.clip((values - mean) / deviation, -LIMIT, LIMIT)
        # the rows' own products: patients are fewer than genes
        _, size, axes = np.linalg.svd(scaled, full_matrices=False)
        kept = axes[: min(AXES, int((size > 1e-9).sum()))]
        return cls(
            mean=mean.astype(np.float32),
            deviation=deviation.astype(np.float32),
            axes=kept.astype(np.float32),
            known=(scaled @ kept.T).astype(np.float32),
        )

    def distance(self, values: Rows) -> Float64[np.ndarray, " patients"]:
        """Root mean square over columns, in standard deviations; a value that is not known (NaN) is put at the mean."""
        scaled = np.nan_to_num(
            np.clip((values.astype(np.float64) - self.mean) / self.deviation, -LIMIT, LIMIT), nan=0.0
        )
        on_axes = scaled @ self.axes.T
        outside = np.maximum((scaled**2).sum(axis=1) - (on_axes**2).sum(axis=1), 0)
        squared = ((on_axes[:, None] - self.known[None]) ** 2).sum(axis=2) + outside[:, None]
        nearest = np.sort(np.sqrt(squared / scaled.shape[1]), axis=1)[:, :NEAREST]
        return nearest.mean(axis=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unlikeness:
    """How far one patient lies from those a run knows."""

    share: float
    """Of the run's own patients who lie nearer to those that do not know them."""
    patients: int
    """How many it is a share of."""

    @property
    def flagged(self) -> bool:
        """Whether to tell that the patient is unlike the run's own."""
        return self.share > MOST


@dataclass(frozen=True, kw_only=True, slots=True)
class Familiarity:
    """The references of all folds in one modality, and how far from them the patients lie that they do not know."""

    references: tuple[Reference, ...]
    tested: Float64[np.ndarray, " patients"]

    @classmethod
    def fit(cls, values: Rows, folds: Sequence[tuple[Sequence[int], Sequence[int]]]) -> "Familiarity | None":
        """From all patients and the rows that each fold trains on and tests; None where a fold trains on too few."""
        if not folds or min(len(train) for train, _ in folds) < FEWEST:
            return None
        references = tuple(Reference.fit(values[list(train)]) for train, _ in folds)
        found = [one.distance(values[list(test)]) for one, (_, test) in zip(references, folds, strict=True)]
        return cls(references=references, tested=np.concatenate(found))

    def distances(self, values: Float[np.ndarray, "patients columns"]) -> Float64[np.ndarray, " patients"]:
        """Of new patients to those the run knows: the mean of the folds' distances."""
        return np.mean([one.distance(values) for one in self.references], axis=0)

    def unlikeness(self, values: Float[np.ndarray, " columns"]) -> Unlikeness:
        """Of one new patient, by the mean of the folds' distances."""
        distance = float(self.distances(values[None])[0])
        return Unlikeness(share=float((self.tested < distance).mean()), patients=len(self.tested))

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it, by name."""
        named = {
            f"{place}.{name}": getattr(one, name)
            for place, one in enumerate(self.references)
            for name in Reference.__dataclass_fields__
        }
        return named | {"tested": self.tested}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Familiarity":
        """What `arrays` took apart."""
        count = len({name.split(".")[0] for name in arrays if "." in name})
        return cls(
            references=tuple(
                Reference(**{name: arrays[f"{place}.{name}"] for name in Reference.__dataclass_fields__})
                for place in range(count)
            ),
            tested=arrays["tested"],
        )
