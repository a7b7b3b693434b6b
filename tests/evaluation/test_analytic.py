"""Metrics by formula: equal to scikit-learn's, with intervals that hold the truth as often as they say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, balanced_accuracy_score, recall_score, roc_auc_score

from core.evaluation.analytic import LEAST_POSITIVE, NO_WIDTH, TOO_FEW, analytic
from core.evaluation.delong import delong

COHORTS, LEAST_COVERED = 1000, 0.92


def found(shares: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Metrics of probabilities, decided by the largest."""
    return analytic(shares, labels=labels.astype(np.int64), predicted=shares.argmax(axis=1).astype(np.int64))


def two(positive: np.ndarray) -> np.ndarray:
    """Probabilities of both classes."""
    return np.stack([1 - positive, positive], axis=1)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=4, max_size=60).filter(
        lambda rows: 0 < sum(side for side, _ in rows) < len(rows)
    )
)
def test_values_equal_those_of_scikit_learn_also_with_ties(rows):
    labels = np.array([side for side, _ in rows], dtype=np.int64)
    shares = two(np.array([step / 8 for _, step in rows]))
    told = found(shares, labels)
    decided = shares.argmax(axis=1)
    assert told["auroc"].value == pytest.approx(roc_auc_score(labels, shares[:, 1]))
    assert told["average_precision"].value == pytest.approx(average_precision_score(labels, shares[:, 1]))
    assert told["balanced_accuracy"].value == pytest.approx(balanced_accuracy_score(labels, decided))
    assert told["sensitivity"].value == pytest.approx(recall_score(labels, decided))
    assert told["specificity"].value == pytest.approx(recall_score(labels, decided, pos_label=0))
    for estimate in told.values():
        if estimate.low is not None:
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


@given(st.integers(0, 10_000), st.integers(3, 5))
def test_with_several_classes_each_is_held_against_the_rest(seed, classes):
    draw = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), np.arange(classes), draw.integers(0, classes, 40)])
    shares = draw.dirichlet(np.ones(classes), size=len(labels))
    told = found(shares, labels)
    each = [roc_auc_score(labels == one, shares[:, one]) for one in range(classes)]
    assert told["auroc"].value == pytest.approx(np.mean(each))
    assert "sensitivity" not in told
    assert told["average_precision"].low is None and "no formula" in told["average_precision"].how


def test_the_width_of_the_auroc_is_that_of_delong():
    draw = np.random.default_rng(3)
    labels = draw.random(150) < 0.3
    scores = draw.normal(labels * 1.0)
    told = found(two(1 / (1 + np.exp(-scores))), labels)["auroc"]
    # a model that says the same of everybody varies in nothing: the difference to it varies as the AUROC alone
    alone = delong(scores, np.zeros(len(scores)), labels)
    assert told.value == pytest.approx(alone.value + 0.5)
    assert told.high - told.value == pytest.approx(1.959964 * alone.se)


def test_intervals_hold_the_truth_in_about_95_of_100_cohorts():
    draw, true = np.random.default_rng(7), {"auroc": 0.760250, "sensitivity": 0.691462, "specificity": 0.691462}
    inside = dict.fromkeys([*true, "balanced_accuracy"], 0)
    for _ in range(COHORTS):
        labels = draw.random(120) < 0.35
        shares = two(1 / (1 + np.exp(-draw.normal(np.where(labels, 0.5, -0.5)))))
        told = found(shares, labels)
        for name in inside:
            wanted = true.get(name, 0.691462)
            inside[name] += told[name].low <= wanted <= told[name].high
    assert all(LEAST_COVERED * COHORTS <= count <= 0.985 * COHORTS for count in inside.values()), inside


def test_what_cannot_be_computed_says_why():
    shares = two(np.array([0.2, 0.7, 0.9]))
    alone = found(shares, np.zeros(3, np.int64))
    assert alone["auroc"].value is None and "only 1 of 2 classes" in alone["auroc"].how
    assert alone["sensitivity"].value is None and "no positive patient" in alone["sensitivity"].how
    assert alone["specificity"].value == pytest.approx(1 / 3)
    nobody = found(np.zeros((0, 2)), np.zeros(0, np.int64))
    assert "no patients" in nobody["auroc"].how
    one = found(shares, np.array([0, 0, 1]))
    assert one["auroc"].value == 1 and one["auroc"].low is None and one["auroc"].how == TOO_FEW


def test_a_perfect_ranking_and_few_positives_give_no_interval_without_width():
    labels = np.arange(20) >= 10
    told = found(two(np.linspace(0.1, 0.9, 20)), labels)
    assert told["auroc"].value == 1 and told["auroc"].how == NO_WIDTH
    few = np.arange(40) < LEAST_POSITIVE - 1
    assert found(two(np.linspace(0.1, 0.9, 40)), few)["average_precision"].low is None
