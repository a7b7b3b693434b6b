"""The fits of all controls, as many at once as asked for; what they say, as rows that are stored."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64
from threadpoolctl import threadpool_limits

from core.training.controls.patients import Patients
from core.types import ControlPrediction

Family = Literal["confounder", "ladder", "left-out site"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one control said of the test patients of one split."""

    family: Family
    target: str
    name: str
    inputs: int
    draw: int = 0
    rows: Int64[np.ndarray, " test"]
    label: Int64[np.ndarray, " test"]
    probabilities: Float64[np.ndarray, "test classes"]


Job = Callable[[Patients], tuple[Answer, ...]]
"""Fits that share a scaler."""


def answered(
    jobs: Sequence[Job], patients: Patients, *, workers: int, progress: Callable[[int, int], None]
) -> list[Answer]:
    """What all jobs say, in their order.

    Threads do, since the long steps are numpy's, which lets others run meanwhile. Each computes on one core, so that no
    number depends on how many there are.
    """
    found: list[Answer] = []
    with threadpool_limits(1), ThreadPoolExecutor(max(1, workers)) as pool:
        for done, said in enumerate(pool.map(lambda job: job(patients), jobs), start=1):
            found += said
            progress(done, len(jobs))
    return found


def predictions(answers: Iterable[Answer], patients: Sequence[str]) -> tuple[ControlPrediction, ...]:
    """One row for each patient that a control answered for, the mean over the repeats of the folds."""
    found: dict[tuple[Family, str, str, int, int], list[tuple[int, int, np.ndarray]]] = {}
    for answer in answers:
        for row, label, shares in zip(answer.rows, answer.label, answer.probabilities, strict=True):
            key = (answer.family, answer.target, answer.name, answer.draw, int(row))
            found.setdefault(key, []).append((int(label), answer.inputs, shares))
    return tuple(
        ControlPrediction(
            family=family,
            target=target,
            name=name,
            inputs=round(float(np.mean([inputs for _, inputs, _ in said]))),
            draw=draw,
            patient=patients[row],
            label=said[0][0],
            probabilities=tuple(np.mean([shares for _, _, shares in said], axis=0).tolist()),
        )
        for (family, target, name, draw, row), said in found.items()
    )
