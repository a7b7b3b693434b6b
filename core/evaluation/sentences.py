"""A comparison in one sentence."""

from core.evaluation.metrics import METRICS
from core.evaluation.power import SIZE
from core.types import Difference


def sentence(difference: Difference) -> str:
    """Whether one model is better than another, by the corrected permutation test at 5 %.

    Says so where interval and test disagree. Without a test, the interval decides.
    """
    one, other, metric = difference.model, difference.baseline, METRICS[difference.metric]
    if difference.value is None:
        return f"{one} cannot be compared with {other} by {metric.label}: {difference.how}"
    shown = f"{metric.label} {difference.value:+z.3f}{_interval(difference)}"
    if not distinguishable(difference):
        return f"{one} is not distinguishable from {other}: {shown}{_disagreement(difference)}{_could(difference)}"
    better = (difference.value > 0) == metric.higher_is_better
    word = "better" if better else "worse"
    return f"{one} is {word} than {other}: {shown}{_p(difference)}{_disagreement(difference)}"


def distinguishable(difference: Difference) -> bool:
    """Whether the corrected permutation test finds a difference at 5 %; without a test, whether the interval does."""
    if difference.holm_p is not None:
        return difference.holm_p < SIZE
    return difference.value is not None and _excludes_zero(difference) is True


def _excludes_zero(difference: Difference) -> bool | None:
    """None without an interval."""
    if difference.low is None or difference.high is None:
        return None
    return not difference.low <= 0 <= difference.high


def _interval(difference: Difference) -> str:
    if difference.low is None or difference.high is None:
        return " without an interval"
    return f" [{difference.low:z.3f}, {difference.high:z.3f}]"


def _p(difference: Difference) -> str:
    p = difference.holm_p
    if p is None:
        return ""
    return f", p {'< 0.001' if p < 0.001 else f'= {p:.3f}'} (Holm)"


def _disagreement(difference: Difference) -> str:
    excludes = _excludes_zero(difference)
    if difference.holm_p is None or excludes is None or excludes == distinguishable(difference):
        return ""
    one, other = ("leaves out", "no") if excludes else ("holds", "a")
    p = _p(difference) if excludes else ""
    return f"; interval and test disagree: the interval {one} 0, the corrected test finds {other} difference{p}"


def _could(difference: Difference) -> str:
    if difference.detectable is None:
        return ""
    least = f"{difference.detectable:.3f}" if difference.detectable >= 0.001 else "less than 0.001"
    return f"; these {difference.n} patients could have shown {least}"
