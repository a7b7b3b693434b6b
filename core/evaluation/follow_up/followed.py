"""The patients whose follow-up is known, with what survival is adjusted for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from core.evaluation.evidence import Evidence
from core.evaluation.groups import stage_group
from core.evaluation.pooling import is_main
from core.types import Covariate, Patient

STAGES: Mapping[str, float] = {"0": 0.0, "I": 1.0, "II": 2.0, "III": 3.0, "IV": 4.0}
TRUE_CLASS = "true class"
AGE, STAGE = "age (10 years)", "stage (each step)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """Patients in the order of their ids."""

    patients: tuple[str, ...]
    times: Float64[np.ndarray, " patients"]
    """Months."""
    events: Bool[np.ndarray, " patients"]
    adjusted: Mapping[str, Float64[np.ndarray, " patients"]]
    """Age in decades, stage as a number; NaN where it is not stated. Left out where the cohort states none."""

    def rows(self, patients: Sequence[str]) -> list[int]:
        """Places of those of these patients that are followed, in their order."""
        place = {patient: row for row, patient in enumerate(self.patients)}
        return [place[patient] for patient in patients if patient in place]

    def take(self, rows: Sequence[int] | np.ndarray) -> "Followed":
        """Some of the patients."""
        places = np.asarray(rows, dtype=np.int64)
        return Followed(
            patients=tuple(self.patients[row] for row in places),
            times=self.times[places],
            events=self.events[places],
            adjusted={name: values[places] for name, values in self.adjusted.items()},
        )

    def complete(self) -> "Followed":
        """Those whose age and stage are stated, as far as the cohort states them at all."""
        stated = np.ones(len(self.patients), dtype=bool)
        for values in self.adjusted.values():
            stated &= np.isfinite(values)
        return self.take(np.flatnonzero(stated))


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One number about survival; None with the reason where there is none."""

    metric: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    how: str


def followed(evidence: Evidence) -> Followed:
    """Every patient of the cohort with a time and an event; nobody where the cohort has no follow-up."""
    known = sorted((one for one in evidence.cohort.patients if _is_followed(one)), key=lambda one: one.id)
    adjusted = {
        AGE: np.array([_number(one.covariates.get("age")) / 10 for one in known], dtype=np.float64),
        STAGE: np.array([STAGES.get(stage_group(one.covariates.get("stage")), math.nan) for one in known], np.float64),
    }
    return Followed(
        patients=tuple(one.id for one in known),
        times=np.array([_number(one.covariates["time"]) for one in known], dtype=np.float64),
        events=np.array([one.covariates["event"] == 1 for one in known], dtype=bool),
        adjusted={name: values for name, values in adjusted.items() if np.isfinite(values).any()},
    )


def classifications(evidence: Evidence) -> dict[str, Mapping[str, int]]:
    """Class of each patient by truth and by each model's out-of-fold decision in its main mode."""
    found: dict[str, Mapping[str, int]] = {TRUE_CLASS: {one.id: one.label for one in evidence.cohort.patients}}
    for model, mode in evidence.answers:
        if is_main(model, mode):
            scored = evidence.scored(model, mode)
            found[model] = dict(zip(scored.patients, scored.decisions.tolist(), strict=True))
    return found


def _is_followed(patient: Patient) -> bool:
    time = _number(patient.covariates.get("time"))
    return math.isfinite(time) and time >= 0 and patient.covariates.get("event") in (0, 1)


def _number(value: Covariate) -> float:
    return value if isinstance(value, float) else math.nan
