"""Survival by class: Kaplan-Meier curves, log-rank, hazard ratios adjusted for age and stage, and what a model adds."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Int64

from core.config import EvaluationSpec
from core.evaluation.curves import kaplan_meier
from core.evaluation.evidence import Evidence
from core.evaluation.follow_up.added import added
from core.evaluation.follow_up.cox import cox
from core.evaluation.follow_up.followed import TRUE_CLASS, Followed, Result, classifications, followed
from core.evaluation.follow_up.log_rank import log_rank
from core.evaluation.rows import SurvivalFinding, SurvivalPoint
from core.evaluation.values import SurvivalCurve

Labels = Mapping[str, int]


def survival_curves(evidence: Evidence, spec: EvaluationSpec) -> tuple[SurvivalPoint, ...]:
    """Kaplan-Meier curves by true class and by each model's class; no points for a class of nobody."""
    del spec  # Greenwood's interval is not drawn
    everyone = followed(evidence)
    return tuple(
        SurvivalPoint(
            by=by,
            group=name,
            time=float(time),
            survival=float(survival),
            low=float(low),
            high=float(high),
            at_risk=int(at_risk),
        )
        for by, labels in classifications(evidence).items()
        for side, name in enumerate(evidence.classes)
        for curve in (_curve(everyone, labels, side),)
        for time, survival, low, high, at_risk in zip(
            curve.times, curve.survival, curve.low, curve.high, curve.at_risk, strict=True
        )
    )


def survival(evidence: Evidence, spec: EvaluationSpec) -> tuple[SurvivalFinding, ...]:
    """Tests, hazard ratios and C-indices by true class and by each model; nothing in a cohort without follow-up."""
    everyone = followed(evidence)
    if not everyone.patients:
        return ()
    rows: list[SurvivalFinding] = []
    for by, labels in classifications(evidence).items():
        known = everyone.take(everyone.rows(tuple(labels)))
        complete = known.complete()
        found = [*_hazards(complete, labels, evidence.classes)]
        if by != TRUE_CLASS:
            found.extend(added(evidence, complete, model=by, resamples=spec.resamples))
        rows.append(_row(_log_rank(known, labels), known, by=by))
        rows.extend(_row(one, complete, by=by) for one in found)
    return tuple(rows)


def _row(found: Result, patients: Followed, *, by: str) -> SurvivalFinding:
    return SurvivalFinding(
        by=by,
        metric=found.metric,
        value=found.value,
        low=found.low,
        high=found.high,
        p=found.p,
        n=len(patients.patients),
        events=int(patients.events.sum()),
        how=found.how,
    )


def _curve(everyone: Followed, labels: Labels, side: int) -> SurvivalCurve:
    mine = everyone.take([row for row, one in enumerate(everyone.patients) if labels.get(one) == side])
    return kaplan_meier(mine.times, mine.events)


def _log_rank(known: Followed, labels: Labels) -> Result:
    p = log_rank(known, _classes(known, labels))
    if isinstance(p, str):
        return Result(metric="log-rank p", how=p)
    return Result(metric="log-rank p", value=p, p=p, how="log-rank test between the classes, not adjusted")


def _hazards(known: Followed, labels: Labels, names: Sequence[str]) -> Iterator[Result]:
    """Hazard ratio of each class against the first, then of age and stage; and the check of each."""
    mine = _classes(known, labels)
    against = {f"{name} against {names[0]}": (mine == side) * 1.0 for side, name in enumerate(names) if side > 0}
    columns = {**against, **known.adjusted}
    fitted = cox(known, columns)
    for name in columns:
        metrics = f"hazard ratio: {name}", f"proportional hazards p: {name}"
        if isinstance(fitted, str):
            yield from (Result(metric=metric, how=fitted) for metric in metrics)
            continue
        one = fitted.hazards[name]
        how = f"Cox model of {', '.join(columns)}; patients whose age or stage is not stated are left out"
        yield Result(
            metric=metrics[0], value=one.ratio, low=one.low, high=one.high, p=one.p, how=f"{how}; Wald interval"
        )
        schoenfeld = "Schoenfeld residuals against ranked times; small: the ratio changes over time"
        yield Result(metric=metrics[1], value=one.proportional_p, p=one.proportional_p, how=schoenfeld)


def _classes(known: Followed, labels: Labels) -> Int64[np.ndarray, " patients"]:
    return np.array([labels[one] for one in known.patients], dtype=np.int64)
