"""Predictive values at a prevalence other than the study's: what a call would mean in the reader's own clinic."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from core.errors import InputError
from core.evaluation.rows import OperatingPoint
from core.evaluation.values import Estimate

DRAWS = 20_000
HOW = (
    f"Bayes' theorem at the given prevalence; interval: sensitivity and specificity drawn {DRAWS} times from what the "
    "patients leave open (Jeffreys)"
)

Draws = Float64[np.ndarray, " draws"]


def at_prevalence(points: Sequence[OperatingPoint], prevalence: float) -> tuple[OperatingPoint, ...]:
    """The same operating points with prevalence, PPV and NPV as they would be where `prevalence` of patients have it.

    Sensitivity and specificity are taken to stay the same, which a clinic with another mix of patients may not grant.

    Raises:
        InputError: the prevalence does not lie between 0 and 1.
    """
    if not 0 < prevalence < 1:
        raise InputError(f"prevalence must lie between 0 and 1, got {prevalence:g}; give a share, like 0.2 for 20 %")
    groups: dict[tuple[str, ...], dict[str, OperatingPoint]] = {}
    for point in points:
        groups.setdefault((point.model, point.mode, point.positive, point.rule), {})[point.metric] = point
    return tuple(point for group in groups.values() for point in _moved(group, prevalence))


def predictive_values(sensitivity: Estimate, specificity: Estimate, *, prevalence: float) -> dict[str, Estimate]:
    """PPV and NPV by Bayes' theorem.

    Each interval is made of draws of sensitivity and specificity from Beta(right + 1/2, wrong + 1/2), the posterior
    under Jeffreys' prior (Brown, Cai, DasGupta 2001, Stat Sci 16:101), independently: they rest on other patients.
    """
    n = sensitivity.n + specificity.n
    if sensitivity.value is None or specificity.value is None:
        missing = sensitivity if sensitivity.value is None else specificity
        return dict.fromkeys(("ppv", "npv"), Estimate(value=None, low=None, high=None, n=n, how=missing.how))
    generator = np.random.default_rng(0)
    drawn = _bayes(_draws(generator, sensitivity), _draws(generator, specificity), prevalence)
    exact = _bayes(np.array([sensitivity.value]), np.array([specificity.value]), prevalence)
    return {name: _between(float(exact[name][0]), drawn[name], n=n) for name in drawn}


def _moved(group: Mapping[str, OperatingPoint], prevalence: float) -> Iterator[OperatingPoint]:
    values = predictive_values(_estimate(group["sensitivity"]), _estimate(group["specificity"]), prevalence=prevalence)
    given = Estimate(value=float(prevalence), low=None, high=None, n=0, how="given by the reader")
    for metric, point in group.items():
        one = (values | {"prevalence": given}).get(metric)
        yield (
            point if one is None else replace(point, value=one.value, low=one.low, high=one.high, n=one.n, how=one.how)
        )


def _estimate(point: OperatingPoint) -> Estimate:
    return Estimate(value=point.value, low=point.low, high=point.high, n=point.n, how=point.how)


def _draws(generator: np.random.Generator, share: Estimate) -> Draws:
    assert share.value is not None
    right = share.value * share.n
    return generator.beta(right + 0.5, share.n - right + 0.5, size=DRAWS)


def _bayes(sensitivity: Draws, specificity: Draws, prevalence: float) -> dict[str, Draws]:
    """NaN where nobody would be called so."""
    hit, missed = sensitivity * prevalence, (1 - sensitivity) * prevalence
    false, right = (1 - specificity) * (1 - prevalence), specificity * (1 - prevalence)
    return {"ppv": _ratio(hit, hit + false), "npv": _ratio(right, right + missed)}


def _ratio(part: Draws, whole: Draws) -> Draws:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _between(value: float, drawn: Draws, *, n: int) -> Estimate:
    if np.isnan(value):
        return Estimate(value=None, low=None, high=None, n=n, how="cannot be computed: nobody is called so")
    low, high = (float(bound) for bound in np.percentile(drawn, (2.5, 97.5)))
    # at a share of exactly 0 or 1 the draws lie all on one side of it
    return Estimate(value=value, low=min(low, value), high=max(high, value), n=n, how=HOW)
