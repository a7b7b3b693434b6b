"""Where a decision is cut, chosen on inner predictions of each fold, and what the cuts reach on its test patients."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float64

from core.config import EvaluationSpec
from core.evaluation.curves import roc_curve
from core.evaluation.decisions.nested import Averaged, Nested, averaged, nested, one_sided
from core.evaluation.decisions.proportions import WILSON, share
from core.evaluation.evidence import Evidence
from core.evaluation.rows import OperatingPoint, Threshold
from core.evaluation.values import Estimate, Scored

METRICS = ("sensitivity", "specificity", "ppv", "npv", "prevalence")
ROUNDING = 1e-12
"""A share of exactly `least` reaches it, whatever its last digit."""

Shares = Float64[np.ndarray, " cuts"]


def thresholds(evidence: Evidence, spec: EvaluationSpec) -> tuple[Threshold, ...]:
    """The cut of every answer on every fold; none for a fold whose inner predictions lack a side."""
    return tuple(
        Threshold(
            model=model,
            mode=mode,
            positive=evidence.classes[side],
            rule=rule_in_words(spec),
            repeat=part.repeat,
            fold=part.fold,
            value=chosen(part.inner, side=side, spec=spec),
        )
        for model, mode in evidence.answers
        for part in nested(evidence, model, mode)
        for side in evidence.sides
        if _has_both(part.inner, side)
    )


def operating_points(evidence: Evidence, spec: EvaluationSpec) -> tuple[OperatingPoint, ...]:
    """What every answer reaches out of fold, each fold under its own cut; all folds and repeats together."""
    return tuple(
        OperatingPoint(
            model=model,
            mode=mode,
            positive=evidence.classes[side],
            rule=rule_in_words(spec),
            metric=metric,
            value=one.value,
            low=one.low,
            high=one.high,
            n=one.n,
            how=one.how,
        )
        for model, mode in evidence.answers
        for side in evidence.sides
        for metric, one in _reached(nested(evidence, model, mode), side=side, spec=spec).items()
    )


def rule_in_words(spec: EvaluationSpec) -> str:
    """Like "youden" or "sensitivity >= 0.95"."""
    return spec.rule if spec.rule == "youden" else f"{spec.rule} >= {spec.least:g}"


def chosen(scored: Scored, *, side: int, spec: EvaluationSpec) -> float:
    """The cut that the rule picks on these patients: positive is a probability at or above it.

    It lies halfway between two neighbouring probabilities, so that neither patient decides it alone. Of cuts that are
    equally good the highest is taken. Youden's index: Youden 1950 (Cancer 3:32).
    """
    curve = roc_curve(scored, positive=side)
    assert len(curve.x), "both sides have a patient"
    sensitivity, specificity = curve.y, 1 - curve.x
    return float(_halfway(curve.thresholds)[RULES[spec.rule](sensitivity, specificity, spec.least)])


def _youden(sensitivity: Shares, specificity: Shares, least: float) -> int:
    del least
    return int(np.argmax(np.round(sensitivity + specificity, 12)))


def _sensitive(sensitivity: Shares, specificity: Shares, least: float) -> int:
    return _best(specificity, sensitivity, sensitivity >= least - ROUNDING)


def _specific(sensitivity: Shares, specificity: Shares, least: float) -> int:
    return _best(sensitivity, specificity, specificity >= least - ROUNDING)


RULES: Mapping[str, Callable[[Shares, Shares, float], int]] = {
    "youden": _youden,
    "sensitivity": _sensitive,
    "specificity": _specific,
}


def _best(wanted: Shares, otherwise: Shares, allowed: np.ndarray) -> int:
    """Largest of `wanted` where allowed; of equal ones the largest of `otherwise`. Some cut is always allowed."""
    places = np.flatnonzero(allowed)
    return int(places[np.lexsort((otherwise[places], wanted[places]))[-1]])


def _halfway(levels: Shares) -> Shares:
    """Cuts that call positive whoever reaches each level; the first level is infinite and calls nobody."""
    upper, lower = levels[1:], np.r_[levels[2:], 0.0]
    middle = (upper + lower) / 2
    top = (upper[0] + 1) / 2
    nobody = top if top > upper[0] else np.nextafter(upper[0], np.inf)
    # between neighbouring floats there is no middle
    return np.r_[nobody, np.where(middle > lower, middle, upper)]


def _has_both(scored: Scored, side: int) -> bool:
    positive = scored.labels == side
    return bool(positive.any() and not positive.all())


def _reached(parts: Sequence[Nested], *, side: int, spec: EvaluationSpec) -> dict[str, Estimate]:
    why = one_sided(parts)
    if why is not None:
        return dict.fromkeys(METRICS, Estimate(value=None, low=None, high=None, n=0, how=f"no threshold: {why}"))
    called = [
        (part.test.probabilities[:, [side]] >= chosen(part.inner, side=side, spec=spec)).astype(np.float64)
        for part in parts
    ]
    return dict(_shares(averaged(parts, called), side=side))


def _shares(called: Averaged, *, side: int) -> Iterator[tuple[str, Estimate]]:
    positive, yes = called.labels == side, called.values[:, 0]
    hits, right_no = float(yes[positive].sum()), float((1 - yes)[~positive].sum())
    yield "sensitivity", _share(hits, float(positive.sum()), "no patient is of this class")
    yield "specificity", _share(right_no, float((~positive).sum()), "every patient is of this class")
    yield "ppv", _share(hits, float(yes.sum()), "nobody is called positive")
    yield "npv", _share(right_no, float((1 - yes).sum()), "nobody is called negative")
    yield "prevalence", _share(float(positive.sum()), float(len(positive)), "no patients")


def _share(part: float, whole: float, why: str) -> Estimate:
    found = share(part, whole)
    if found is None:
        return Estimate(value=None, low=None, high=None, n=0, how=f"cannot be computed: {why}")
    how = f"each fold under the threshold of its own inner predictions; {WILSON}"
    return Estimate(value=found.value, low=found.low, high=found.high, n=found.n, how=how)
