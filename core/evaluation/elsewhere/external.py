"""All that validating a run on another cohort found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.config import EvaluationSpec
from core.evaluation.decisions.calibration import calibration, reliability
from core.evaluation.elsewhere.recalibrating import Recalibration, recalibration
from core.evaluation.elsewhere.shifts import Prevalence, Shift, prevalences
from core.evaluation.evidence import Evidence
from core.evaluation.rows import CalibrationScore, ReliabilityBin, SubgroupScore
from core.evaluation.scoring import scores
from core.evaluation.subgroups import subgroups
from core.types import Cohort, Prediction, RunRecord, Score


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What the run found in its own cohort, out of fold, in each model's main mode."""

    scores: tuple[Score, ...]
    calibration: tuple[CalibrationScore, ...]
    classes: Mapping[str, int]
    """Patients by class; empty where that is not told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What was held against whom."""

    record: RunRecord
    """Of the run that answers."""
    bundle: str
    """Id of the bundle that answers; empty where the run itself does."""
    cohort: Cohort
    """Whose patients it never saw."""
    notes: tuple[str, ...]
    """How the cohort was read."""
    missing_genes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class External:
    """The whole finding; every row is of the new cohort but `own`."""

    subject: Subject
    own: Own
    scores: tuple[Score, ...]
    calibration: tuple[CalibrationScore, ...]
    reliability: tuple[ReliabilityBin, ...]
    recalibration: tuple[Recalibration, ...]
    subgroups: tuple[SubgroupScore, ...]
    prevalences: tuple[Prevalence, ...]
    shifts: tuple[Shift, ...]


def external(
    subject: Subject, own: Own, predictions: Sequence[Prediction], shifts: Sequence[Shift], *, spec: EvaluationSpec
) -> External:
    """Judge predictions that nobody fitted anything on.

    Args:
        subject: who answers, about whom.
        own: what the run found at home.
        predictions: one a patient, model and mode.
        shifts: how unlike the patients are.
        spec: resamples and the smallest group that is told of.
    """
    cohort = subject.cohort
    models = tuple(dict.fromkeys(one.model for one in predictions))
    evidence = Evidence(cohort=cohort, folds=(), models=models, predictions=tuple(predictions))
    return External(
        subject=subject,
        own=own,
        # there are no folds here: what is scored over all is scored once
        scores=tuple(one for one in scores(evidence, spec) if one.fold is None),
        calibration=tuple(one for one in calibration(evidence, spec) if one.calibration == "stored"),
        reliability=tuple(one for one in reliability(evidence, spec) if one.calibration == "stored"),
        recalibration=_recalibration(evidence, spec),
        subgroups=subgroups(evidence, spec),
        prevalences=prevalences([one.label for one in cohort.patients], cohort.classes, own.classes),
        shifts=tuple(shifts),
    )


def _recalibration(evidence: Evidence, spec: EvaluationSpec) -> tuple[Recalibration, ...]:
    return tuple(
        recalibration(
            scored.probabilities[:, side],
            scored.labels == side,
            model=model,
            mode=mode,
            name=evidence.classes[side],
            resamples=spec.resamples,
            seed=evidence.seed,
        )
        for model, mode in evidence.answers
        for scored in (evidence.scored(model, mode),)
        for side in evidence.sides
    )
