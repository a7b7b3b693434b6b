"""Units of expression: what values are possible in each, and how each is put on the scale that models see."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from core.cohort.sources import Unit
from core.errors import InputError

MAX_LOG2 = 64.0
"""No measured quantity reaches 2**64."""
ENOUGH = 10
"""From this many samples and genes on, z-scores without one negative value are no z-scores."""


def check_unit(
    values: Float64[np.ndarray, "samples genes"],
    unit: Unit,
    *,
    samples: Sequence[str],
    genes: Sequence[str],
    path: Path,
) -> None:
    """Refuse values that cannot be of the stated unit.

    Raises:
        InputError: negative counts or TPM, an empty sample of counts, log2 values beyond 64, z-scores all positive.
    """
    if unit in ("counts", "tpm"):
        _refuse(
            values < 0, f"is negative, which {unit} cannot be; are these log2 values or z-scores?", samples, genes, path
        )
    if unit == "log2":
        _refuse(values > MAX_LOG2, "is too large for log2; are these counts or tpm?", samples, genes, path)
    if unit == "zscore" and min(values.shape) >= ENOUGH and values.min() >= 0:
        raise InputError(f"{path.name}: no value is negative, so these are no z-scores; state the unit they have")
    empty = np.flatnonzero(values.sum(axis=1) == 0)
    if unit == "counts" and len(empty):
        raise InputError(f'{path.name}: sample "{samples[empty[0]]}" has no counts at all; remove it')


def logged(values: Float64[np.ndarray, "samples genes"], unit: Unit) -> Float64[np.ndarray, "samples genes"]:
    """Counts as log2(counts per million + 1), TPM as log2(TPM + 1); log2 values and z-scores as they are."""
    if unit == "counts":
        values = values / values.sum(axis=1, keepdims=True) * 1e6
    return np.log2(values + 1) if unit in ("counts", "tpm") else values


def clipped(
    values: Float64[np.ndarray, "samples genes"], clip: float | None, notes: list[str]
) -> Float64[np.ndarray, "samples genes"]:
    """Values within +-clip; how many were put there is added to the notes."""
    if clip is None:
        return values
    beyond = int((np.abs(values) > clip).sum())
    if beyond:
        notes.append(f"expression: {beyond:,} of {values.size:,} cells clipped to +-{clip:g}")
    return np.clip(values, -clip, clip)


def _refuse(wrong: np.ndarray, fault: str, samples: Sequence[str], genes: Sequence[str], path: Path) -> None:
    if wrong.any():
        sample, gene = np.argwhere(wrong)[0]
        raise InputError(f'{path.name}: gene "{genes[gene]}", sample "{samples[sample]}" {fault}')
