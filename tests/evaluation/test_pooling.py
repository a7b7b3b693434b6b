"""Scores per fold are of that test fold alone; pooled ones are of every patient once."""

import numpy as np
import pytest

from core.evaluation import METRICS, fold_scores, main_mode, pooled, score
from tests.evaluation.drawn import noisy, predictions_of, scored_of

LABELS = [0, 0, 1] * 12


def test_pooled_out_of_fold_puts_the_test_folds_together():
    scored = noisy(LABELS, skill=1, seed=0)
    made = fold_scores(predictions_of(scored, folds=3), classes=2, seed=4)
    whole = {one.metric: one for one in made if one.fold is None and one.repeat is None}
    expected = score(scored, seed=4)
    assert {name: (one.value, one.low, one.high, one.n) for name, one in whole.items()} == {
        name: (one.value, one.low, one.high, one.n) for name, one in expected.items()
    }


def test_a_fold_is_scored_on_its_own_patients():
    predictions = predictions_of(noisy(LABELS, skill=1, seed=0), folds=3)
    made = fold_scores(predictions, classes=2, seed=4)
    for fold in range(3):
        expected = score(pooled((one for one in predictions if one.fold == fold), classes=2), seed=4)
        mine = {one.metric: one for one in made if one.fold == fold and one.repeat == 0}
        assert {name: one.value for name, one in mine.items()} == {name: one.value for name, one in expected.items()}
        assert {one.n for one in mine.values()} == {12}


def test_every_model_and_mode_has_its_scores():
    one, other = noisy(LABELS, skill=1, seed=0), noisy(LABELS, skill=2, seed=1)
    predictions = [
        *predictions_of(one, model="fused", mode="both"),
        *predictions_of(one, model="fused", mode="genes"),
        *predictions_of(other, model="image", mode="image"),
    ]
    made = fold_scores(predictions, classes=2, seed=0, resamples=20)
    assert {(row.model, row.mode) for row in made} == {("fused", "both"), ("fused", "genes"), ("image", "image")}
    assert len(made) == 3 * (2 + 1) * len(METRICS)
    keys = [(row.model, row.mode, row.repeat, row.fold, row.metric) for row in made]
    assert len(set(keys)) == len(keys)


def test_repeats_are_averaged_per_patient():
    first, second = noisy(LABELS, skill=1, seed=0), noisy(LABELS, skill=1, seed=1)
    both = pooled([*predictions_of(first), *predictions_of(second, repeat=1)], classes=2)
    assert both.patients == first.patients
    np.testing.assert_allclose(both.probabilities, (first.probabilities + second.probabilities) / 2)


def test_the_order_of_predictions_changes_nothing():
    predictions = predictions_of(noisy(LABELS, skill=1, seed=0))
    one, other = (fold_scores(rows, classes=2, seed=0, resamples=20) for rows in (predictions, predictions[::-1]))
    assert set(one) == set(other)


def test_a_fold_with_one_class_is_missing_and_the_pool_is_not():
    scored = scored_of([0, 1] * 4, [0.2, 0.8] * 4)  # two folds in turn: fold 0 holds class 0 alone
    made = {(row.fold, row.metric): row for row in fold_scores(predictions_of(scored), classes=2, seed=0, resamples=20)}
    assert made[0, "auroc"].value is None and "only 1 of 2 classes" in made[0, "auroc"].how
    assert made[None, "auroc"].value == 1.0


@pytest.mark.parametrize(
    ("model", "mode"),
    [("fused", "both"), ("concat", "both"), ("paper", "both"), ("image", "image"), ("genes", "genes")],
)
def test_unimodal_models_are_compared_in_their_own_mode(model, mode):
    assert main_mode(model) == mode


def test_a_patient_tested_twice_in_a_repeat_is_our_own_bug():
    predictions = predictions_of(noisy(LABELS, skill=1, seed=0))
    with pytest.raises(AssertionError, match="tested once"):
        pooled([*predictions, predictions[0]], classes=2)
