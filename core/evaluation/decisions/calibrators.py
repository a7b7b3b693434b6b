"""Ways to mend probabilities, fitted on inner predictions of a fold and applied to its test patients."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float64
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from core.evaluation.decisions.nested import averaged, nested, one_sided
from core.evaluation.evidence import Evidence
from core.evaluation.rows import CalibrationName
from core.evaluation.values import Scored
from core.types import Mode

Probabilities = Float64[np.ndarray, "patients classes"]
Calibrator = Callable[[Probabilities], Probabilities]

SMALLEST = 1e-12
"""Least probability a logarithm is taken of."""
HOTTEST = 10.0
"""Temperatures lie between 1 / HOTTEST and HOTTEST."""

CALIBRATIONS: Mapping[CalibrationName, str] = {
    "stored": "probabilities as the run answers",
    "none": "the networks' own probabilities",
    "temperature": "one temperature a fold (Guo 2017, arXiv 1706.04599), fitted on inner predictions",
    "isotonic": "isotonic regression a fold (Zadrozny 2002, KDD), fitted on inner predictions, class by class",
}
"""Each way to calibrate, in words."""


def temperature(inner: Scored) -> Calibrator:
    """p to the power 1 / T, T with the largest likelihood of the inner patients' classes."""
    logs = np.log(np.maximum(inner.probabilities, SMALLEST))
    rows = np.arange(len(inner.labels))

    def loss(log_heat: float) -> float:
        return -float(log_softmax(logs / np.exp(log_heat), axis=1)[rows, inner.labels].mean())

    found = minimize_scalar(loss, bounds=(-np.log(HOTTEST), np.log(HOTTEST)), method="bounded")
    heat = float(np.exp(found.x))
    return lambda probabilities: softmax(np.log(np.maximum(probabilities, SMALLEST)) / heat, axis=1)


def isotonic(inner: Scored) -> Calibrator:
    """A rising step function for each class against the rest; with more than two classes brought to sum to 1 again.

    Where every class gets 0, all are held equally likely.
    """
    # takes a second to import, which pages that only read runs need not wait for
    from sklearn.isotonic import IsotonicRegression

    sides = (1,) if inner.classes == 2 else range(inner.classes)
    fitted = [
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
            inner.probabilities[:, side], (inner.labels == side).astype(np.float64)
        )
        for side in sides
    ]

    def calibrated(probabilities: Probabilities) -> Probabilities:
        raised = [one.predict(probabilities[:, side]) for one, side in zip(fitted, sides, strict=True)]
        if len(raised) == 1:
            return np.stack([1 - raised[0], raised[0]], axis=1).astype(np.float64)
        columns = np.stack(raised, axis=1).astype(np.float64)
        columns[columns.sum(axis=1) == 0] = 1
        return columns / columns.sum(axis=1, keepdims=True)

    return calibrated


FITTED: Mapping[CalibrationName, Callable[[Scored], Calibrator]] = {"temperature": temperature, "isotonic": isotonic}
"""Ways that are fitted on inner predictions."""


def calibrated(evidence: Evidence, model: str, mode: Mode, *, name: CalibrationName) -> Scored | str:
    """All patients' out-of-fold probabilities under one calibration, repeats averaged; or why there are none."""
    if name == "stored":
        return evidence.scored(model, mode)
    parts = nested(evidence, model, mode, uncalibrated=True)
    if not parts:
        return "cannot be computed: the networks' own probabilities were not kept"
    if name == "none":
        values = [part.test.probabilities for part in parts]
    elif (why := one_sided(parts)) is not None:
        return f"cannot be fitted: {why}"
    else:
        values = [FITTED[name](part.inner)(part.test.probabilities) for part in parts]
    pool = averaged(parts, values)
    return Scored(patients=pool.patients, labels=pool.labels, probabilities=pool.values)
