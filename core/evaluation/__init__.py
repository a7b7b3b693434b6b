"""Metrics, intervals, paired differences and curves: pure functions of predictions."""

from core.evaluation.comparison import difference, differences
from core.evaluation.curves import confusion, kaplan_meier, pr_curve, roc_curve
from core.evaluation.evaluated import evaluated
from core.evaluation.evidence import Evidence
from core.evaluation.intervals import score
from core.evaluation.metrics import METRICS, Metric
from core.evaluation.optimism import optimism
from core.evaluation.pooling import fold_scores, main_mode, pooled
from core.evaluation.values import Curve, Estimate, Scored, SurvivalCurve

__all__ = [
    "METRICS",
    "Curve",
    "Estimate",
    "Evidence",
    "Metric",
    "Scored",
    "SurvivalCurve",
    "confusion",
    "difference",
    "differences",
    "evaluated",
    "fold_scores",
    "kaplan_meier",
    "main_mode",
    "optimism",
    "pooled",
    "pr_curve",
    "roc_curve",
    "score",
]
