"""How much better a random split looks than one that keeps sites apart, on the same patients."""

from core.config import EvaluationSpec
from core.evaluation.comparison import difference
from core.evaluation.evidence import Evidence
from core.evaluation.intervals import point
from core.evaluation.rows import Optimism
from core.types import Mode


def optimism(random: Evidence, preserved: Evidence, spec: EvaluationSpec) -> tuple[Optimism, ...]:
    """Every metric of every model that both runs have, each with a paired interval over the patients.

    Args:
        random: a run whose folds were dealt patient by patient.
        preserved: the same models on the same patients, sites kept apart.
    """
    both = [answer for answer in preserved.answers if answer in random.answers]
    return tuple(row for model, mode in both for row in _rows(random, preserved, spec, model=model, mode=mode))


def _rows(
    random: Evidence, preserved: Evidence, spec: EvaluationSpec, *, model: str, mode: Mode
) -> tuple[Optimism, ...]:
    one, other = random.scored(model, mode), preserved.scored(model, mode)
    found = difference(one, other, resamples=spec.resamples, seed=preserved.seed)
    higher, lower = point(one), point(other)
    return tuple(
        Optimism(
            model=model,
            mode=mode,
            metric=name,
            random=None if estimate.value is None else higher[name],
            preserved=None if estimate.value is None else lower[name],
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            n=estimate.n,
            how=estimate.how,
        )
        for name, estimate in found.items()
    )
