"""Curves agree with scikit-learn, with the metrics they belong to, and with a survival curve counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from sklearn import metrics as sk

from core.evaluation import confusion, kaplan_meier, pr_curve, roc_curve
from core.evaluation.intervals import point
from tests.evaluation.drawn import drawn, scored_of


@given(case=drawn())
def test_roc_and_pr_points_are_those_of_scikit_learn(case):
    scored = scored_of(*case)
    truth, positive = scored.labels == 1, scored.probabilities[:, 1]
    roc, pr = roc_curve(scored), pr_curve(scored)
    false, true, thresholds = sk.roc_curve(truth, positive, drop_intermediate=False)
    np.testing.assert_allclose([roc.x, roc.y, roc.thresholds], [false, true, thresholds])
    precision, recall, thresholds = sk.precision_recall_curve(truth, positive)
    np.testing.assert_allclose([pr.x, pr.y], [recall[::-1], precision[::-1]])
    np.testing.assert_allclose(pr.thresholds[1:], thresholds[::-1])


@given(case=drawn(classes=(2, 2)))
def test_areas_under_the_curves_are_the_metrics(case):
    scored = scored_of(*case)
    roc, pr, found = roc_curve(scored), pr_curve(scored), point(scored)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(found["auroc"])
    assert np.sum(np.diff(pr.x) * pr.y[1:]) == pytest.approx(found["average_precision"])


def test_one_class_only_gives_a_curve_without_points():
    scored = scored_of([1, 1, 1], [0.2, 0.5, 0.9])
    assert len(roc_curve(scored).x) == len(pr_curve(scored).x) == 0


@given(case=drawn())
def test_the_confusion_table_counts_every_patient_once(case):
    scored = scored_of(*case)
    table = confusion(scored)
    np.testing.assert_array_equal(
        table, sk.confusion_matrix(scored.labels, scored.decisions, labels=range(scored.classes))
    )
    assert table.sum() == len(scored.patients)


def test_kaplan_meier_by_hand():
    # six patients: one event at 1, one at 2 with one censored there, one at 3, one event and one censored at 5
    curve = kaplan_meier(np.array([1.0, 2, 2, 3, 5, 5]), np.array([True, True, False, True, True, False]))
    np.testing.assert_array_equal(curve.times, [0, 1, 2, 3, 5])
    np.testing.assert_allclose(curve.survival, [1, 5 / 6, 5 / 6 * 4 / 5, 4 / 9, 2 / 9])
    np.testing.assert_array_equal(curve.at_risk, [6, 6, 5, 3, 2])
    assert (curve.low <= curve.survival).all() and (curve.survival <= curve.high).all()


def test_a_survival_curve_of_nobody_has_no_points():
    assert len(kaplan_meier(np.zeros(0), np.zeros(0, dtype=bool)).times) == 0


def test_without_any_event_survival_stays_at_one():
    curve = kaplan_meier(np.array([3.0, 4.0]), np.array([False, False]))
    assert (curve.survival == 1).all() and np.isfinite([curve.low, curve.high]).all()
