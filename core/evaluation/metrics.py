"""The metrics: what each says, and how all are computed for many weightings of the patients at once.

A bootstrap resample is a row of integer weights, how often it drew each patient. Every metric here is a weighted sum,
so a thousand resamples are a handful of matrix operations and agree with scikit-learn on the patients written out.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from core.evaluation.ranking import Steps, auroc, average_precision, steps
from core.evaluation.values import Scored

Weights = Float64[np.ndarray, "resamples patients"]
Values = Float64[np.ndarray, " resamples"]
Confusions = Float64[np.ndarray, "resamples classes classes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A metric as pages and reports name it."""

    name: str
    label: str
    sentence: str
    """What it says, for a reader who does not compute it."""
    higher_is_better: bool = True


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            name="auroc",
            label="AUROC",
            sentence="Chance that a patient of the positive class is ranked above one of the other: "
            "0.5 is guessing, 1 is perfect.",
        ),
        Metric(
            name="average_precision",
            label="Average precision (PR-AUC)",
            sentence="Precision averaged over all thresholds that find more positive patients; "
            "guessing gives the share of positive patients.",
        ),
        Metric(
            name="accuracy",
            label="Accuracy",
            sentence="Share of patients given their true class; high by itself when one class is common.",
        ),
        Metric(
            name="balanced_accuracy",
            label="Balanced accuracy",
            sentence="Share of each class that was recognised, averaged, so that a rare class counts as much "
            "as a common one.",
        ),
        Metric(
            name="f1",
            label="F1",
            sentence="Balance of how many positive patients were found and how many called positive truly were.",
        ),
        Metric(
            name="mcc",
            label="MCC",
            sentence="Correlation of true and predicted class: 0 is guessing or always the same answer, 1 is perfect.",
        ),
        Metric(
            name="brier",
            label="Brier score",
            sentence="Mean squared error of the predicted probabilities: 0 is perfect, and lower is better.",
            higher_is_better=False,
        ),
    )
}

CELLS = 2**21
"""Weights that are worked on at once: 16 MiB an array, however many patients and resamples there are."""

ALWAYS_DEFINED = frozenset({"accuracy", "brier"})
"""Metrics that need patients but not patients of every class."""


BY_RANK: Mapping[str, Callable[[Steps, Steps], Values]] = {"auroc": auroc, "average_precision": average_precision}
"""Metrics that look at nothing but the order of the patients by a class's probability."""
BY_PROBABILITY = tuple(name for name in METRICS if name not in BY_RANK)
"""Metrics of the decided classes, and of the probabilities themselves."""


def evaluate(scored: Scored, *, weights: Weights, names: Collection[str] = tuple(METRICS)) -> dict[str, Values]:
    """Metrics under each weighting; NaN where a class has no weight and the metric needs it.

    Classes are decided by the largest probability. With two classes, AUROC, average precision and F1 are of the second
    class; with more they are the plain mean over one class against the rest.
    """
    rows = max(1, CELLS // max(1, len(scored.patients)))
    parts = [
        _ranked(scored, weights=part, names=names) | _decided(scored, weights=part, names=names)
        for part in (weights[start : start + rows] for start in range(0, max(1, len(weights)), rows))
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def missing(scored: Scored) -> dict[str, str]:
    """Metrics that cannot be computed on these patients, each with the reason."""
    if not scored.patients:
        return dict.fromkeys(METRICS, "cannot be computed: no patients")
    present = int((scored.class_counts > 0).sum())
    if present == scored.classes:
        return {}
    reason = f"cannot be computed: patients of only {present} of {scored.classes} classes"
    return {name: reason for name in METRICS if name not in ALWAYS_DEFINED}


def weighted_confusions(scored: Scored, *, weights: Weights) -> Confusions:
    """Weight of the patients per true class (rows) and decided class (columns)."""
    cells = np.zeros((len(scored.patients), scored.classes**2))
    cells[np.arange(len(cells)), scored.labels * scored.classes + scored.decisions] = 1
    return (weights @ cells).reshape(-1, scored.classes, scored.classes)


def f1(confusions: Confusions) -> Float64[np.ndarray, "resamples classes"]:
    """Harmonic mean of precision and recall, per class; NaN for a class without a patient."""
    true, decided = confusions.sum(axis=2), confusions.sum(axis=1)
    return np.where(true > 0, _ratio(2 * _diagonal(confusions), true + decided), np.nan)


def mcc(confusions: Confusions) -> Values:
    """Matthews correlation for any number of classes (Gorodkin 2004, Comput Biol Chem 28:367).

    0 when every decision is the same: a constant is correlated with nothing. NaN when there is one true class only,
    since nothing could be told apart then.
    """
    true, decided = confusions.sum(axis=2), confusions.sum(axis=1)
    total = confusions.sum(axis=(1, 2))
    covariance = total * _diagonal(confusions).sum(axis=1) - (true * decided).sum(axis=1)
    spread_true = total**2 - (true**2).sum(axis=1)
    spread_decided = total**2 - (decided**2).sum(axis=1)
    correlation = _ratio(covariance, np.sqrt(spread_true * spread_decided))
    return np.where((spread_decided == 0) & (spread_true > 0), 0.0, correlation)


def brier(scored: Scored, *, weights: Weights) -> Values:
    """Mean squared error of the positive class's probability; with more than two classes, summed over the classes."""
    truth = np.eye(scored.classes)[scored.labels]
    errors = ((scored.probabilities - truth) ** 2)[:, (1 if scored.classes == 2 else 0) :].sum(axis=1)
    return _ratio(weights @ errors, weights.sum(axis=1))


def _ranked(scored: Scored, *, weights: Weights, names: Collection[str]) -> dict[str, Values]:
    wanted = {name: metric for name, metric in BY_RANK.items() if name in names}
    if not wanted:
        return {}
    ranked = [
        steps(scored.probabilities[:, side], scored.labels == side, weights=weights) for side in _sides(scored.classes)
    ]
    return {name: np.mean([metric(hits, misses) for hits, misses in ranked], axis=0) for name, metric in wanted.items()}


def _decided(scored: Scored, *, weights: Weights, names: Collection[str]) -> dict[str, Values]:
    if not set(BY_PROBABILITY) & set(names):
        return {}
    confusions = weighted_confusions(scored, weights=weights)
    values = {
        "accuracy": _ratio(_diagonal(confusions).sum(axis=1), confusions.sum(axis=(1, 2))),
        "balanced_accuracy": _ratio(_diagonal(confusions), confusions.sum(axis=2)).mean(axis=1),
        "f1": f1(confusions)[:, _sides(scored.classes)].mean(axis=1),
        "mcc": mcc(confusions),
        "brier": brier(scored, weights=weights),
    }
    return {name: values[name] for name in BY_PROBABILITY if name in names}


def _sides(classes: int) -> list[int]:
    """Classes that are asked for against the rest."""
    return [1] if classes == 2 else list(range(classes))


def _diagonal(confusions: Confusions) -> Float64[np.ndarray, "resamples classes"]:
    return np.diagonal(confusions, axis1=1, axis2=2)


def _ratio(part: Float64[np.ndarray, "*shape"], whole: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
