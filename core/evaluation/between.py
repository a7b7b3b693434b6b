"""The same model in several runs, compared on the patients they share: was a change of settings worth it?"""

from collections.abc import Mapping
from dataclasses import replace

from core.evaluation.comparison import compared, shared
from core.evaluation.delong import delong
from core.evaluation.metrics import METRICS
from core.evaluation.multiplicity import holm
from core.evaluation.permutation import permutation_p
from core.evaluation.power import detectable
from core.evaluation.values import Scored
from core.types import Difference

MOST_RESAMPLED = 2000
"""Patients; beyond, resampling takes minutes (47 s at 10,000), and DeLong's interval of the AUROC stands in."""
DRAWS = 1000
NORMAL = 1.959963984540054
"""Of the standard normal distribution, 95 % lie within so many standard deviations."""


def between(answers: Mapping[str, Scored], *, seed: int = 0) -> tuple[Difference, ...]:
    """Every later answer minus the first, by every metric that can be told, corrected by Holm for their number.

    Args:
        answers: pooled out-of-fold answers, by what a sentence calls them; all with the same classes.
    """
    names = list(answers)
    rows = [
        row for name in names[1:] for row in _pair(answers[name], answers[names[0]], names=(name, names[0]), seed=seed)
    ]
    return tuple(row for metric in METRICS for row in _corrected([row for row in rows if row.metric == metric]))


def _pair(answer: Scored, first: Scored, *, names: tuple[str, str], seed: int) -> list[Difference]:
    one, other = shared(answer, first)
    if len(one.patients) > MOST_RESAMPLED:
        return _by_ranks(one, other, names=names)
    found = compared(one, other, resamples=DRAWS, seed=seed)
    tested = permutation_p(one, other, permutations=DRAWS, seed=seed)
    return [
        Difference(
            model=names[0],
            baseline=names[1],
            metric=metric,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            n=estimate.n,
            how=estimate.how,
            permutation_p=tested.get(metric),
            detectable=detectable(found.errors.get(metric, 0.0)),
        )
        for metric, estimate in found.estimates.items()
    ]


def _by_ranks(one: Scored, other: Scored, *, names: tuple[str, str]) -> list[Difference]:
    """AUROC of two classes by DeLong; nothing for more classes."""
    if one.classes != 2 or (one.class_counts < 2).any():
        return []
    exact = delong(one.probabilities[:, 1], other.probabilities[:, 1], one.labels == 1)
    return [
        Difference(
            model=names[0],
            baseline=names[1],
            metric="auroc",
            value=exact.value,
            low=exact.value - NORMAL * exact.se,
            high=exact.value + NORMAL * exact.se,
            n=len(one.patients),
            how="DeLong's interval, since there are too many patients to resample while a page waits",
            delong_p=exact.p,
            detectable=detectable(exact.se),
        )
    ]


def _corrected(rows: list[Difference]) -> list[Difference]:
    tests = holm([row.delong_p if row.permutation_p is None else row.permutation_p for row in rows])
    return [replace(row, holm_p=p) for row, p in zip(rows, tests, strict=True)]
