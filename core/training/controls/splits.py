"""Who a control learns from and who it answers for, as rows of a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from core.types import Fold

UNKNOWN = -1
"""Label of a patient whose outcome is not known: neither learned from nor answered for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One deal of the patients. Whatever is fitted is fitted on `train`."""

    train: Int64[np.ndarray, " train"]
    inner: tuple[Int64[np.ndarray, " _"], ...]
    """Positions in `train`, not rows of the cohort."""
    test: Int64[np.ndarray, " test"]


def splits(
    folds: Sequence[Fold], patients: Sequence[str], label: Int64[np.ndarray, " patients"]
) -> tuple[tuple[Split, ...], tuple[str, ...]]:
    """Folds among the patients whose label is known, and for each fold that cannot be used, why."""
    place = {patient: row for row, patient in enumerate(patients)}
    made: list[Split] = []
    reasons: list[str] = []
    for fold in folds:
        train, test = (_known([place[one] for one in part], label) for part in (fold.train, fold.test))
        if len(np.unique(label[train])) < 2:
            reasons.append(f"fold {fold.index + 1} has training patients of one class only")
        elif not len(test):
            reasons.append(f"fold {fold.index + 1} has no test patient with a known outcome")
        else:
            inner = tuple(np.flatnonzero(np.isin(train, [place[one] for one in part])) for part in fold.inner)
            made.append(Split(train=train, inner=tuple(part for part in inner if len(part)), test=test))
    return tuple(made), tuple(reasons)


def _known(rows: Sequence[int], label: Int64[np.ndarray, " patients"]) -> Int64[np.ndarray, " known"]:
    found = np.array(rows, np.int64)
    return found[label[found] != UNKNOWN]
