"""Every answer of a run, scored."""

from core.config import EvaluationSpec
from core.evaluation.evidence import Evidence
from core.evaluation.pooling import fold_scores
from core.types import Score


def scores(evidence: Evidence, spec: EvaluationSpec) -> tuple[Score, ...]:
    """Every metric of every model and mode, per test fold and pooled over all folds and repeats."""
    return fold_scores(
        evidence.predictions, classes=len(evidence.classes), seed=evidence.seed, resamples=spec.resamples
    )
