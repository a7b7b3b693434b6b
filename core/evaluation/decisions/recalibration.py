"""Calibration slope and intercept: logistic regression of the truth on the log-odds of the prediction.

Cox 1958 (Biometrika 45:562); as measures of a clinical model, Van Calster 2016 (J Clin Epidemiol 74:167).
"""

import numpy as np
from jaxtyping import Bool, Float64
from scipy.special import expit, logit

from core.evaluation.decisions.proportions import Z
from core.evaluation.values import Estimate

EDGE = 1e-6
"""Probabilities are kept this far from 0 and 1, where log-odds end."""
STEPS = 100

Truth = Bool[np.ndarray, " patients"]
Vector = Float64[np.ndarray, " patients"]


def slope(probabilities: Vector, positive: Truth) -> Estimate:
    """Change of the true log-odds with the predicted: 1 is right, below 1 is too extreme, above 1 too timid."""
    odds = _log_odds(probabilities)
    why = _one_sided(positive) or _without_slope(odds, positive)
    if why:
        return _none(why, n=len(odds))
    design = np.stack([np.ones_like(odds), odds], axis=1)
    return _fitted(
        design, np.zeros_like(odds), positive, how=f"logistic recalibration, Wald interval{_edges(probabilities)}"
    )


def intercept(probabilities: Vector, positive: Truth) -> Estimate:
    """Shift of the log-odds at slope 1 (calibration in the large): 0 is right, below 0 is too sure of the class."""
    why = _one_sided(positive)
    if why:
        return _none(why, n=len(positive))
    design = np.ones((len(positive), 1))
    how = f"logistic recalibration with the slope held at 1, Wald interval{_edges(probabilities)}"
    return _fitted(design, _log_odds(probabilities), positive, how=how)


def _fitted(design: Float64[np.ndarray, "patients terms"], offset: Vector, positive: Truth, *, how: str) -> Estimate:
    """Last coefficient of a logistic regression with its Wald interval; Newton's steps, halved where they overshoot."""
    found, n = np.zeros(design.shape[1]), len(positive)
    likelihood = _log_likelihood(offset, positive)
    for _ in range(STEPS):
        chance = expit(design @ found + offset)
        gradient = design.T @ (positive - chance)
        information = design.T @ (design * (chance * (1 - chance))[:, None])
        if np.linalg.det(information) <= 0:
            return _none("cannot be computed: the logistic regression does not converge", n=n)
        step = np.linalg.solve(information, gradient)
        if gradient @ step < 1e-12:
            half = Z * float(np.sqrt(np.linalg.inv(information)[-1, -1]))
            value = float(found[-1])
            return Estimate(value=value, low=value - half, high=value + half, n=n, how=how)
        while _log_likelihood(design @ (found + step) + offset, positive) < likelihood - 1e-9:
            step = step / 2
        found = found + step
        likelihood = _log_likelihood(design @ found + offset, positive)
    return _none(f"cannot be computed: the logistic regression does not converge in {STEPS} steps", n=n)


def _log_likelihood(odds: Vector, positive: Truth) -> float:
    return -float(np.logaddexp(0, np.where(positive, -odds, odds)).sum())


def _log_odds(probabilities: Vector) -> Vector:
    return np.asarray(logit(np.clip(probabilities, EDGE, 1 - EDGE)), dtype=np.float64)


def _edges(probabilities: Vector) -> str:
    outside = int(((probabilities < EDGE) | (probabilities > 1 - EDGE)).sum())
    return f"; {outside} probabilities moved {EDGE:g} away from 0 or 1" if outside else ""


def _one_sided(positive: Truth) -> str | None:
    if positive.all() or not positive.any():
        return "cannot be computed: patients of one side only"
    return None


def _without_slope(odds: Vector, positive: Truth) -> str | None:
    yes, no = odds[positive], odds[~positive]
    if np.ptp(odds) == 0:
        return "cannot be computed: all probabilities are equal"
    if yes.min() >= no.max() or no.min() >= yes.max():
        return "cannot be computed: a threshold parts the classes without error, so no finite slope fits best"
    return None


def _none(why: str, *, n: int) -> Estimate:
    return Estimate(value=None, low=None, high=None, n=n, how=why)
