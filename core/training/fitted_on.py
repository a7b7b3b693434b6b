"""On whom something was fitted, taken from the patients that were really handed to the fit."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Fold, Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """Something fitted, and the patients it saw."""

    what: str
    """Like "gene scaler"."""
    patients: tuple[str, ...]


def fitted_on(learned: Sequence[Learned], fold: Fold) -> list[Json]:
    """One entry for each thing fitted; `holds_test` is true when a test patient of the fold was among those it saw."""
    return [
        {
            "what": one.what,
            "patients": len(set(one.patients)),
            "part": _part(set(one.patients), fold),
            "holds_test": not set(fold.test).isdisjoint(one.patients),
        }
        for one in learned
    ]


def _part(patients: set[str], fold: Fold) -> str:
    leaked, strange = len(patients & set(fold.test)), len(patients - set(fold.test) - set(fold.train))
    if leaked or strange:
        return f"with {leaked} test patients and {strange} of neither part of the fold"
    return "training patients of the fold" if patients == set(fold.train) else "some training patients of the fold"
