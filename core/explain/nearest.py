"""Patients who lie near one another in what a model made of them."""

import numpy as np
from jaxtyping import Float, Float64, Int64

Embeddings = Float[np.ndarray, "patients members width"]
"""One row a patient for each network of an ensemble; the networks' spaces have nothing to do with each other."""


def similarity(
    asked: Embeddings, known: Float[np.ndarray, "known members width"]
) -> Float64[np.ndarray, "patients known"]:
    """Cosine of each pair about the mean of the known patients, averaged over the networks; -1 to 1.

    Without the mean taken off, all patients point the same way and every cosine is near 1.
    """
    middle = known.mean(axis=0, dtype=np.float64)
    return np.einsum("amw,kmw->ak", _directions(asked - middle), _directions(known - middle)) / known.shape[1]


def nearest(similar: Float64[np.ndarray, "patients known"], *, count: int) -> Int64[np.ndarray, "patients nearest"]:
    """Places of the most similar known patients, the nearest first; ties go to the first."""
    return np.argsort(-similar, axis=1, kind="stable")[:, :count].astype(np.int64)


def _directions(values: Float64[np.ndarray, "patients members width"]) -> Float64[np.ndarray, "patients members width"]:
    length = np.linalg.norm(values, axis=2, keepdims=True)
    return np.divide(values, length, out=np.zeros_like(values), where=length > 0)
