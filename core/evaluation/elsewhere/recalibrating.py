"""Whether probabilities should be recalibrated for a new cohort, and what that would give there.

Logistic recalibration (Cox 1958, Biometrika 45:562; Steyerberg 2004, Stat Med 23:2567): log-odds become intercept +
slope x log-odds. Both are fitted on patients of the new cohort, so what they give is scored by cross-validation inside
it: nobody's recalibrated probability comes from a fit that knew them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64
from scipy.optimize import minimize
from scipy.special import expit, logit

from core.evaluation.bca import bounds
from core.evaluation.decisions.recalibration import EDGE, intercept, slope
from core.evaluation.intervals import resample_weights
from core.evaluation.values import Estimate
from core.types import Mode

FEWEST = 20
"""Patients of the rarer side below which nothing is fitted."""
ENOUGH = 100
"""Below so many the interval is wide (Vergouwe 2005, J Clin Epidemiol 58:475), which is said."""
PARTS = 10
Verdict = Literal["leave", "too few", "helps", "not shown to help"]

Truth = Bool[np.ndarray, " patients"]
Vector = Float64[np.ndarray, " patients"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recalibration:
    """What recalibrating one class's probability for these patients would be and give."""

    model: str
    mode: Mode
    positive: str
    n: int
    rarer: int
    """Patients of the rarer side."""
    intercept: Estimate
    """With the slope held at 1: 0 is right."""
    slope: Estimate
    """1 is right."""
    shift: float | None
    """Intercept of the recalibration, fitted together with `steepness`; None where nothing is fitted."""
    steepness: float | None
    before: Estimate
    """Brier score as the run answers."""
    after: Estimate
    """Recalibrated, by cross-validation inside this cohort."""
    gain: Estimate
    """`before` minus `after`, of the same patients: above 0 it helps."""
    verdict: Verdict
    sentence: str


def recalibration(
    chances: Vector, positive: Truth, *, model: str, mode: Mode, name: str, resamples: int, seed: int
) -> Recalibration:
    """The suggestion for one class's probability against the rest.

    Args:
        chances: probability of the class by patient, as the run answers.
        positive: who truly is of it.
        model: whose answers they are.
        mode: in which mode.
        name: of the class.
        resamples: of the bootstrap.
        seed: of the parts and the bootstrap.
    """
    n, rarer = len(positive), int(min(positive.sum(), (~positive).sum()))
    level, steep = intercept(chances, positive), slope(chances, positive)
    before = _brier(chances, positive, resamples=resamples, seed=seed)
    blank = Estimate(value=None, low=None, high=None, n=n, how="not fitted")
    found = Recalibration(
        model=model, mode=mode, positive=name, n=n, rarer=rarer, intercept=level, slope=steep, shift=None,
        steepness=None, before=before, after=blank, gain=blank, verdict="too few",
        sentence=f"Only {rarer} patients of one side: with fewer than {FEWEST} nothing is fitted.",
    )  # fmt: skip
    if rarer < FEWEST or steep.value is None:
        return found
    shift, steepness = fitted(chances, positive)
    mended = cross_validated(chances, positive, seed=seed)
    after = _brier(mended, positive, resamples=resamples, seed=seed)
    gain = _gain(chances, mended, positive, resamples=resamples, seed=seed)
    verdict = _verdict(level, steep, gain)
    values = {name: getattr(found, name) for name in ("model", "mode", "positive", "n", "rarer", "intercept", "slope")}
    return Recalibration(
        **values, shift=shift, steepness=steepness, before=before, after=after, gain=gain, verdict=verdict,
        sentence=_sentence(verdict, shift=shift, steepness=steepness, rarer=rarer),
    )  # fmt: skip


def fitted(chances: Vector, positive: Truth) -> tuple[float, float]:
    """Intercept and slope with the largest likelihood; where a threshold parts the classes, as steep as 100."""
    odds = _log_odds(chances)

    def loss(terms: Float64[np.ndarray, " 2"]) -> float:
        moved = terms[0] + terms[1] * odds
        return float(np.logaddexp(0, np.where(positive, -moved, moved)).mean())

    found = minimize(loss, np.array([0.0, 1.0]), bounds=((-50, 50), (-100, 100)), method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])


def recalibrated(chances: Vector, *, shift: float, steepness: float) -> Vector:
    """Probabilities moved by an intercept and a slope of the log-odds."""
    return np.asarray(expit(shift + steepness * _log_odds(chances)), dtype=np.float64)


def cross_validated(chances: Vector, positive: Truth, *, seed: int) -> Vector:
    """Everyone's recalibrated probability by a fit on the other parts, which are dealt class by class."""
    part = np.empty(len(positive), dtype=np.int64)
    random = np.random.default_rng(seed)
    for side in (positive, ~positive):
        members = random.permutation(np.flatnonzero(side))
        part[members] = np.arange(len(members)) % PARTS
    mended = np.empty(len(chances))
    for place in range(PARTS):
        own = part == place
        shift, steepness = fitted(chances[~own], positive[~own])
        mended[own] = recalibrated(chances[own], shift=shift, steepness=steepness)
    return mended


def _verdict(level: Estimate, steep: Estimate, gain: Estimate) -> Verdict:
    if _holds(level, 0.0) and _holds(steep, 1.0):
        return "leave"
    return "helps" if gain.low is not None and gain.low > 0 else "not shown to help"


def _holds(one: Estimate, value: float) -> bool:
    return one.low is not None and one.high is not None and one.low <= value <= one.high


def _sentence(verdict: Verdict, *, shift: float, steepness: float, rarer: int) -> str:
    few = "" if rarer >= ENOUGH else f" It rests on {rarer} patients of the rarer side, where {ENOUGH} are advised."
    told = {
        "leave": "Intercept and slope lie within what chance explains: leave the probabilities as they are.",
        "helps": f"Probabilities are off for these patients; log-odds x {steepness:.2f} {'+' if shift >= 0 else '−'} "
        f"{abs(shift):.2f} mends them, as cross-validation inside this cohort shows.",
        "not shown to help": "Probabilities are off for these patients, but recalibrating was not shown to help those "
        "who were not fitted on.",
    }
    return told[verdict] + few


def _brier(chances: Vector, positive: Truth, *, resamples: int, seed: int) -> Estimate:
    return _bootstrapped((chances - positive) ** 2, positive, resamples=resamples, seed=seed)


def _gain(before: Vector, after: Vector, positive: Truth, *, resamples: int, seed: int) -> Estimate:
    errors = (before - positive) ** 2 - (after - positive) ** 2
    return _bootstrapped(errors, positive, resamples=resamples, seed=seed, what="paired ")


def _bootstrapped(values: Vector, positive: Truth, *, resamples: int, seed: int, what: str = "") -> Estimate:
    """A mean over patients; the same seed draws the same patients, which pairs two of them."""
    n, mean = len(values), float(values.mean())
    if min(positive.sum(), (~positive).sum()) < 2:
        return Estimate(value=mean, low=None, high=None, n=n, how="no interval: fewer than 2 patients of one side")
    weights = resample_weights(positive.astype(np.int64), resamples=resamples, seed=seed)
    low, high, _ = bounds(mean, weights @ values / n, acceleration=0.0)
    how = f"{what}bias-corrected bootstrap over patients, stratified by class, {resamples} resamples"
    return Estimate(value=mean, low=low, high=high, n=n, how=how)


def _log_odds(chances: Vector) -> Vector:
    return np.asarray(logit(np.clip(chances, EDGE, 1 - EDGE)), dtype=np.float64)
