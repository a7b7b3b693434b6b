"""What the predictions of one fold looked at, as explanations.h5."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from jaxtyping import Float, Float16, Float32

from core.results.arrays import End, array, hdf5, read_index
from core.types import Explanation

VECTORS = ("token_attention", "contributions", "gene_attributions")


def explanations_file(explanations: Mapping[str, Explanation]) -> bytes:
    """What each patient's prediction looked at; tile weights keep three digits (float16)."""
    names = {one: place for place, one in enumerate(dict.fromkeys(map(_names, explanations.values())))}
    attention, vectors = End(), {name: End() for name in VECTORS}
    patients: dict[str, dict[str, object]] = {}
    for patient, one in explanations.items():
        tiles = one.tile_attention
        patients[patient] = {
            "names": names[_names(one)],
            "tile_attention": None if tiles is None else (attention.add(_relative(tiles)), *tiles.shape),
            **{name: vectors[name].add_or_none(getattr(one, name)) for name in VECTORS},
        }
    arrays = {"tile_attention": attention.joined(np.dtype(np.float16))}
    arrays |= {name: end.joined(np.dtype(np.float32)) for name, end in vectors.items()}
    return hdf5({"names": list(names), "patients": patients}, arrays)


def read_explanation(path: Path, *, patient: str) -> Explanation | None:
    """The explanation of one patient, or None when there is none."""
    with h5py.File(path, "r") as file:
        index = read_index(file)
        entry = index["patients"].get(patient)
        if entry is None:
            return None
        tokens, sets = index["names"][entry["names"]]
        return Explanation(
            tile_attention=_tile_attention(file, entry["tile_attention"]),
            token_attention=_vector(file, "token_attention", entry),
            contributions=_vector(file, "contributions", entry),
            tokens=tuple(tokens),
            sets=tuple(sets),
            gene_attributions=_vector(file, "gene_attributions", entry),
        )


def _names(explanation: Explanation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return explanation.tokens, explanation.sets


def _relative(attention: Float[np.ndarray, "tokens tiles"]) -> Float16[np.ndarray, "tokens tiles"]:
    """Weights relative to the largest of their row: over thousands of tiles the weights themselves leave float16."""
    largest = attention.max(axis=1, keepdims=True)
    return np.divide(attention, largest, out=np.zeros(attention.shape), where=largest > 0).astype(np.float16)


def _tile_attention(file: h5py.File, place: Sequence[int] | None) -> Float32[np.ndarray, "tokens tiles"] | None:
    if place is None:
        return None
    start, tokens, tiles = place
    stored = np.asarray(array(file, "tile_attention")[start : start + tokens * tiles])
    weights = stored.astype(np.float32).reshape(tokens, tiles)
    total = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)


def _vector(file: h5py.File, name: str, entry: Mapping[str, Any]) -> Float32[np.ndarray, " values"] | None:
    # runs of older versions have no gene attributions
    if entry.get(name) is None:
        return None
    start, length = entry[name]
    return np.asarray(array(file, name)[start : start + length])
