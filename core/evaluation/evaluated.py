"""The whole evaluation of a run: every table of core/evaluation/rows.py, from what the run left behind."""

from collections.abc import Callable, Mapping
from typing import Any

from core.config import EvaluationSpec
from core.evaluation.comparison import differences
from core.evaluation.decisions.calibration import calibration, reliability
from core.evaluation.decisions.conformal import abstentions, coverage
from core.evaluation.decisions.net_benefit import net_benefit
from core.evaluation.decisions.thresholds import operating_points, thresholds
from core.evaluation.evidence import Evidence
from core.evaluation.follow_up.survival import survival, survival_curves
from core.evaluation.pooling import fold_scores
from core.evaluation.subgroups import subgroups

Topic = Callable[[Evidence, EvaluationSpec], tuple[Any, ...]]

TOPICS: Mapping[str, Topic] = {
    "scores": lambda evidence, spec: fold_scores(
        evidence.predictions, classes=len(evidence.classes), seed=evidence.seed, resamples=spec.resamples
    ),
    "differences": lambda evidence, spec: differences(
        evidence.predictions, classes=len(evidence.classes), seed=evidence.seed, resamples=spec.resamples
    ),
    "reliability": reliability,
    "calibration": calibration,
    "thresholds": thresholds,
    "operating_points": operating_points,
    "net_benefit": net_benefit,
    "coverage": coverage,
    "abstentions": abstentions,
    "subgroups": subgroups,
    "survival_curves": survival_curves,
    "survival": survival,
    "fitted_on": lambda evidence, _: evidence.fitted,
}
"""What makes each table."""


def evaluated(evidence: Evidence, spec: EvaluationSpec) -> dict[str, tuple[Any, ...]]:
    """Rows of every table, by its name."""
    return {name: topic(evidence, spec) for name, topic in TOPICS.items()}
