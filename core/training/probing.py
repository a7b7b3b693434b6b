"""Each modality taken away from the test patients of a trained model: what does it answer then?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from core.training.batches import Inputs
from core.training.trained import Trained
from core.types import Fold, Probe

DRAWS = 5
"""Permutations of each modality."""
STREAM = 1001
"""Keeps these draws apart from those of the members, which are numbered from 0."""

Modality = Literal["image", "genes"]


def probes(trained: Trained, *, train: Inputs, test: Inputs, fold: Fold, seed: int) -> tuple[Probe, ...]:
    """Calibrated answers to test patients with one modality taken away; none for a model that takes only one.

    Every model of a fold gets the same permutations.
    """
    if "both" not in trained.calibrations or not (test.has_image and test.has_genes):
        return ()
    generator = np.random.default_rng(np.random.SeedSequence((seed, fold.repeat, fold.index, STREAM)))
    orders = [exchanged(len(test.patients), generator) for _ in range(DRAWS)] if len(test.patients) > 1 else []
    made: list[Probe] = []
    for removed in ("image", "genes"):
        for draw, order in enumerate(orders):
            made.extend(
                _answers(trained, permuted(test, removed, order), fold, removed=removed, by="permuted", draw=draw)
            )
        made.extend(_answers(trained, at_mean(test, removed, train), fold, removed=removed, by="mean", draw=0))
    return tuple(made)


def exchanged(count: int, generator: np.random.Generator) -> list[int]:
    """Whose data each of at least two patients gets, never their own: all stand in one random circle."""
    circle = generator.permutation(count)
    given = np.empty(count, np.int64)
    given[circle] = np.roll(circle, 1)
    return given.tolist()


def permuted(test: Inputs, removed: Modality, order: Sequence[int]) -> Inputs:
    """The same patients, one modality of each taken from another."""
    if removed == "image":
        return replace(test, tiles=tuple(test.tiles[row] for row in order))
    return test.with_genes(test.genes[list(order)])


def at_mean(test: Inputs, removed: Modality, train: Inputs) -> Inputs:
    """The same patients, one modality of each at the mean of the scaled training values.

    That mean is zero but for the limit of scaled values and for ties in quantile normalisation. One tile stands for
    all, since any number of equal tiles pools to the same.
    """
    if removed == "image":
        mean = np.concatenate(train.tiles).mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
        return replace(test, tiles=(mean,) * len(test.patients))
    mean = train.genes.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    return test.with_genes(np.repeat(mean, len(test.patients), axis=0))


def _answers(
    trained: Trained, changed: Inputs, fold: Fold, *, removed: Modality, by: Literal["permuted", "mean"], draw: int
) -> Iterator[Probe]:
    # rounded as the predictions are: where a modality is ignored, the answer then is the same to the last bit
    shares = np.exp(trained.log_probabilities(changed, mode="both")).astype(np.float32)
    for patient, label, row in zip(changed.patients, changed.label, shares, strict=True):
        yield Probe(
            model=trained.model,
            repeat=fold.repeat,
            fold=fold.index,
            patient=patient,
            label=int(label),
            removed=removed,
            by=by,
            draw=draw,
            probabilities=tuple(float(share) for share in row),
        )
