"""How far probabilities can be believed: reliability curves and their summaries, under each calibration."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from jaxtyping import Bool, Float64

from core.config import EvaluationSpec
from core.evaluation.bca import bounds
from core.evaluation.decisions import bins
from core.evaluation.decisions.calibrators import CALIBRATIONS, calibrated
from core.evaluation.decisions.proportions import Share, share
from core.evaluation.decisions.recalibration import intercept, slope
from core.evaluation.evidence import Evidence
from core.evaluation.intervals import TOO_FEW, drawable, resample_weights
from core.evaluation.rows import CalibrationName, CalibrationScore, ReliabilityBin
from core.evaluation.values import Estimate, Scored
from core.types import Mode

MEASURES: Mapping[str, str] = {
    "ece": "expected calibration error over bins of equal counts",
    "brier": "mean squared error of the class's probability",
    "reliability": "Murphy's reliability over bins: 0 is perfect",
    "resolution": "Murphy's resolution over bins: higher is better",
    "uncertainty": "prevalence times its complement",
    "remainder": "spread within bins: Brier = reliability - resolution + uncertainty + remainder",
}
"""Measures that are means over patients or bins, in words."""
RECALIBRATION = {"slope": slope, "intercept": intercept}

Measured = dict[str, Float64[np.ndarray, " resamples"]]
Truth = Bool[np.ndarray, " patients"]
Chances = Float64[np.ndarray, " patients"]


def reliability(evidence: Evidence, spec: EvaluationSpec) -> tuple[ReliabilityBin, ...]:
    """Reliability curves out of fold of every answer under each calibration; no bins where it cannot be computed."""
    del spec  # Wilson's interval is not drawn
    return tuple(
        ReliabilityBin(
            model=model,
            mode=mode,
            calibration=name,
            positive=evidence.classes[side],
            bin=place,
            predicted=predicted,
            observed=one.value,
            low=one.low,
            high=one.high,
            n=one.n,
        )
        for model, mode, name, scored in _answers(evidence)
        if not isinstance(scored, str)
        for side in evidence.sides
        for place, (predicted, one) in enumerate(_bins(scored.probabilities[:, side], scored.labels == side))
    )


def calibration(evidence: Evidence, spec: EvaluationSpec) -> tuple[CalibrationScore, ...]:
    """Every measure of calibration of every answer under each calibration, with its interval."""
    rows: list[CalibrationScore] = []
    for model, mode, name, scored in _answers(evidence):
        for side in evidence.sides:
            found = (
                _unmeasured(scored)
                if isinstance(scored, str)
                else measures(scored, side=side, resamples=spec.resamples, seed=evidence.seed)
            )
            rows.extend(
                CalibrationScore(
                    model=model,
                    mode=mode,
                    calibration=name,
                    positive=evidence.classes[side],
                    metric=metric,
                    value=one.value,
                    low=one.low,
                    high=one.high,
                    n=one.n,
                    how=f"{_words(name, metric)}; {one.how}",
                )
                for metric, one in found.items()
            )
    return tuple(rows)


def measures(scored: Scored, *, side: int, resamples: int, seed: int) -> dict[str, Estimate]:
    """Every measure of one class's probability against the rest."""
    chances, positive = scored.probabilities[:, side], scored.labels == side
    n = len(positive)
    point = {name: float(one[0]) for name, one in _measured(chances, positive, np.ones((1, n))).items()}
    if not drawable(scored):
        found = {name: Estimate(value=point[name], low=None, high=None, n=n, how=TOO_FEW) for name in MEASURES}
    else:
        drawn = _measured(chances, positive, resample_weights(scored.labels, resamples=resamples, seed=seed))
        how = f"bootstrap over patients, stratified by class, {resamples} resamples"
        found = {name: _estimate(point[name], drawn[name], n=n, how=how) for name in MEASURES}
    found["ece"] = _with_chance(found["ece"], chances, resamples=resamples, seed=seed)
    # every resample keeps the counts of the classes
    how = "no interval: fixed by the counts of the classes"
    found["uncertainty"] = Estimate(value=point["uncertainty"], low=None, high=None, n=n, how=how)
    return found | {name: one(chances, positive) for name, one in RECALIBRATION.items()}


def _answers(evidence: Evidence) -> Iterator[tuple[str, Mode, CalibrationName, Scored | str]]:
    for model, mode in evidence.answers:
        for name in CALIBRATIONS:
            yield model, mode, name, calibrated(evidence, model, mode, name=name)


def _bins(chances: Chances, positive: Truth) -> Iterable[tuple[float, Share]]:
    """Mean probability and observed share of each bin."""
    found = bins.binned(chances, positive, weights=np.ones((1, len(positive))))
    for weight, predicted, observed in zip(found.weight[0], found.predicted[0], found.observed[0], strict=True):
        one = share(float(observed * weight), float(weight))
        assert one is not None, "a bin has a patient"
        yield float(predicted), one


def _measured(chances: Chances, positive: Truth, weights: Float64[np.ndarray, "resamples patients"]) -> Measured:
    found = bins.binned(chances, positive, weights=weights)
    brier = weights @ (chances - positive) ** 2 / weights.sum(axis=1)
    whole: dict[str, Callable[[bins.Binned], bins.Values]] = {
        "ece": bins.ece,
        "reliability": bins.reliability,
        "resolution": bins.resolution,
        "uncertainty": bins.uncertainty,
    }
    made = {name: one(found) for name, one in whole.items()}
    # the within-bin variance and covariance of Stephenson 2008 (Weather Forecast 23:752), together
    remainder = brier - made["reliability"] + made["resolution"] - made["uncertainty"]
    return made | {"brier": brier, "remainder": remainder}


def _estimate(value: float, drawn: Float64[np.ndarray, " resamples"], *, n: int, how: str) -> Estimate:
    """With the bias-corrected interval (Efron 1981, Can J Stat 9:139): resampling adds noise to bins, widening gaps."""
    low, high, plain = bounds(value, drawn, acceleration=0.0)
    kind = f"bias-corrected {how}" if plain is None else f"percentile {how}: {plain}"
    return Estimate(value=value, low=min(low, value), high=max(high, value), n=n, how=kind)


def _with_chance(found: Estimate, chances: Chances, *, resamples: int, seed: int) -> Estimate:
    """With the error that probabilities which are exactly right would show on so few patients."""
    truths = np.random.default_rng(seed).random((min(resamples, 1000), len(chances))) < chances
    members = np.eye(int((place := bins.bins_of(chances)).max()) + 1)[place]
    gaps = np.abs((truths - chances) @ members).sum(axis=1) / len(chances)
    how = f"{found.how}; exact probabilities would show {gaps.mean():.3f} by chance"
    return Estimate(value=found.value, low=found.low, high=found.high, n=found.n, how=how)


def _words(name: CalibrationName, metric: str) -> str:
    return f"{MEASURES[metric]}; {CALIBRATIONS[name]}" if metric in MEASURES else CALIBRATIONS[name]


def _unmeasured(why: str) -> dict[str, Estimate]:
    missing = Estimate(value=None, low=None, high=None, n=0, how=why)
    return dict.fromkeys((*MEASURES, *RECALIBRATION), missing)
