"""How much each gene set moved a prediction."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

LogProbabilities = Callable[[Float[np.ndarray, "patients genes"]], Float[np.ndarray, "patients classes"]]
"""Scaled expression of the same patients -> log-probabilities of the classes."""


def log_odds(log_probabilities: Float[np.ndarray, "patients classes"], chosen: np.ndarray) -> np.ndarray:
    """Log-odds of one class of each patient against all others; float[patients]."""
    rows = np.arange(len(chosen))
    own = log_probabilities[rows, chosen].astype(np.float64)
    # log(1 - p) from log p, exact also when p is close to 1
    return own - np.log(-np.expm1(np.minimum(own, -1e-9)))


def contributions(
    log_probabilities: LogProbabilities, genes: Float[np.ndarray, "patients genes"], sets: Sequence[Sequence[int]]
) -> Float[np.ndarray, "patients sets"]:
    """Drop of the predicted class's log-odds when one gene set is put at the training middle (zero, once scaled).

    Positive: the set speaks for the predicted class. A gene in two sets counts in both, so the row does not add up to
    the log-odds; it ranks the sets.
    """
    whole = log_probabilities(genes)
    chosen = whole.argmax(axis=1)
    reference = log_odds(whole, chosen)
    moved = np.empty((len(genes), len(sets)), np.float32)
    for column, members in enumerate(sets):
        without = genes.copy()
        without[:, list(members)] = 0
        moved[:, column] = reference - log_odds(log_probabilities(without), chosen)
    return moved
