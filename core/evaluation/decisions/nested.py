"""Each fold's held-out answers of its training patients, to fit on, beside those of its test patients, to judge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int64

from core.evaluation.evidence import Evidence
from core.evaluation.pooling import pooled
from core.evaluation.values import Scored
from core.types import Mode, Prediction


@dataclass(frozen=True, kw_only=True, slots=True)
class Nested:
    """One model in one mode on one fold."""

    repeat: int
    fold: int
    inner: Scored
    """Training patients, each answered by the member that did not learn from them; nobody where none were kept."""
    test: Scored


@dataclass(frozen=True, kw_only=True, slots=True)
class Averaged:
    """One row a patient, the mean over the repeats that tested them."""

    patients: tuple[str, ...]
    """In the order of their ids."""
    labels: Int64[np.ndarray, " patients"]
    values: Float64[np.ndarray, "patients columns"]


def nested(evidence: Evidence, model: str, mode: Mode, *, uncalibrated: bool = False) -> tuple[Nested, ...]:
    """Every fold of one model in one mode, by repeat and fold.

    Args:
        uncalibrated: the networks' own probabilities in place of those of the run; no folds where a test prediction
            did not keep them, nobody inside where an inner one did not.
    """
    test, inner = evidence.of(model, mode), evidence.inner_of(model, mode)
    if uncalibrated:
        if not all(one.uncalibrated for one in test):
            return ()
        test = _own(test)
        inner = _own(inner) if all(one.uncalibrated for one in inner) else ()
    tested, held_out = _by_fold(test), _by_fold(inner)
    count = len(evidence.classes)
    return tuple(
        Nested(
            repeat=place[0],
            fold=place[1],
            inner=pooled(held_out.get(place, ()), classes=count),
            test=pooled(tested[place], classes=count),
        )
        for place in sorted(tested)
    )


def averaged(parts: Sequence[Nested], values: Sequence[Float64[np.ndarray, "_ columns"]]) -> Averaged:
    """What was worked out for each fold's test patients, pooled over folds and averaged over repeats."""
    assert parts and len(parts) == len(values)
    names = np.concatenate([np.array(part.test.patients) for part in parts])
    patients, first, row = np.unique(names, return_index=True, return_inverse=True)
    stacked = np.concatenate(values)
    sums = np.zeros((len(patients), stacked.shape[1]))
    np.add.at(sums, row, stacked)
    return Averaged(
        patients=tuple(patients.tolist()),
        labels=np.concatenate([part.test.labels for part in parts])[first],
        values=sums / np.bincount(row)[:, None],
    )


def one_sided(parts: Iterable[Nested]) -> str | None:
    """Why nothing can be fitted on the inner parts: a fold that lacks a class there; None where every fold can."""
    for part in parts:
        where = f"fold {part.fold + 1} of repeat {part.repeat + 1}"
        if not part.inner.patients:
            return f"no inner predictions were kept of {where}"
        if (part.inner.class_counts == 0).any():
            return f"the inner predictions of {where} lack patients of a class"
    return None


def _own(predictions: Sequence[Prediction]) -> tuple[Prediction, ...]:
    return tuple(replace(one, probabilities=one.uncalibrated) for one in predictions)


def _by_fold(predictions: Sequence[Prediction]) -> Mapping[tuple[int, int], list[Prediction]]:
    found: dict[tuple[int, int], list[Prediction]] = {}
    for one in predictions:
        found.setdefault((one.repeat, one.fold), []).append(one)
    return found
