"""How much each gene set moved a prediction."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int64

LogProbabilities = Callable[[Float[np.ndarray, "patients genes"]], Float[np.ndarray, "patients classes"]]
"""Scaled expression of the same patients -> log-probabilities of the classes."""


def log_odds(log_probabilities: Float[np.ndarray, "patients classes"], chosen: np.ndarray) -> np.ndarray:
    """Log-odds of one class of each patient against all others; float[patients]."""
    rows = np.arange(len(chosen))
    own = log_probabilities[rows, chosen].astype(np.float64)
    # log(1 - p) from log p, exact also when p is close to 1
    return own - np.log(-np.expm1(np.minimum(own, -1e-9)))


def contributions(
    log_probabilities: LogProbabilities,
    genes: Float[np.ndarray, "patients genes"],
    sets: Sequence[Sequence[int]],
    *,
    chosen: Int64[np.ndarray, " patients"] | None = None,
) -> Float[np.ndarray, "patients sets"]:
    """Drop of the predicted class's log-odds when one gene set is put at the training middle (zero, once scaled).

    Positive: the set speaks for the predicted class. A gene in two sets counts in both, so the row does not add up to
    the log-odds; it ranks the sets. With `chosen`, it is about that class of each patient.
    """
    whole = log_probabilities(genes)
    of = whole.argmax(axis=1) if chosen is None else chosen
    reference = log_odds(whole, of)
    moved = np.empty((len(genes), len(sets)), np.float32)
    for column, members in enumerate(sets):
        without = genes.copy()
        without[:, list(members)] = 0
        moved[:, column] = reference - log_odds(log_probabilities(without), of)
    return moved
