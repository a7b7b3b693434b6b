"""Differences are paired: the same draws of the same patients for both models."""

from dataclasses import replace

import numpy as np
from hypothesis import given

from core.evaluation import METRICS, difference, differences, score
from tests.evaluation.drawn import drawn, noisy, predictions_of, scored_of

LABELS = [0, 0, 1] * 40


@given(case=drawn())
def test_a_model_is_exactly_as_good_as_itself(case):
    scored = scored_of(*case)
    for one in difference(scored, scored, resamples=30).values():
        assert (one.value, one.low, one.high) == (0.0, 0.0, 0.0)


def test_the_difference_is_that_of_the_values_and_turns_its_sign():
    one, other = noisy(LABELS, skill=2, seed=0), noisy(LABELS, skill=1, seed=1)
    forth, back = difference(one, other, seed=3), difference(other, one, seed=3)
    for name in METRICS:
        assert forth[name].value == score(one)[name].value - score(other)[name].value
        assert forth[name].value == -back[name].value
        assert np.allclose([forth[name].low, forth[name].high], [-back[name].high, -back[name].low])


def test_pairing_narrows_the_interval_of_models_that_err_on_the_same_patients():
    one = noisy(LABELS, skill=1.5, seed=0)
    # the same probabilities but for a little noise
    other = replace(one, probabilities=one.probabilities * 0.98 + 0.01)
    paired = difference(one, other)["brier"]
    alone = score(one)["brier"]
    assert paired.high - paired.low < 0.2 * (alone.high - alone.low)


def test_only_patients_that_both_have_are_compared():
    one, other = noisy(LABELS, skill=2, seed=0), noisy(LABELS, skill=1, seed=1)
    fewer = replace(
        other, patients=other.patients[:90], labels=other.labels[:90], probabilities=other.probabilities[:90]
    )
    assert difference(one, fewer)["auroc"].n == 90


def test_the_model_is_compared_with_every_other_in_its_main_mode():
    predictions = [
        *predictions_of(noisy(LABELS, skill=2, seed=0)),
        *predictions_of(noisy(LABELS, skill=9, seed=1), mode="genes"),
        *predictions_of(noisy(LABELS, skill=1, seed=2), model="image", mode="image"),
        *predictions_of(noisy(LABELS, skill=1, seed=3), model="concat"),
    ]
    made = differences(predictions, classes=2, seed=0, resamples=100)
    assert {(row.model, row.baseline) for row in made} == {("fused", "image"), ("fused", "concat")}
    assert len(made) == 2 * len(METRICS)
    auroc = next(row for row in made if row.baseline == "image" and row.metric == "auroc")
    expected = (
        score(noisy(LABELS, skill=2, seed=0))["auroc"].value - score(noisy(LABELS, skill=1, seed=2))["auroc"].value
    )
    assert auroc.value == expected
    assert auroc.how == "paired percentile bootstrap over patients, stratified by class, 100 resamples"


def test_without_the_model_there_is_nothing_to_compare():
    predictions = predictions_of(noisy(LABELS, skill=1, seed=0), model="image", mode="image")
    assert differences(predictions, classes=2, seed=0) == ()


def test_an_equal_pair_excludes_nothing_and_a_clear_one_excludes_zero():
    weak, strong = noisy(LABELS, skill=0.5, seed=5), noisy(LABELS, skill=4, seed=6)
    assert difference(strong, weak)["auroc"].low > 0
    twin = difference(noisy(LABELS, skill=2, seed=7), noisy(LABELS, skill=2, seed=8))["auroc"]
    assert twin.low < 0 < twin.high
