"""Patients as arrays, and arrays as padded, masked batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float32, Int64

from core.model import Batch
from core.types import Bag, Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """Patients ready for a network, in one order; an absent modality has no columns."""

    patients: tuple[str, ...]
    tiles: tuple[np.ndarray, ...]
    """Tile features of each patient, float32[tiles, dim], all slides in bag order."""
    genes: Float32[np.ndarray, "patients genes"]
    label: Int64[np.ndarray, " patients"]
    has_image: bool = True
    has_genes: bool = True

    def take(self, rows: Sequence[int]) -> "Inputs":
        """Some of the patients."""
        return Inputs(
            patients=tuple(self.patients[row] for row in rows),
            tiles=tuple(self.tiles[row] for row in rows),
            genes=self.genes[list(rows)],
            label=self.label[list(rows)],
            has_image=self.has_image,
            has_genes=self.has_genes,
        )

    def without(self, rows: Sequence[int]) -> "Inputs":
        """All but some of the patients."""
        gone = set(rows)
        return self.take([row for row in range(len(self.patients)) if row not in gone])

    def with_genes(self, genes: Float32[np.ndarray, "patients genes"]) -> "Inputs":
        """The same patients with other expression."""
        return replace(self, genes=genes)


def joined(bags: Sequence[Bag]) -> np.ndarray:
    """Features of all slides of a patient, one below the other."""
    return np.concatenate([bag.features for bag in bags]).astype(np.float32)


def has_places(dataset: Dataset) -> bool:
    """True when every bag says where its tiles lie."""
    bags = [bag for bags in (dataset.bags or {}).values() for bag in bags]
    return bool(bags) and all(bag.origins is not None for bag in bags)


def raw_inputs(dataset: Dataset) -> Inputs:
    """A dataset's patients before any scaling."""
    patients = dataset.cohort.patients
    empty = np.zeros((1, 0), np.float32)
    return Inputs(
        patients=tuple(patient.id for patient in patients),
        tiles=tuple(joined(dataset.bags[patient.id]) if dataset.bags else empty for patient in patients),
        genes=dataset.expression.values if dataset.expression else np.zeros((len(patients), 0), np.float32),
        label=np.array([patient.label for patient in patients], np.int64),
        has_image=dataset.bags is not None,
        has_genes=dataset.expression is not None,
    )


def batch_of(inputs: Inputs, rows: Sequence[int], *, sampled: np.random.Generator | None, most: int) -> Batch:
    """The patients of `rows`, padded to the longest.

    With a generator, a bag longer than `most` is thinned to a random subset, as in training; without, all tiles stay.
    """
    bags = [inputs.tiles[row] for row in rows]
    if sampled is not None:
        bags = [bag if len(bag) <= most else bag[sampled.choice(len(bag), most, replace=False)] for bag in bags]
    longest = max(len(bag) for bag in bags)
    tiles = torch.zeros(len(bags), longest, bags[0].shape[1])
    present = torch.zeros(len(bags), longest, dtype=torch.bool)
    for row, bag in enumerate(bags):
        tiles[row, : len(bag)] = torch.from_numpy(bag)
        present[row, : len(bag)] = True
    return Batch(
        tiles=tiles,
        present=present,
        genes=torch.from_numpy(inputs.genes[list(rows)]),
        has_image=torch.full((len(bags),), inputs.has_image),
        has_genes=torch.full((len(bags),), inputs.has_genes),
        label=torch.from_numpy(inputs.label[list(rows)]),
    )


def in_order(inputs: Inputs, *, size: int) -> Iterator[Batch]:
    """All patients with all their tiles, in order."""
    for start in range(0, len(inputs.patients), size):
        rows = range(start, min(start + size, len(inputs.patients)))
        yield batch_of(inputs, rows, sampled=None, most=0)


def shuffled(inputs: Inputs, *, size: int, most: int, generator: np.random.Generator) -> Iterator[Batch]:
    """All patients once, in random order; a last batch of fewer than two patients is left out."""
    order = generator.permutation(len(inputs.patients))
    for start in range(0, len(order), size):
        rows = order[start : start + size].tolist()
        if len(rows) > 1:
            yield batch_of(inputs, rows, sampled=generator, most=most)
