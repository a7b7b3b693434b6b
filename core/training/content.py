"""What each patient brings, as digests: two patients with the same slide or expression row are found by them."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np

from core.types import Bag, Dataset


def content_of(dataset: Dataset) -> Mapping[str, tuple[str, ...]]:
    """Patient to the SHA-256 of each slide's features with their places, and of the expression row."""
    found: dict[str, list[str]] = {patient.id: [] for patient in dataset.cohort.patients}
    for patient, bags in (dataset.bags or {}).items():
        found[patient] += map(_of_bag, bags)
    if dataset.expression is not None:
        for patient, row in zip(dataset.expression.patients, dataset.expression.values, strict=True):
            found[patient].append(_digest(b"expression", row))
    return {patient: tuple(digests) for patient, digests in found.items()}


def _of_bag(bag: Bag) -> str:
    # places too: two slides of uniform colour may have equal features, but hardly the same tissue outline
    return _digest(b"slide", bag.features, *(() if bag.origins is None else (bag.origins,)))


def _digest(kind: bytes, *arrays: np.ndarray) -> str:
    digest = sha256(kind)
    for array in arrays:
        digest.update(str((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
