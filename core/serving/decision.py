"""Whether an ensemble decides, by the conformal sets and thresholds that its run's evaluation has for every fold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float32

from core.config import EvaluationSpec
from core.evaluation.decisions.conformal import largest_scores
from core.evaluation.decisions.nested import nested
from core.evaluation.rows import Threshold
from core.results import RunFolder
from core.types import Fold, Mode

HOW = (
    "each fold's model has the set of classes that it has in the run's evaluation; a class stays possible where at "
    "least half of the folds' sets hold it (majority vote: the chance to miss the true class is at most twice that of "
    "one fold), and with other than one class left the answer is to refer"
)


Bounds = Mapping[tuple[int, int], np.ndarray]
"""By repeat and fold: how much of each class's probability may be missing at most, for the class to stay possible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldSet:
    """What one fold's model says, and the classes that it cannot rule out."""

    repeat: int
    fold: int
    probabilities: tuple[float, ...]
    classes: tuple[str, ...] | None
    """None where the run has no evaluation to tell it from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Where the folds cut the probability of one class."""

    positive: str
    rule: str
    values: tuple[float, ...]
    """One a fold."""
    called: int
    """In how many of them the class is called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Whether an ensemble decides."""

    sets: tuple[FoldSet, ...]
    possible: tuple[str, ...] | None
    """Classes that at least half of the folds' sets hold; None without an evaluation."""
    wanted: float
    """Share of patients whose set is to hold their true class, of one fold."""
    cuts: tuple[Cut, ...]

    @property
    def refer(self) -> bool | None:
        """True when the answer is to refer for the assay; None without an evaluation."""
        return None if self.possible is None else len(self.possible) != 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """What a run's evaluation knows of decisions."""

    bounds: Callable[[str, Mode], Bounds]
    """Of a model in a mode; nothing where the run is not evaluated yet, or has nothing to tell them from."""
    thresholds: tuple[Threshold, ...]
    wanted: float

    @classmethod
    def of(cls, run: RunFolder) -> "Judge":
        """Reads what the run's evaluation left."""
        about = cast(Mapping[str, Any], run.evaluation.about)
        wanted = float(about.get("coverage", EvaluationSpec().coverage))
        evidence = run.evidence() if run.finished_run else None

        def bounds(model: str, mode: Mode) -> Bounds:
            if evidence is None or not evidence.inner_of(model, mode):
                return {}
            return {
                (part.repeat, part.fold): largest_scores(part.inner, wanted=wanted)
                for part in nested(evidence, model, mode)
            }

        return cls(bounds=bounds, thresholds=run.evaluation.rows("thresholds"), wanted=wanted)

    def decision(
        self,
        model: str,
        mode: Mode,
        *,
        folds: Sequence[Fold],
        shares: Float32[np.ndarray, "members classes"],
        classes: Sequence[str],
    ) -> Decision:
        """Of one model's members, one a fold."""
        bounds = self.bounds(model, mode)
        sets = tuple(
            FoldSet(
                repeat=fold.repeat,
                fold=fold.index,
                probabilities=tuple(map(float, row)),
                classes=_held(row, bounds.get((fold.repeat, fold.index)), classes),
            )
            for fold, row in zip(folds, shares, strict=True)
        )
        return Decision(
            sets=sets,
            possible=voted(sets, classes),
            wanted=self.wanted,
            cuts=self._cuts(model, mode, folds=folds, shares=shares, classes=classes),
        )

    def _cuts(
        self,
        model: str,
        mode: Mode,
        *,
        folds: Sequence[Fold],
        shares: Float32[np.ndarray, "members classes"],
        classes: Sequence[str],
    ) -> tuple[Cut, ...]:
        mine = [one for one in self.thresholds if (one.model, one.mode) == (model, mode)]
        place = {(fold.repeat, fold.index): row for row, fold in enumerate(folds)}
        return tuple(
            Cut(
                positive=positive,
                rule=held[0].rule,
                values=tuple(one.value for one in held),
                called=sum(
                    bool(shares[place[one.repeat, one.fold], classes.index(positive)] >= one.value) for one in held
                ),
            )
            for positive in dict.fromkeys(one.positive for one in mine)
            if (held := [one for one in mine if one.positive == positive])
        )


def voted(sets: Sequence[FoldSet], classes: Sequence[str]) -> tuple[str, ...] | None:
    """Classes that at least half of the folds' sets hold; None where a fold has none."""
    held = [one.classes for one in sets if one.classes is not None]
    if len(held) < len(sets):
        return None
    return tuple(name for name in classes if 2 * sum(name in one for one in held) >= len(held))


def _held(row: np.ndarray, bounds: np.ndarray | None, classes: Sequence[str]) -> tuple[str, ...] | None:
    if bounds is None:
        return None
    return tuple(name for name, share, bound in zip(classes, row, bounds, strict=True) if 1 - float(share) <= bound)
