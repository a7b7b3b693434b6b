"""Whatever little a run left behind, every topic answers with numbers or reasons, and never with NaN."""

import math
from dataclasses import fields, replace

import pytest

from core.config import EvaluationSpec
from core.evaluation import (
    abstentions,
    at_prevalence,
    calibration,
    coverage,
    net_benefit,
    operating_points,
    reliability,
    subgroups,
    survival,
    survival_curves,
    thresholds,
)
from tests.evaluation.runs import evidence_of

SPEC = EvaluationSpec(resamples=100, smallest_group=1)
TOPICS = [
    reliability,
    calibration,
    thresholds,
    operating_points,
    lambda evidence, spec: at_prevalence(operating_points(evidence, spec), 0.2),
    net_benefit,
    coverage,
    abstentions,
    subgroups,
    survival_curves,
    survival,
]
FOLLOWED = [{"age": 50.0, "stage": None, "time": float(row % 4), "event": float(row % 2)} for row in range(12)]


def constant(evidence, chances):
    def same(answers):
        return tuple(replace(one, probabilities=chances, uncalibrated=chances) for one in answers)

    return replace(evidence, predictions=same(evidence.predictions), inner=same(evidence.inner))


POOR = {
    "four patients": evidence_of([0, 1, 0, 1], folds=2, covariates=FOLLOWED[:4]),
    "one class": evidence_of([1] * 12, covariates=FOLLOWED),
    "one patient of a class": evidence_of([0] * 11 + [1], covariates=FOLLOWED),
    "a class of nobody": evidence_of([0, 1] * 6, classes=("a", "b", "c"), covariates=FOLLOWED),
    "all answers equal": constant(evidence_of([0, 1] * 6, covariates=FOLLOWED), (0.5, 0.5)),
    "all answers sure": constant(evidence_of([0, 1] * 6, covariates=FOLLOWED), (0.0, 1.0)),
    "perfect answers": evidence_of([0, 1] * 6, skill=60.0, sharpness=5.0, covariates=FOLLOWED),
    "nothing inside": replace(evidence_of([0, 1] * 6, covariates=FOLLOWED), inner=()),
    "no predictions": replace(evidence_of([0, 1] * 6, covariates=FOLLOWED), predictions=(), inner=()),
    "nobody known of": evidence_of([0, 1] * 6),
    "repeats": evidence_of([0, 1] * 6, repeats=3, covariates=FOLLOWED),
}


@pytest.mark.parametrize("evidence", POOR.values(), ids=POOR.keys())
@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_answers_with_numbers_or_reasons(topic, evidence):
    for row in topic(evidence, SPEC):
        numbers = {one.name: getattr(row, one.name) for one in fields(row)}
        assert not any(isinstance(one, float) and not math.isfinite(one) for one in numbers.values()), row
        assert numbers.get("value", 0) is not None or "cannot" in row.how or "no" in row.how
        if numbers.get("low") is not None and numbers.get("value") is not None:
            assert row.low <= row.high
