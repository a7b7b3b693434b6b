"""Paired comparison of models: both are scored on the same draws of the same patients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.config import EvaluationSpec
from core.evaluation.bca import left_out
from core.evaluation.corrected_t import corrected_t
from core.evaluation.delong import Delong, delong
from core.evaluation.evidence import Evidence
from core.evaluation.intervals import RESAMPLES, drawable, estimates, point, resampled
from core.evaluation.metrics import METRICS, Values, missing
from core.evaluation.multiplicity import holm
from core.evaluation.permutation import permutation_p
from core.evaluation.pooling import is_main, pooled
from core.evaluation.power import detectable
from core.evaluation.values import Estimate, Scored
from core.types import Difference, Fold, Prediction

MAIN = "fused"
"""The model that is compared with every other."""
Ratios = Mapping[tuple[int, int], float]
"""Patients tested per patient learned from, by repeat and fold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """Every metric's paired difference between two models."""

    estimates: dict[str, Estimate]
    errors: dict[str, float]
    """Bootstrap standard errors; none where there is no interval."""


def difference(model: Scored, baseline: Scored, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Estimate]:
    """Every metric of `model` minus that of `baseline`, with a paired 95 % interval over the patients both have."""
    return compared(*shared(model, baseline), resamples=resamples, seed=seed).estimates


def differences_of(evidence: Evidence, spec: EvaluationSpec) -> tuple[Difference, ...]:
    """Pooled differences of the main model to every other, with tests."""
    return differences(
        evidence.predictions,
        folds=evidence.folds,
        classes=len(evidence.classes),
        seed=evidence.seed,
        resamples=spec.resamples,
    )


def differences(
    predictions: Sequence[Prediction],
    *,
    folds: Sequence[Fold] = (),
    model: str = MAIN,
    classes: int,
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[Difference, ...]:
    """Pooled differences of one model to every other, each in its main mode; none where the model has no prediction.

    Without `folds` there is no test over them, since nobody knows how many were learned from.
    """
    mine: dict[str, list[Prediction]] = {}
    for one in predictions:
        if is_main(one.model, one.mode):
            mine.setdefault(one.model, []).append(one)
    if model not in mine:
        return ()
    ratios = {(fold.repeat, fold.index): len(fold.test) / len(fold.train) for fold in folds}
    rows = [
        row
        for baseline in mine
        if baseline != model
        for row in _tested(mine[model], mine[baseline], classes=classes, ratios=ratios, seed=seed, resamples=resamples)
    ]
    return _corrected(rows)


def compared(model: Scored, baseline: Scored, *, resamples: int, seed: int) -> Compared:
    """Differences of two models on the same patients in the same order."""
    assert (model.labels == baseline.labels).all(), "a patient has one label"
    drawn = _minus(*(resampled(one, resamples=resamples, seed=seed) for one in (model, baseline)))
    found = estimates(
        model,
        values=_point(model, baseline),
        resampled=drawn,
        left_out=_minus(left_out(model), left_out(baseline)) if drawable(model) else {},
        how=f"bootstrap over patients, paired, stratified by class, {resamples} resamples",
    )
    errors = {name: float(drawn[name].std(ddof=1)) for name, one in found.items() if one.low is not None}
    return Compared(estimates=found, errors=errors)


def fold_differences(
    model: Iterable[Prediction], baseline: Iterable[Prediction], *, classes: int
) -> dict[tuple[int, int], dict[str, float]]:
    """Every metric's difference by repeat and fold, where it can be computed, over the patients both have there."""
    mine, its = _by_fold(model), _by_fold(baseline)
    found: dict[tuple[int, int], dict[str, float]] = {}
    for place in sorted(mine.keys() & its.keys()):
        one, other = shared(pooled(mine[place], classes=classes), pooled(its[place], classes=classes))
        why = missing(one)
        found[place] = {name: value for name, value in _point(one, other).items() if name not in why}
    return found


def shared(one: Scored, other: Scored) -> tuple[Scored, Scored]:
    """Both restricted to the patients they share, in the same order."""
    patients = sorted(set(one.patients) & set(other.patients))
    return _rows(one, patients), _rows(other, patients)


def _tested(
    model: Sequence[Prediction],
    baseline: Sequence[Prediction],
    *,
    classes: int,
    ratios: Ratios,
    seed: int,
    resamples: int,
) -> Iterable[Difference]:
    """One row a metric, but for the correction by Holm, which needs all baselines."""
    one, other = shared(pooled(model, classes=classes), pooled(baseline, classes=classes))
    found = compared(one, other, resamples=resamples, seed=seed)
    permuted = permutation_p(one, other, permutations=resamples, seed=seed)
    by_delong = _delong(one, other)
    by_fold = fold_differences(model, baseline, classes=classes)
    for metric, estimate in found.estimates.items():
        exact = by_delong if metric == "auroc" else None
        se = exact.se if exact else found.errors.get(metric, 0.0)
        folds_p, over = _over_folds(by_fold, metric=metric, ratios=ratios)
        yield Difference(
            model=model[0].model,
            baseline=baseline[0].model,
            metric=metric,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            n=estimate.n,
            how=estimate.how if estimate.value is None else f"{estimate.how}; {resamples} permutations; {over}",
            permutation_p=permuted.get(metric),
            delong_p=exact.p if exact else None,
            folds_p=folds_p,
            detectable=detectable(se),
        )


def _delong(one: Scored, other: Scored) -> Delong | None:
    """None unless there are two classes with two patients each."""
    if one.classes != 2 or (one.class_counts < 2).any():
        return None
    return delong(one.probabilities[:, 1], other.probabilities[:, 1], one.labels == 1)


def _over_folds(
    found: Mapping[tuple[int, int], Mapping[str, float]], *, metric: str, ratios: Ratios
) -> tuple[float | None, str]:
    """The corrected t-test and what it rests on, or why there is none."""
    places = [place for place, values in found.items() if metric in values and place in ratios]
    if len(places) < 2:
        return None, f"no t-test over folds, since {len(places)} of {len(found)} can be used"
    p = corrected_t(
        np.array([found[place][metric] for place in places]),
        ratio=float(np.mean([ratios[place] for place in places])),
    )
    if p is None:
        return None, "no t-test over folds, since all differ alike"
    return p, f"t-test over {len(places)} of {len(found)} folds"


def _corrected(rows: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same rows, each metric's permutation tests corrected for its number of baselines."""
    corrected: dict[tuple[str, str], float | None] = {}
    for metric in METRICS:
        mine = [row for row in rows if row.metric == metric]
        tests = holm([row.permutation_p for row in mine])
        corrected |= {(row.baseline, metric): p for row, p in zip(mine, tests, strict=True)}
    return tuple(replace(row, holm_p=corrected[row.baseline, row.metric]) for row in rows)


def _by_fold(predictions: Iterable[Prediction]) -> dict[tuple[int, int], list[Prediction]]:
    groups: dict[tuple[int, int], list[Prediction]] = {}
    for one in predictions:
        groups.setdefault((one.repeat, one.fold), []).append(one)
    return groups


def _point(one: Scored, other: Scored) -> dict[str, float]:
    against = point(other)
    return {name: value - against[name] for name, value in point(one).items()}


def _minus(one: Mapping[str, Values], other: Mapping[str, Values]) -> dict[str, Values]:
    return {name: values - other[name] for name, values in one.items()}


def _rows(scored: Scored, patients: Sequence[str]) -> Scored:
    places = {patient: row for row, patient in enumerate(scored.patients)}
    rows = np.array([places[patient] for patient in patients], dtype=np.int64)
    return Scored(patients=tuple(patients), labels=scored.labels[rows], probabilities=scored.probabilities[rows])
