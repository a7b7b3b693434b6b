"""Metrics with intervals by formula: for selections that change with a click, of any number of patients.

Bootstrap intervals of 100,000 patients take minutes; these take milliseconds. Patients count as independent, and the
decided class is the most probable one.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from jaxtyping import Bool, Float64, Int64

from core.evaluation.bca import SAME
from core.evaluation.decisions.proportions import WILSON, Share, Z, share
from core.evaluation.values import Estimate

LEAST_POSITIVE = 10
"""Fewer positive patients give no interval of the average precision, whose formula is for many."""
DELONG = "DeLong interval over patients"
LOGIT = "logit interval over the positive patients (Boyd 2013)"
SUMMED = "Wilson intervals of the classes, put together"
TOO_FEW = "no interval: a class has fewer than 2 patients"
NO_WIDTH = "no interval: no patient's place in the ranking varies, which says little about other patients"

Probabilities = Float64[np.ndarray, "patients classes"]
Classes = Int64[np.ndarray, " patients"]


def analytic(probabilities: Probabilities, *, labels: Classes, predicted: Classes) -> dict[str, Estimate]:
    """AUROC, average precision, balanced accuracy; with two classes also sensitivity and specificity.

    With two classes the second is the positive one; with more, AUROC and average precision are the mean over one class
    against the rest. What needs a class that no patient has is missing, with the reason.
    """
    n, classes = probabilities.shape
    found = [_share(predicted[labels == one] == one) for one in range(classes)]
    recalls = [one for one in found if one is not None]
    if len(recalls) < classes:
        why = "no patients" if not n else f"patients of only {len(recalls)} of {classes} classes"
        nothing = Estimate(value=None, low=None, high=None, n=n, how=f"cannot be computed: {why}")
        estimates = {"auroc": nothing, "average_precision": nothing, "balanced_accuracy": nothing}
    else:
        sides = [_ranked(probabilities[:, one], labels == one) for one in ([1] if classes == 2 else range(classes))]
        estimates = {
            "auroc": _auroc(sides, n=n),
            "average_precision": _average_precision(sides, n=n),
            "balanced_accuracy": _balanced_accuracy(recalls, n=n),
        }
    if classes == 2:
        estimates |= {"sensitivity": _recall(found[1], "positive"), "specificity": _recall(found[0], "negative")}
    return estimates


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ranked:
    """One class against the rest, after one sort."""

    positive: int
    negative: int
    auroc: float
    average_precision: float
    pull: Float64[np.ndarray, " patients"]
    """What each patient adds to the error of the AUROC: the squares sum up to DeLong's variance."""


def _ranked(probability: Float64[np.ndarray, " patients"], positive: Bool[np.ndarray, " patients"]) -> _Ranked:
    """Both sides hold a patient. Patients of equal probability are one step, from the largest probability down."""
    order = np.argsort(-probability, kind="stable")
    side = positive[order]
    starts = np.diff(probability[order], prepend=np.inf) != 0
    step = np.cumsum(starts) - 1
    sizes = np.bincount(step)
    hits = np.bincount(step, weights=side)
    misses = sizes - hits
    found, passed = np.cumsum(hits), np.cumsum(misses)
    ones, others = found[-1], passed[-1]
    # share of the other side that a positive, and a negative patient is on the right side of; a tie is half
    below, above = (others - passed + misses / 2) / others, (found - hits / 2) / ones
    auroc = float((hits * below).sum() / ones)
    scale = np.where(side, sqrt(ones * max(ones - 1, 1)), sqrt(others * max(others - 1, 1)))
    pull = np.empty(len(order))
    pull[order] = (np.where(side, below[step], above[step]) - auroc) / scale
    return _Ranked(
        positive=int(ones),
        negative=int(others),
        auroc=auroc,
        average_precision=float((hits * found / (found + passed)).sum() / ones),
        pull=pull,
    )


def _auroc(sides: list[_Ranked], *, n: int) -> Estimate:
    """The interval of a mean over classes rests on what each patient adds to all of them."""
    value = sum(side.auroc for side in sides) / len(sides)
    if min(min(side.positive, side.negative) for side in sides) < 2:
        return Estimate(value=value, low=None, high=None, n=n, how=TOO_FEW)
    half = Z * float(np.sqrt((np.mean([side.pull for side in sides], axis=0) ** 2).sum()))
    if half < SAME:
        return Estimate(value=value, low=None, high=None, n=n, how=NO_WIDTH)
    return Estimate(value=value, low=max(value - half, 0.0), high=min(value + half, 1.0), n=n, how=DELONG)


def _average_precision(sides: list[_Ranked], *, n: int) -> Estimate:
    value, positive = sum(side.average_precision for side in sides) / len(sides), sides[0].positive
    why = _no_precision_interval(value, positive=positive, sides=len(sides))
    if why is not None:
        return Estimate(value=value, low=None, high=None, n=n, how=why)
    middle, half = log(value / (1 - value)), Z / sqrt(positive * value * (1 - value))
    low, high = (1 / (1 + exp(-bound)) for bound in (middle - half, middle + half))
    return Estimate(value=value, low=low, high=high, n=n, how=LOGIT)


def _no_precision_interval(value: float, *, positive: int, sides: int) -> str | None:
    if sides > 1:
        return "no interval: there is no formula for the mean over classes"
    if positive < LEAST_POSITIVE:
        return f"no interval: fewer than {LEAST_POSITIVE} positive patients"
    return NO_WIDTH if value >= 1 - SAME else None


def _balanced_accuracy(recalls: list[Share], *, n: int) -> Estimate:
    """The classes' patients are different people: squared half-widths add up (Zou & Donner 2008, Stat Med 27:1693)."""
    value = sum(one.value for one in recalls) / len(recalls)
    below = sqrt(sum((one.value - one.low) ** 2 for one in recalls)) / len(recalls)
    above = sqrt(sum((one.high - one.value) ** 2 for one in recalls)) / len(recalls)
    return Estimate(value=value, low=max(value - below, 0.0), high=min(value + above, 1.0), n=n, how=SUMMED)


def _share(right: Bool[np.ndarray, " side"]) -> Share | None:
    return share(float(right.sum()), float(len(right)))


def _recall(found: Share | None, side: str) -> Estimate:
    if found is None:
        return Estimate(value=None, low=None, high=None, n=0, how=f"cannot be computed: no {side} patient")
    return Estimate(value=found.value, low=found.low, high=found.high, n=found.n, how=WILSON)
