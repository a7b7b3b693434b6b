"""The whole evaluation of a run: every table of core/evaluation/rows.py, from what the run left behind."""

from collections.abc import Callable, Mapping
from typing import Any

from core.config import EvaluationSpec
from core.evaluation.comparison import differences_of
from core.evaluation.controls import control_scores
from core.evaluation.decisions.calibration import calibration, reliability
from core.evaluation.decisions.conformal import abstentions, coverage
from core.evaluation.decisions.net_benefit import net_benefit
from core.evaluation.decisions.thresholds import operating_points, thresholds
from core.evaluation.evidence import Evidence
from core.evaluation.follow_up.survival import survival, survival_curves
from core.evaluation.modality_audit import modality_checks, modality_effects
from core.evaluation.scoring import scores
from core.evaluation.subgroups import subgroups
from core.evaluation.trust import trust

Topic = Callable[[Evidence, EvaluationSpec], tuple[Any, ...]]

TOPICS: Mapping[str, Topic] = {
    "scores": scores,
    "differences": differences_of,
    "modality_effects": modality_effects,
    "modality_checks": modality_checks,
    "controls": control_scores,
    "trust": trust,
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
