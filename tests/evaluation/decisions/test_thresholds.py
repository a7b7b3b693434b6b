"""Thresholds come from inner predictions alone; what they reach is counted out of fold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from core.config import EvaluationSpec
from core.errors import InputError
from core.evaluation import Estimate, at_prevalence, operating_points, predictive_values, thresholds
from core.evaluation.decisions.nested import nested, one_sided
from core.evaluation.decisions.thresholds import METRICS, chosen
from tests.evaluation.drawn import drawn, scored_of
from tests.evaluation.runs import evidence_of, relabelled

YOUDEN = EvaluationSpec()
RULES = [
    YOUDEN,
    EvaluationSpec(rule="sensitivity", least=0.9),
    EvaluationSpec(rule="specificity", least=0.9),
]
LABELS = np.random.default_rng(4).permutation([0] * 90 + [1] * 45)


def shares(scored, cut):
    called = scored.probabilities[:, 1] >= cut
    return called[scored.labels == 1].mean(), (~called)[scored.labels != 1].mean()


@given(case=drawn())
def test_no_other_cut_is_better_by_the_rule(case):
    scored = scored_of(*case)
    every = [shares(scored, cut) for cut in (*scored.probabilities[:, 1], np.inf)]
    sensitivity, specificity = shares(scored, chosen(scored, side=1, spec=YOUDEN))
    assert sensitivity + specificity == pytest.approx(max(map(sum, every)))
    sensitivity, specificity = shares(scored, chosen(scored, side=1, spec=RULES[1]))
    assert sensitivity >= 0.9 and specificity == max(other for one, other in every if one >= 0.9)
    sensitivity, specificity = shares(scored, chosen(scored, side=1, spec=RULES[2]))
    assert specificity >= 0.9 and sensitivity == max(one for one, other in every if other >= 0.9)


def test_a_cut_lies_halfway_between_the_classes_it_parts():
    assert chosen(scored_of([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9]), side=1, spec=YOUDEN) == pytest.approx(0.4)


@pytest.mark.parametrize("spec", RULES)
def test_thresholds_do_not_change_when_the_test_labels_change(spec):
    evidence = evidence_of(LABELS, repeats=2, models=("fused", "image"))
    assert thresholds(evidence, spec) == thresholds(relabelled(evidence, np.roll(LABELS, 7)), spec)


def test_every_answer_has_its_own_threshold_on_every_fold():
    evidence = evidence_of(LABELS, repeats=2, models=("fused", "image"))
    rows = thresholds(evidence, YOUDEN)
    assert {(one.model, one.mode) for one in rows} == set(evidence.answers) and len(rows) == 4 * 3 * 2
    assert len({one.value for one in rows}) == len(rows)


def test_sensitivity_and_the_others_are_counted_under_each_folds_own_cut():
    evidence = evidence_of(LABELS)
    cuts = {one.fold: one.value for one in thresholds(evidence, YOUDEN)}
    answers = [(one.probabilities[1] >= cuts[one.fold], one.label == 1) for one in evidence.predictions]
    called, positive = np.array(answers).T
    found = {one.metric: one for one in operating_points(evidence, YOUDEN)}
    assert found["sensitivity"].value == pytest.approx(called[positive].mean())
    assert found["specificity"].value == pytest.approx((~called)[~positive].mean())
    assert found["ppv"].value == pytest.approx(positive[called].mean())
    assert found["npv"].value == pytest.approx((~positive)[~called].mean())
    assert found["prevalence"].value == pytest.approx(positive.mean())


def test_repeats_make_no_patients():
    found = {one.metric: one for one in operating_points(evidence_of(LABELS, repeats=3), YOUDEN)}
    assert found["prevalence"].n == len(LABELS) and found["sensitivity"].n == (LABELS == 1).sum()


@pytest.mark.parametrize("classes", [2, 3])
def test_every_metric_is_told_or_missing_with_the_reason(classes):
    labels = np.arange(60) % classes
    evidence = evidence_of(labels, classes=tuple("abc"[:classes]))
    for some in (evidence, replace(evidence, inner=())):
        rows = operating_points(some, YOUDEN)
        assert [one.metric for one in rows] == [*METRICS] * len(some.sides)
        assert all((one.value is None) == ("no threshold" in one.how) for one in rows)
    assert thresholds(replace(evidence, inner=()), YOUDEN) == ()


def test_constant_answers_still_have_a_threshold_and_a_reason_for_what_nobody_is_called():
    evidence = evidence_of(LABELS)
    same = {"probabilities": (0.5, 0.5)}
    constant = replace(
        evidence,
        predictions=tuple(replace(one, **same) for one in evidence.predictions),
        inner=tuple(replace(one, **same) for one in evidence.inner),
    )
    found = {one.metric: one for one in operating_points(constant, YOUDEN)}
    assert found["specificity"].value == 1 and found["ppv"].value is None and "nobody" in found["ppv"].how


def test_ppv_at_the_prevalence_of_the_study_is_the_observed_ppv():
    points = operating_points(evidence_of(LABELS), YOUDEN)
    moved = {one.metric: one for one in at_prevalence(points, float((LABELS == 1).mean()))}
    for one in points:
        assert moved[one.metric].value == pytest.approx(one.value)
    assert moved["ppv"].low < moved["ppv"].value < moved["ppv"].high


def test_a_call_means_less_where_the_class_is_rare():
    points = operating_points(evidence_of(LABELS), YOUDEN)
    values = [
        next(one.value for one in at_prevalence(points, share) if one.metric == "ppv") for share in (0.01, 0.1, 0.5)
    ]
    assert values == sorted(values) and values[0] < 0.5 * values[2]


def test_at_a_prevalence_what_was_missing_stays_missing_and_a_share_is_asked_for():
    points = operating_points(replace(evidence_of(LABELS), inner=()), YOUDEN)
    assert [one.value for one in at_prevalence(points, 0.2) if one.metric in ("ppv", "npv")] == [None, None]
    with pytest.raises(InputError, match=r"between 0 and 1, got 20; give a share"):
        at_prevalence(points, 20.0)


def test_the_interval_of_a_moved_ppv_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    truth = 0.8 * 0.1 / (0.8 * 0.1 + 0.1 * 0.9)
    held = 0
    for _ in range(500):
        right = rng.binomial(60, 0.8) / 60, rng.binomial(140, 0.9) / 140
        one, other = (
            Estimate(value=value, low=None, high=None, n=n, how="") for value, n in zip(right, (60, 140), strict=True)
        )
        found = predictive_values(one, other, prevalence=0.1)["ppv"]
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 500 <= 0.98


def test_folds_and_repeats_are_counted_from_one_as_everywhere_else():
    parts = nested(replace(evidence_of([0, 1] * 10), inner=()), "image", "image")
    assert one_sided(parts) == "no inner predictions were kept of fold 1 of repeat 1"
