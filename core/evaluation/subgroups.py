"""Every metric among the patients of one group, where enough of them are there."""

from collections.abc import Iterator, Mapping

import numpy as np

from core.config import EvaluationSpec
from core.evaluation.evidence import Evidence
from core.evaluation.groups import groupings, in_order
from core.evaluation.intervals import score
from core.evaluation.metrics import METRICS
from core.evaluation.rows import SubgroupScore
from core.evaluation.values import Estimate, Scored

MOST_RESAMPLES = 1000
"""Hundreds of groups are scored: fewer resamples tell the same of each."""


def subgroups(evidence: Evidence, spec: EvaluationSpec) -> tuple[SubgroupScore, ...]:
    """Scores of every group of every grouping, out of fold: each model in every mode it answers in."""
    ways = groupings(evidence.cohort)
    rows: list[SubgroupScore] = []
    for model, mode in evidence.answers:
        scored = evidence.scored(model, mode)
        for by, groups in ways.items():
            for group, some in _split(scored, groups):
                smallest = int(some.class_counts.min())
                rows.extend(
                    SubgroupScore(
                        model=model,
                        mode=mode,
                        by=by,
                        group=group,
                        metric=metric,
                        value=one.value,
                        low=one.low,
                        high=one.high,
                        n=one.n,
                        smallest=smallest,
                        how=one.how,
                    )
                    for metric, one in _scores(some, evidence=evidence, spec=spec).items()
                )
    return tuple(rows)


def too_few(scored: Scored, *, classes: tuple[str, ...], smallest_group: int) -> str | None:
    """Why a group is not shown: fewer patients than asked for, or fewer than a quarter of that of its rarest class."""
    rarest = int(scored.class_counts.argmin())
    n, least = len(scored.patients), int(scored.class_counts[rarest])
    if n >= smallest_group and least >= smallest_group / 4:
        return None
    return f"not shown: only {n} patient{'' if n == 1 else 's'} ({least} {classes[rarest]})"


def _scores(scored: Scored, *, evidence: Evidence, spec: EvaluationSpec) -> dict[str, Estimate]:
    why = too_few(scored, classes=evidence.classes, smallest_group=spec.smallest_group)
    if why is not None:
        return dict.fromkeys(METRICS, Estimate(value=None, low=None, high=None, n=len(scored.patients), how=why))
    return score(scored, resamples=min(spec.resamples, MOST_RESAMPLES), seed=evidence.seed)


def _split(scored: Scored, groups: Mapping[str, str]) -> Iterator[tuple[str, Scored]]:
    """Patients of each group that has any."""
    mine = np.array([groups[patient] for patient in scored.patients])
    for group in in_order(set(mine.tolist())):
        rows = np.flatnonzero(mine == group)
        yield (
            group,
            Scored(
                patients=tuple(scored.patients[row] for row in rows),
                labels=scored.labels[rows],
                probabilities=scored.probabilities[rows],
            ),
        )
