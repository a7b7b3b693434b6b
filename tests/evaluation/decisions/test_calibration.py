"""Calibration is measured by known identities, and whatever mends it has never seen the patients it is judged on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from core.config import EvaluationSpec
from core.evaluation import calibration, reliability
from core.evaluation.decisions.bins import bins_of
from core.evaluation.decisions.calibration import MEASURES, measures
from core.evaluation.decisions.calibrators import CALIBRATIONS, calibrated, isotonic, temperature
from core.evaluation.decisions.recalibration import intercept, slope
from core.evaluation.intervals import point
from tests.evaluation.drawn import drawn, noisy, scored_of
from tests.evaluation.runs import evidence_of, relabelled

SPEC = EvaluationSpec(resamples=100)
LABELS = np.random.default_rng(4).permutation([0] * 90 + [1] * 45)


@given(case=drawn())
def test_brier_is_reliability_less_resolution_plus_uncertainty_plus_remainder(case):
    scored = scored_of(*case)
    for side in range(scored.classes):
        found = {name: one.value for name, one in measures(scored, side=side, resamples=100, seed=0).items()}
        parts = found["reliability"] - found["resolution"] + found["uncertainty"] + found["remainder"]
        assert found["brier"] == pytest.approx(parts, abs=1e-12)
        assert found["brier"] == pytest.approx(
            np.mean((scored.probabilities[:, side] - (scored.labels == side)) ** 2), abs=1e-12
        )


def test_with_few_distinct_probabilities_nothing_remains_within_bins():
    scored = scored_of([0, 0, 1] * 40 + [0, 1, 1] * 40, [0.3] * 120 + [0.8] * 120)
    found = measures(scored, side=1, resamples=100, seed=0)
    assert found["remainder"].value == pytest.approx(0, abs=1e-12)
    # Murphy by hand: bins of 120 with 1/3 and 2/3 positive, half of all
    assert found["reliability"].value == pytest.approx(((0.3 - 1 / 3) ** 2 + (0.8 - 2 / 3) ** 2) / 2)
    assert found["resolution"].value == pytest.approx((1 / 6) ** 2)
    assert found["ece"].value == pytest.approx((abs(0.3 - 1 / 3) + abs(0.8 - 2 / 3)) / 2)


@given(case=drawn())
def test_every_interval_holds_its_value_and_a_missing_one_says_why(case):
    scored = scored_of(*case)
    for one in measures(scored, side=1, resamples=100, seed=0).values():
        assert one.value is None or one.low is None or one.low <= one.value <= one.high
        assert one.value is not None or "cannot be computed" in one.how


@given(levels=st.lists(st.integers(0, 30), min_size=1, max_size=300))
def test_bins_hold_equal_counts_and_never_part_equal_probabilities(levels):
    probabilities = np.array(levels) / 30
    bins = bins_of(probabilities)
    assert set(bins.tolist()) == set(range(bins.max() + 1)) and bins.max() < 10
    assert all(len(set(bins[probabilities == level])) == 1 for level in set(probabilities.tolist()))
    assert (np.diff(bins[np.argsort(probabilities, kind="stable")]) >= 0).all()


@pytest.mark.parametrize(("patients", "expected"), [(5, 1), (40, 4), (657, 10)])
def test_few_patients_give_few_bins(patients, expected):
    bins = bins_of(np.random.default_rng(0).random(patients))
    assert bins.max() + 1 == expected and np.ptp(np.bincount(bins)) <= 1


def test_temperature_leaves_the_ranking_of_a_fold_and_its_auroc_unchanged():
    inner, test = noisy(LABELS, skill=2, seed=1), noisy(LABELS, skill=2, seed=2)
    mended = scored_of(LABELS, temperature(inner)(test.probabilities))
    assert point(mended)["auroc"] == pytest.approx(point(test)["auroc"], abs=1e-12)
    assert not np.allclose(mended.probabilities, test.probabilities)


@pytest.mark.parametrize("classes", [2, 3])
def test_temperature_finds_by_how_much_logits_are_too_large(classes):
    rng = np.random.default_rng(0)
    right = rng.dirichlet(np.ones(classes), size=4000)
    labels = np.array([rng.choice(classes, p=row) for row in right])
    sharp = right**3 / (right**3).sum(axis=1, keepdims=True)
    mended = temperature(scored_of(labels, sharp))(sharp)
    assert np.abs(mended - right).mean() < 0.02


@pytest.mark.parametrize("classes", [2, 3])
def test_isotonic_probabilities_sum_to_one_and_are_exact_on_what_they_were_fitted_on(classes):
    labels = np.arange(300) % classes
    raw = np.eye(classes)[labels] + np.random.default_rng(0).random((300, classes)) * 3
    scored = scored_of(labels, raw / raw.sum(axis=1, keepdims=True))
    found = isotonic(scored)(scored.probabilities)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    if classes == 2:
        assert found[:, 1].mean() == pytest.approx((labels == 1).mean())


@pytest.mark.parametrize("name", ["temperature", "isotonic"])
def test_what_is_fitted_on_inner_predictions_does_not_change_with_the_labels_of_the_test_patients(name):
    evidence = evidence_of(LABELS, repeats=2, sharpness=3.0)
    other = relabelled(evidence, np.roll(LABELS, 7))
    one, two = (calibrated(some, "image", "image", name=name) for some in (evidence, other))
    np.testing.assert_array_equal(one.probabilities, two.probabilities)
    assert (one.labels != two.labels).any()


def test_too_sharp_networks_are_mended_by_temperature():
    evidence = evidence_of(LABELS, skill=1.0, sharpness=4.0)
    found = {(one.calibration, one.metric): one.value for one in calibration(evidence, SPEC)}
    assert found["temperature", "ece"] < found["none", "ece"]
    assert found["none", "slope"] < 0.6 < found["temperature", "slope"]


def test_every_answer_has_every_calibration_and_measure_for_every_side():
    evidence = evidence_of(np.arange(90) % 3, classes=("a", "b", "c"), models=("fused", "image"))
    rows = calibration(evidence, SPEC)
    assert len(rows) == 4 * len(CALIBRATIONS) * 3 * (len(MEASURES) + 2)
    assert {(one.model, one.mode) for one in rows} == set(evidence.answers)


def test_bins_of_a_curve_hold_every_patient_once():
    rows = reliability(evidence_of(LABELS, repeats=2), SPEC)
    for name in CALIBRATIONS:
        mine = [one for one in rows if one.calibration == name]
        assert sum(one.n for one in mine) == len(LABELS)
        assert all(one.low <= one.observed <= one.high for one in mine)


def test_without_inner_predictions_what_is_fitted_on_them_is_none_with_the_reason():
    evidence = replace(evidence_of(LABELS), inner=())
    for one in calibration(evidence, SPEC):
        if one.calibration in ("temperature", "isotonic"):
            assert one.value is None and "no inner predictions were kept" in one.how
    assert {one.calibration for one in reliability(evidence, SPEC)} == {"stored", "none"}


def test_where_networks_own_probabilities_were_not_kept_only_the_stored_are_judged():
    evidence = evidence_of(LABELS)
    bare = tuple(replace(one, uncalibrated=()) for one in evidence.predictions)
    assert {one.calibration for one in reliability(replace(evidence, predictions=bare), SPEC)} == {"stored"}


def test_slope_is_that_of_a_logistic_regression():
    scored = noisy(LABELS, skill=2, seed=1)
    odds = np.log(scored.probabilities[:, 1] / scored.probabilities[:, 0])[:, None]
    expected = LogisticRegression(C=np.inf, tol=1e-10).fit(odds, scored.labels).coef_[0, 0]
    assert slope(scored.probabilities[:, 1], scored.labels == 1).value == pytest.approx(expected, rel=1e-4)


def test_intercept_is_the_shift_after_which_as_many_are_expected_as_observed():
    scored = noisy(LABELS, skill=2, seed=1)
    odds = np.log(scored.probabilities[:, 1] / scored.probabilities[:, 0])
    found = intercept(scored.probabilities[:, 1], scored.labels == 1)
    assert (1 / (1 + np.exp(-odds - found.value))).sum() == pytest.approx((scored.labels == 1).sum())


@pytest.mark.parametrize(
    ("labels", "probabilities", "reason"),
    [
        ([0, 1, 0, 1], [0.4] * 4, "all probabilities are equal"),
        ([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9], "without error"),
        ([1, 1, 1], [0.1, 0.2, 0.7], "one side only"),
    ],
)
def test_a_slope_that_does_not_exist_is_none_with_the_reason(labels, probabilities, reason):
    found = slope(np.array(probabilities), np.array(labels) == 1)
    assert found.value is None and reason in found.how


@given(case=drawn(classes=(2, 2)))
def test_slope_and_intercept_never_fail(case):
    scored = scored_of(*case)
    for measure in (slope, intercept):
        found = measure(scored.probabilities[:, 1], scored.labels == 1)
        assert found.value is None or found.low < found.value < found.high


def test_intervals_of_slope_and_intercept_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    held = np.zeros(2)
    for _ in range(1000):
        probabilities = rng.beta(1, 2, size=200)
        positive = rng.random(200) < probabilities
        for place, (measure, truth) in enumerate(((slope, 1.0), (intercept, 0.0))):
            found = measure(probabilities, positive)
            held[place] += found.low <= truth <= found.high
    assert (held / 1000 > 0.92).all() and (held / 1000 < 0.98).all()
