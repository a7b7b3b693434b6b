"""Paired comparison of models: both are scored on the same draws of the same patients."""

from collections.abc import Sequence

import numpy as np

from core.evaluation.intervals import RESAMPLES, estimates, point, resampled
from core.evaluation.pooling import main_mode, pooled
from core.evaluation.values import Estimate, Scored
from core.types import Difference, Prediction


def difference(model: Scored, baseline: Scored, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Estimate]:
    """Every metric of `model` minus that of `baseline`, with a paired 95 % interval over the patients both have."""
    model, baseline = _shared(model, baseline)
    assert (model.labels == baseline.labels).all(), "a patient has one label"
    one, other = point(model), point(baseline)
    drawn = resampled(model, resamples=resamples, seed=seed)
    against = resampled(baseline, resamples=resamples, seed=seed)
    return estimates(
        model,
        values={name: one[name] - other[name] for name in one},
        resampled={name: drawn[name] - against[name] for name in drawn},
        how=f"paired percentile bootstrap over patients, stratified by class, {resamples} resamples",
    )


def differences(
    predictions: Sequence[Prediction], *, model: str = "fused", classes: int, seed: int, resamples: int = RESAMPLES
) -> tuple[Difference, ...]:
    """Pooled differences of one model to every other, each in its main mode; none where the model has no prediction."""
    scored = {
        name: pooled((one for one in predictions if one.model == name and one.mode == main_mode(name)), classes=classes)
        for name in dict.fromkeys(one.model for one in predictions)
    }
    if model not in scored:
        return ()
    return tuple(
        Difference(
            model=model,
            baseline=baseline,
            metric=metric,
            value=one.value,
            low=one.low,
            high=one.high,
            n=one.n,
            how=one.how,
        )
        for baseline in scored
        if baseline != model
        for metric, one in difference(scored[model], scored[baseline], resamples=resamples, seed=seed).items()
    )


def _shared(one: Scored, other: Scored) -> tuple[Scored, Scored]:
    """Both restricted to the patients they share, in the same order."""
    shared = sorted(set(one.patients) & set(other.patients))
    return _rows(one, shared), _rows(other, shared)


def _rows(scored: Scored, patients: Sequence[str]) -> Scored:
    places = {patient: row for row, patient in enumerate(scored.patients)}
    rows = np.array([places[patient] for patient in patients], dtype=np.int64)
    return Scored(patients=tuple(patients), labels=scored.labels[rows], probabilities=scored.probabilities[rows])
