"""What the patients of a run look like in each modality, as reference.safetensors: a new case is held against it."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import safetensors.numpy as safetensors
from jaxtyping import Float32

from core.explain.familiarity import Familiarity
from core.types import Bag, Dataset, Fold

Modality = Literal["genes", "image"]


def familiar_file(dataset: Dataset, folds: Sequence[Fold]) -> bytes:
    """References of every modality, by the folds of the first deal."""
    place = {patient.id: row for row, patient in enumerate(dataset.cohort.patients)}
    dealt = [
        ([place[one] for one in fold.train], [place[one] for one in fold.test]) for fold in folds if not fold.repeat
    ]
    found: dict[Modality, Familiarity] = {}
    for name, values in _values(dataset).items():
        one = Familiarity.fit(values, dealt)
        if one is not None:
            found[name] = one
    return familiar_bytes(found)


def familiar_bytes(found: Mapping[Modality, Familiarity]) -> bytes:
    """What `read_familiar` reads."""
    return safetensors.save(
        {
            f"{name}/{key}": np.ascontiguousarray(array)
            for name, one in found.items()
            for key, array in one.arrays().items()
        }
    )


def read_familiar(content: bytes) -> dict[Modality, Familiarity]:
    """What `familiar_file` wrote, by modality; a modality of too few patients is not there."""
    arrays = safetensors.load(content)
    names: tuple[Modality, ...] = ("genes", "image")
    parts: dict[Modality, dict[str, np.ndarray]] = {
        name: {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}
        for name in names
    }
    return {name: Familiarity.of_arrays(part) for name, part in parts.items() if part}


def mean_tile(bags: Sequence[Bag]) -> Float32[np.ndarray, " dim"]:
    """Mean features over all tiles of a patient."""
    total = np.sum([bag.features.sum(axis=0, dtype=np.float64) for bag in bags], axis=0)
    return (total / sum(len(bag.features) for bag in bags)).astype(np.float32)


def _values(dataset: Dataset) -> dict[Modality, np.ndarray]:
    found: dict[Modality, np.ndarray] = {}
    if dataset.expression is not None and dataset.expression.genes:
        found["genes"] = dataset.expression.values
    if dataset.bags is not None:
        found["image"] = np.stack([mean_tile(dataset.bags[one.id]) for one in dataset.cohort.patients])
    return found
