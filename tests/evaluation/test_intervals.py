"""The bootstrap draws patients class by class, repeats itself and is fast."""

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import METRICS, fold_scores, main_mode, score
from core.evaluation.intervals import NO_WIDTH, resample_weights
from tests.evaluation.drawn import drawn, noisy, predictions_of, scored_of


@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=40), seed=st.integers(0, 9))
def test_every_resample_keeps_the_size_of_every_class(labels, seed):
    labels = np.array(labels, dtype=np.int64)
    weights = resample_weights(labels, resamples=20, seed=seed)
    for label in np.unique(labels):
        assert (weights[:, labels == label].sum(axis=1) == (labels == label).sum()).all()
    assert (weights >= 0).all() and (weights == weights.round()).all()


def test_every_patient_is_drawn_once_on_average():
    weights = resample_weights(np.repeat([0, 1], [30, 10]), resamples=20_000, seed=3)
    assert np.abs(weights.mean(axis=0) - 1).max() < 0.05
    # binomial(n, 1/n): variance 1 - 1/n
    assert np.abs(weights.var(axis=0) - np.repeat([1 - 1 / 30, 1 - 1 / 10], [30, 10])).max() < 0.08


@given(case=drawn())
def test_the_same_seed_gives_the_same_interval_and_bounds_are_in_order(case):
    scored = scored_of(*case)
    found = score(scored, resamples=40, seed=1)
    assert found == score(scored, resamples=40, seed=1)
    assert found.keys() == METRICS.keys()
    for one in found.values():
        if one.low is None:
            assert one.how == NO_WIDTH
            continue
        assert one.low < one.high
        kind, _, how = one.how.partition(" ")
        assert kind in ("BCa", "percentile") and how.startswith("bootstrap over patients, stratified by class, 40 ")


def test_another_seed_gives_another_interval():
    scored = noisy([0, 1] * 50, skill=1, seed=0)
    assert score(scored, seed=1)["auroc"] != score(scored, seed=2)["auroc"]


def test_more_patients_give_a_narrower_interval():
    few = score(noisy([0, 1] * 30, skill=1, seed=0))["auroc"]
    many = score(noisy([0, 1] * 480, skill=1, seed=0))["auroc"]
    assert (many.high - many.low) < 0.5 * (few.high - few.low)


def test_a_full_comparison_of_657_patients_takes_seconds():
    labels = np.random.default_rng(0).permutation([0] * 450 + [1] * 207)
    modes = [(model, main_mode(model)) for model in ("fused", "image", "genes", "concat", "late", "logistic", "paper")]
    made = [
        one
        for seed, (model, mode) in enumerate([*modes, ("fused", "image"), ("fused", "genes")])
        for one in predictions_of(noisy(labels, skill=1, seed=seed), model=model, mode=mode, folds=5)
    ]
    began = time.process_time()
    assert len(fold_scores(made, classes=2, seed=0)) == 9 * 6 * len(METRICS)
    assert time.process_time() - began < 10


def test_with_several_classes_the_interval_holds_the_value_of_a_good_model():
    labels = [0, 1, 2] * 40
    probabilities = np.eye(3)[labels] * 2 + np.random.default_rng(0).random((120, 3)) * 3
    found = score(scored_of(labels, probabilities / probabilities.sum(axis=1, keepdims=True)))
    assert all(one.low < one.value < one.high for one in found.values())
