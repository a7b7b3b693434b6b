"""Metrics, intervals, paired differences and curves: pure functions of predictions."""

from core.evaluation.comparison import difference, differences, differences_of
from core.evaluation.curves import confusion, kaplan_meier, pr_curve, roc_curve
from core.evaluation.decisions.calibration import calibration, reliability
from core.evaluation.decisions.conformal import abstentions, coverage
from core.evaluation.decisions.net_benefit import net_benefit
from core.evaluation.decisions.prevalence import at_prevalence, predictive_values
from core.evaluation.decisions.thresholds import operating_points, thresholds
from core.evaluation.evidence import Evidence
from core.evaluation.follow_up.survival import survival, survival_curves
from core.evaluation.intervals import score
from core.evaluation.metrics import METRICS, Metric
from core.evaluation.optimism import optimism
from core.evaluation.pooling import fold_scores, is_main, main_mode, pooled
from core.evaluation.scoring import scores
from core.evaluation.sentences import distinguishable, sentence
from core.evaluation.subgroups import subgroups
from core.evaluation.values import Curve, Estimate, Scored, SurvivalCurve

__all__ = [
    "METRICS",
    "Curve",
    "Estimate",
    "Evidence",
    "Metric",
    "Scored",
    "SurvivalCurve",
    "abstentions",
    "at_prevalence",
    "calibration",
    "confusion",
    "coverage",
    "difference",
    "differences",
    "differences_of",
    "distinguishable",
    "fold_scores",
    "is_main",
    "kaplan_meier",
    "main_mode",
    "net_benefit",
    "operating_points",
    "optimism",
    "pooled",
    "pr_curve",
    "predictive_values",
    "reliability",
    "roc_curve",
    "score",
    "scores",
    "sentence",
    "subgroups",
    "survival",
    "survival_curves",
    "thresholds",
]
