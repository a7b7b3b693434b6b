"""What the evaluation takes and gives: frozen values around numpy arrays."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """Predictions of one model in one mode, one row a patient."""

    patients: tuple[str, ...]
    labels: Int64[np.ndarray, " patients"]
    """True class, an index into the columns of `probabilities`."""
    probabilities: Float64[np.ndarray, "patients classes"]

    def __post_init__(self) -> None:
        rows, classes = self.probabilities.shape
        assert classes >= 2, "at least two classes"
        assert len(self.patients) == len(self.labels) == rows, "one label and one row of probabilities a patient"
        assert len(set(self.patients)) == rows, "a patient is scored once"
        assert np.isfinite(self.probabilities).all(), "probabilities must be finite"
        assert ((self.labels >= 0) & (self.labels < classes)).all(), "labels index the classes"

    @property
    def classes(self) -> int:
        """Number of classes, whether or not a patient of each is present."""
        return self.probabilities.shape[1]

    @property
    def decisions(self) -> Int64[np.ndarray, " patients"]:
        """Most probable class; the first of them on a tie."""
        return self.probabilities.argmax(axis=1).astype(np.int64)

    @property
    def class_counts(self) -> Int64[np.ndarray, " classes"]:
        """Patients per true class."""
        return np.bincount(self.labels, minlength=self.classes).astype(np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number with its 95 % interval.

    `value` is None where it cannot be computed, `low` and `high` are None where an interval cannot; `how` names the
    method or says why something is missing.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    """Patients it rests on."""
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """Points of a curve over all decision thresholds; no points where the labels hold one side only."""

    x: Float64[np.ndarray, " points"]
    y: Float64[np.ndarray, " points"]
    thresholds: Float64[np.ndarray, " points"]
    """Predicted positive is a probability at or above this; infinite where nobody is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SurvivalCurve:
    """Kaplan-Meier estimate: a step function that holds its value until the next time."""

    times: Float64[np.ndarray, " points"]
    """In the unit that was given; starts at 0."""
    survival: Float64[np.ndarray, " points"]
    low: Float64[np.ndarray, " points"]
    high: Float64[np.ndarray, " points"]
    at_risk: Int64[np.ndarray, " points"]
    """Patients still followed just before each time."""
