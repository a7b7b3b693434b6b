"""How much each term of a model's logits counts, and where the classes stand: fitted on held-out training patients."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float, Int64
from scipy.optimize import OptimizeResult, minimize
from scipy.special import log_softmax

PRIOR = 1.0
"""Strength with which weights are held at 1 and shifts at 0, in patients: matters only for small cohorts."""
LARGEST = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Weights of the terms and a shift of each class.

    With one term and no shift this is temperature scaling (Guo 2017, arXiv 1706.04599).
    """

    weights: Float[np.ndarray, " terms"]
    shifts: Float[np.ndarray, " classes"]

    def __call__(self, terms: Float[np.ndarray, "patients terms classes"]) -> Float[np.ndarray, "patients classes"]:
        """Calibrated log-probabilities."""
        return log_softmax(np.einsum("ptc,t->pc", terms, self.weights) + self.shifts, axis=1)


def calibrate(terms: Float[np.ndarray, "patients terms classes"], label: Int64[np.ndarray, " patients"]) -> Calibration:
    """Weights (0 to 5) and shifts with the highest penalised likelihood of the held-out patients' labels."""
    count = terms.shape[1]
    truth = np.eye(terms.shape[2])[label]

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, shifts = parameters[:count], parameters[count:]
        predicted = Calibration(weights=weights, shifts=shifts)(terms)
        pull = np.concatenate([weights - 1, shifts])
        excess = np.exp(predicted) - truth
        slope = np.concatenate([np.einsum("ptc,pc->t", terms, excess), excess.sum(axis=0)])
        return float(-(truth * predicted).sum() + PRIOR * (pull**2).sum() / 2), slope + PRIOR * pull

    start = np.concatenate([np.ones(count), np.zeros(terms.shape[2])])
    bounds = [(0.0, LARGEST)] * count + [(-LARGEST, LARGEST)] * terms.shape[2]
    found = cast(OptimizeResult, minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds))
    return Calibration(weights=found.x[:count], shifts=found.x[count:])
