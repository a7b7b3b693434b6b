"""Everything an evaluation works on: predictions that are stored, and who the patients are. Nothing is trained here."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.pooling import main_mode, pooled
from core.evaluation.rows import FittedOn
from core.evaluation.values import Scored
from core.types import Cohort, ControlPrediction, Fold, Mode, Prediction, Probe, Scrutiny


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a run left behind."""

    cohort: Cohort
    folds: tuple[Fold, ...]
    models: tuple[str, ...]
    """In the order of the run."""
    predictions: tuple[Prediction, ...]
    """Out of fold."""
    inner: tuple[Prediction, ...] = ()
    """Of each fold's training patients, by members that did not learn from them."""
    probes: tuple[Probe, ...] = ()
    scrutiny: tuple[Scrutiny, ...] = ()
    controls: tuple[ControlPrediction, ...] = ()
    fitted: tuple[FittedOn, ...] = ()
    seed: int = 0

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.cohort.classes

    @property
    def answers(self) -> tuple[tuple[str, Mode], ...]:
        """Every model with every mode it answered in; its main mode first."""
        found: dict[tuple[str, Mode], None] = dict.fromkeys((one.model, one.mode) for one in self.predictions)
        return tuple(sorted(found, key=lambda pair: (self.models.index(pair[0]), pair[1] != main_mode(pair[0]))))

    @property
    def sides(self) -> tuple[int, ...]:
        """Classes that are asked for against the rest: with two the second alone."""
        return (1,) if len(self.classes) == 2 else tuple(range(len(self.classes)))

    def of(self, model: str, mode: Mode) -> tuple[Prediction, ...]:
        """Out-of-fold predictions of one model in one mode."""
        return _of(self.predictions, model, mode)

    def inner_of(self, model: str, mode: Mode) -> tuple[Prediction, ...]:
        """Predictions of training patients by one model in one mode, all folds."""
        return _of(self.inner, model, mode)

    def scored(self, model: str, mode: Mode) -> Scored:
        """All patients, pooled over folds and repeats."""
        return pooled(self.of(model, mode), classes=len(self.classes))


def _of(predictions: Sequence[Prediction], model: str, mode: Mode) -> tuple[Prediction, ...]:
    return tuple(one for one in predictions if (one.model, one.mode) == (model, mode))
