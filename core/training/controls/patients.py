"""What controls see of a cohort: one row a patient."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from core.types import Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An outcome that controls predict."""

    name: str
    """Column of the clinical table."""
    classes: int
    label: Int64[np.ndarray, " patients"]
    """Class index, or UNKNOWN."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patients:
    """The patients of a dataset, in its order."""

    ids: tuple[str, ...]
    sites: tuple[str, ...]
    genes: tuple[str, ...]
    expression: Float32[np.ndarray, "patients genes"] | None
    image: Float32[np.ndarray, "patients dim"] | None
    """Mean over all tiles of all slides."""


def patients_of(dataset: Dataset) -> Patients:
    """The patients of a dataset, before any scaling."""
    patients, expression, bags = dataset.cohort.patients, dataset.expression, dataset.bags
    image = None
    if bags is not None:
        slides = [[bag.features for bag in bags[patient.id]] for patient in patients]
        # bags are stored as float16, whose sums would run over
        image = np.stack([np.concatenate(mine).mean(axis=0, dtype=np.float64) for mine in slides]).astype(np.float32)
    return Patients(
        ids=tuple(patient.id for patient in patients),
        sites=tuple(patient.site for patient in patients),
        genes=expression.genes if expression else (),
        expression=expression.values if expression else None,
        image=image,
    )


def own_target(dataset: Dataset) -> Target:
    """The outcome that the models of the run predict."""
    cohort = dataset.cohort
    label = np.array([patient.label for patient in cohort.patients], np.int64)
    return Target(name=cohort.outcome, classes=len(cohort.classes), label=label)
