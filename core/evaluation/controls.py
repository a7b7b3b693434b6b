"""How controls score: the ladder without the defining genes, confounders, and each site that was left out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.config import EvaluationSpec
from core.evaluation.evidence import Evidence
from core.evaluation.intervals import point, score
from core.evaluation.metrics import missing
from core.evaluation.rows import ControlScore
from core.evaluation.values import Estimate, Scored
from core.types import ControlPrediction

REPORTED = ("auroc", "average_precision", "balanced_accuracy")
SMALL_SITES = "small sites"
EVERY_SITE = "all sites"
ALL_GENES = "all genes"
_REMOVED = "without "
_BETWEEN = " · "
_PERCENTILES = (2.5, 97.5)

Rows = Sequence[ControlPrediction]
Estimates = Mapping[str, Estimate]


def named(modality: str, site: str) -> str:
    """Name of a control that answers for a left-out site, like "genes · A2"."""
    return f"{modality}{_BETWEEN}{site}"


def control_scores(evidence: Evidence, spec: EvaluationSpec) -> tuple[ControlScore, ...]:
    """Scores of all controls, in the order in which they were fitted.

    Left-out sites too small to show have no value; their patients are scored together as "small sites". For each
    modality "all sites" pools every patient.
    """
    return tuple(row for group in _groups(evidence, spec) for row in _scores(group, evidence, spec))


def _groups(evidence: Evidence, spec: EvaluationSpec) -> list[Rows]:
    """Predictions that are scored together; those of a pooled group bear its name."""
    groups: dict[tuple[str, str, str], list[ControlPrediction]] = defaultdict(list)
    for one in evidence.controls:
        groups[one.family, one.target, one.name].append(one)
    pooled: dict[tuple[str, str], list[ControlPrediction]] = defaultdict(list)
    for (family, target, name), mine in groups.items():
        if family == "left-out site":
            modality = name.partition(_BETWEEN)[0]
            names = (EVERY_SITE,) if _too_small(mine, spec) is None else (EVERY_SITE, SMALL_SITES)
            for together in names:
                pooled[target, named(modality, together)] += [
                    replace(one, name=named(modality, together)) for one in mine
                ]
    return [*groups.values(), *pooled.values()]


def _scores(mine: Rows, evidence: Evidence, spec: EvaluationSpec) -> Iterable[ControlScore]:
    draws = sorted({one.draw for one in mine})
    first = mine[0]
    guarded = first.family == "left-out site" and not first.name.endswith(_BETWEEN + EVERY_SITE)
    why = _too_small(mine, spec) if guarded else None
    if why is not None:
        found = _none(len(mine), why)
    elif len(draws) > 1:
        found = _over_draws([scored_of([one for one in mine if one.draw == draw]) for draw in draws])
    else:
        found = score(scored_of(mine), resamples=spec.resamples, seed=evidence.seed)
    notes = _notes(mine, evidence)
    for metric in REPORTED:
        one = found[metric]
        yield ControlScore(
            family=first.family,
            target=first.target,
            name=first.name,
            inputs=round(float(np.median([each.inputs for each in mine]))),
            draws=len(draws),
            metric=metric,
            value=one.value,
            low=one.low,
            high=one.high,
            n=one.n,
            how="; ".join((one.how, *notes)),
        )


def scored_of(mine: Rows) -> Scored:
    """One control's answers for one draw."""
    return Scored(
        patients=tuple(one.patient for one in mine),
        labels=np.array([one.label for one in mine], np.int64),
        probabilities=np.array([one.probabilities for one in mine], np.float64),
    )


def _over_draws(draws: Sequence[Scored]) -> dict[str, Estimate]:
    """Mean over random gene sets, and the interval in which 95 % of the sets lie."""
    n = len(draws[0].patients)
    if why := missing(draws[0]):
        return {metric: _lacking(n, why[metric]) for metric in REPORTED}
    how = f"mean of {len(draws)} random gene sets; interval: 2.5 to 97.5 percentile over the sets, not over patients"
    every = [point(one) for one in draws]
    values = {metric: [each[metric] for each in every] for metric in REPORTED}
    bounds = {metric: np.percentile(some, _PERCENTILES).tolist() for metric, some in values.items()}
    return {
        metric: Estimate(value=float(np.mean(some)), low=bounds[metric][0], high=bounds[metric][1], n=n, how=how)
        for metric, some in values.items()
    }


def _too_small(mine: Rows, spec: EvaluationSpec) -> str | None:
    """Why a group of patients shows no score."""
    rarest = int(np.bincount([one.label for one in mine], minlength=len(mine[0].probabilities)).min())
    if len(mine) >= spec.smallest_group and rarest >= spec.smallest_group / 4:
        return None
    return (
        f"too few patients: {len(mine)}, {rarest} of the rarest class; at least {spec.smallest_group} "
        f"and {spec.smallest_group / 4:g} are needed"
    )


def _none(n: int, why: str) -> dict[str, Estimate]:
    return {metric: _lacking(n, why) for metric in REPORTED}


def _lacking(n: int, why: str) -> Estimate:
    return Estimate(value=None, low=None, high=None, n=n, how=why)


def _notes(mine: Rows, evidence: Evidence) -> Iterable[str]:
    """What a reader must know besides how the interval was made."""
    first = mine[0]
    fewest, most = (choose(one.inputs for one in mine) for choose in (min, max))
    if fewest != most:
        yield f"{fewest} to {most} inputs, by fold"
    if first.family == "ladder" and first.name.startswith(_REMOVED):
        whole = max((one.inputs for one in evidence.controls if _is_whole(one, first.target)), default=most)
        taken = f"{whole - most}" if fewest == most else f"{whole - most} to {whole - fewest}"
        yield f"{taken} genes taken away"
    wanted = first.name.split(", ")
    if first.family == "ladder" and most < len(wanted):
        yield f"{most} of these {len(wanted)} genes in the table"
    unsaid = len(evidence.cohort.patients) - len({one.patient for one in mine})
    if unsaid and first.family != "left-out site":
        yield f"{unsaid} patients without prediction: their {first.target} is unknown, or their fold had to be left out"


def _is_whole(one: ControlPrediction, target: str) -> bool:
    return (one.family, one.target, one.name) == ("ladder", target, ALL_GENES)
