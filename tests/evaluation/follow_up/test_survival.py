"""Survival is told by class from those who were followed, and what a model adds is told on patients no fit has seen."""

from dataclasses import replace

import numpy as np
import pytest

from core.config import EvaluationSpec
from core.evaluation import survival, survival_curves
from core.evaluation.decisions.nested import nested
from core.evaluation.follow_up.added import GAIN, WITH, WITHOUT, part_of
from core.evaluation.follow_up.followed import AGE, STAGE, followed
from tests.evaluation.runs import evidence_of, relabelled

SPEC = EvaluationSpec(resamples=100)


def clinic(n, *, class_ratio=1.0, censored=True, seed=0):
    """Labels and covariates of patients who die sooner when older, of higher stage, or of the second class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=n)
    ages, stages = rng.uniform(30, 90, n), rng.integers(1, 5, n)
    hazard = 0.01 * 1.5 ** ((ages - 60) / 10) * 1.8 ** (stages - 2) * class_ratio**labels
    died, left = rng.exponential(1 / hazard), rng.uniform(10, 150, n) if censored else np.full(n, np.inf)
    return labels, [
        {"age": float(age), "stage": "STAGE " + ["I", "II", "III", "IV"][stage - 1], "time": time, "event": event}
        for age, stage, time, event in zip(
            ages, stages, np.minimum(died, left).tolist(), (died <= left).astype(float).tolist(), strict=True
        )
    ]


@pytest.fixture(scope="module")
def evidence():
    labels, rows = clinic(300, class_ratio=4.0)
    return evidence_of(labels, covariates=rows, models=("fused", "image"), skill=3.0)


@pytest.fixture(scope="module")
def found(evidence):
    return {(one.by, one.metric): one for one in survival(evidence, SPEC)}


def test_without_censoring_the_curve_is_one_less_the_share_who_died():
    labels, rows = clinic(60, censored=False)
    times = np.array([one["time"] for one in rows])
    points = [one for one in survival_curves(evidence_of(labels, covariates=rows), SPEC) if one.by == "true class"]
    for side, name in enumerate(("Luminal", "Basal/HER2")):
        mine = times[labels == side]
        for one in points:
            if one.group == name:
                assert one.survival == pytest.approx(1 - (mine <= one.time).mean())
                assert one.at_risk == (mine >= one.time).sum()
                assert 0 <= one.low <= one.survival <= one.high <= 1


def test_curves_are_drawn_by_truth_and_by_each_model_in_its_main_mode(evidence):
    points = survival_curves(evidence, SPEC)
    assert {one.by for one in points} == {"true class", "fused", "image"}
    assert all(0 <= one.low <= one.survival <= one.high <= 1 for one in points)


def test_a_class_that_dies_four_times_as_fast_is_found(found):
    assert found["true class", "log-rank p"].value < 0.001
    ratio = found["true class", "hazard ratio: Basal/HER2 against Luminal"]
    assert ratio.low < 4 < ratio.high and ratio.p < 0.001
    assert "age (10 years)" in ratio.how and "stage (each step)" in ratio.how


def test_age_and_stage_have_their_ratio_and_every_ratio_its_check(found):
    for name, truth in ((AGE, 1.5), (STAGE, 1.8)):
        ratio = found["true class", f"hazard ratio: {name}"]
        assert ratio.low < truth < ratio.high
    assert 0 <= found["fused", f"proportional hazards p: {AGE}"].value <= 1


def test_a_model_that_tells_the_class_adds_to_age_and_stage(found):
    gain = found["fused", GAIN]
    assert gain.value == pytest.approx(found["fused", WITH].value - found["fused", WITHOUT].value)
    assert gain.low > 0 and found["fused", WITHOUT].low > 0.5


def test_the_c_index_does_not_change_with_the_labels_of_the_patients(evidence, found):
    other = relabelled(evidence, [1 - one.label for one in evidence.cohort.patients])
    again = {(one.by, one.metric): one for one in survival(other, SPEC)}
    assert again["image", WITH] == found["image", WITH]


def test_cox_models_learn_from_the_training_patients_of_a_fold_and_rank_its_test_patients(evidence):
    known = followed(evidence)
    for fold, dealt in zip(nested(evidence, "image", "image"), evidence.folds, strict=True):
        part = part_of(fold, known, evidence.classes)
        assert set(part.train.known.patients) == set(dealt.train)
        assert set(part.test.known.patients) == set(dealt.test)
        assert [known.patients[row] for row in part.rows] == list(part.test.known.patients)


def test_few_events_give_no_ratio_but_the_reason():
    labels, rows = clinic(60)
    for row, one in enumerate(rows):
        one["event"] = float(row < 8)
    for one in survival(evidence_of(labels, covariates=rows), SPEC):
        assert one.metric == "log-rank p" or (one.value is None and "events for" in one.how)


def test_without_inner_predictions_there_is_no_c_index_but_the_reason(evidence):
    rows = [one for one in survival(replace(evidence, inner=()), SPEC) if one.metric.startswith("c-index")]
    assert rows and all(one.value is None and "no inner predictions" in one.how for one in rows)


def test_who_was_not_followed_or_lacks_a_stage_is_left_out_and_counted():
    labels, rows = clinic(200, class_ratio=2.0)
    rows[0]["time"], rows[1]["event"], rows[2]["stage"] = None, None, "STAGE X"
    evidence = evidence_of(labels, covariates=rows)
    assert len(followed(evidence).patients) == 198
    counts = {one.metric: one.n for one in survival(evidence, SPEC) if one.by == "image"}
    assert counts["log-rank p"] == 198 and counts[WITH] == counts[f"hazard ratio: {AGE}"] == 197


def test_a_cohort_without_age_and_stage_adjusts_for_nothing():
    labels, rows = clinic(200, class_ratio=2.0)
    bare = [{"time": one["time"], "event": one["event"]} for one in rows]
    found = {one.metric: one for one in survival(evidence_of(labels, covariates=bare), SPEC) if one.by == "image"}
    assert found["hazard ratio: Basal/HER2 against Luminal"].value is not None and f"hazard ratio: {AGE}" not in found
    assert found[WITHOUT].value is None and "no covariate" in found[WITHOUT].how


def test_a_model_that_always_gives_one_class_has_no_ratio():
    labels, rows = clinic(200)
    evidence = evidence_of(labels, covariates=rows)
    same = tuple(replace(one, probabilities=(0.9, 0.1)) for one in evidence.predictions)
    found = {one.metric: one for one in survival(replace(evidence, predictions=same), SPEC) if one.by == "image"}
    assert "one class" in found["log-rank p"].how
    assert "the same for every patient" in found["hazard ratio: Basal/HER2 against Luminal"].how


def test_a_cohort_without_follow_up_has_no_rows():
    evidence = evidence_of([0, 1] * 20)
    assert survival(evidence, SPEC) == survival_curves(evidence, SPEC) == ()


@pytest.mark.parametrize("classes", [("a", "b", "c")])
def test_three_classes_have_two_ratios(classes):
    _, rows = clinic(240)
    evidence = evidence_of(np.arange(240) % 3, covariates=rows, classes=classes)
    ratios = {one.metric for one in survival(evidence, SPEC) if "against" in one.metric and "ratio:" in one.metric}
    assert ratios == {"hazard ratio: b against a", "hazard ratio: c against a"}
