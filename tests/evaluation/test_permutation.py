"""The permutation test counts exchanges as a loop over them would, and looks at ranks where the metric does."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given

from core.evaluation import METRICS
from core.evaluation.intervals import point
from core.evaluation.permutation import permutation_p
from tests.evaluation.drawn import drawn, noisy, scored_of

LABELS = [0, 0, 1] * 20


def test_p_is_the_share_of_all_exchanges_that_differ_at_least_as_much():
    labels = [0, 0, 0, 0, 1, 1, 1]
    one, other = noisy(labels, skill=2, seed=0), noisy(labels, skill=0, seed=5)
    found = permutation_p(one, other, permutations=40_000, seed=1)
    for name in ("accuracy", "brier", "f1"):
        real = abs(point(one)[name] - point(other)[name])
        drawn_all = []
        for exchanged in product([False, True], repeat=7):
            keep = ~np.array(exchanged)[:, None]
            first = replace(one, probabilities=np.where(keep, one.probabilities, other.probabilities))
            second = replace(one, probabilities=np.where(keep, other.probabilities, one.probabilities))
            drawn_all.append(abs(point(first)[name] - point(second)[name]) >= real - 1e-12)
        assert found[name] == pytest.approx(np.mean(drawn_all), abs=0.015)


@given(case=drawn())
def test_a_model_is_never_told_from_itself(case):
    scored = scored_of(*case)
    assert permutation_p(scored, scored, permutations=20, seed=0) == dict.fromkeys(METRICS, 1.0)


def test_a_clear_difference_has_the_least_p_there_is_and_it_is_not_zero():
    one, other = noisy(LABELS, skill=6, seed=0), noisy(LABELS, skill=0, seed=1)
    found = permutation_p(one, other, permutations=99, seed=0)
    assert found["auroc"] == 0.01


def test_how_sure_a_model_is_of_itself_does_not_matter_to_a_test_of_its_ranking():
    one, other = noisy(LABELS, skill=1.5, seed=0), noisy(LABELS, skill=1, seed=1)
    surer = 1 / (1 + (1 / other.probabilities[:, 1] - 1) ** 4)
    found = [permutation_p(one, that, permutations=200, seed=3) for that in (other, scored_of(LABELS, surer))]
    for name in ("auroc", "average_precision"):
        assert found[0][name] == found[1][name]
    assert found[0]["brier"] != found[1]["brier"]


def test_turning_the_models_changes_nothing_and_the_same_seed_gives_the_same_p():
    one, other = noisy(LABELS, skill=1.5, seed=0), noisy(LABELS, skill=1, seed=1)
    forth, back = (permutation_p(*pair, permutations=100, seed=3) for pair in ((one, other), (other, one)))
    assert forth == back == permutation_p(one, other, permutations=100, seed=3)


def test_what_cannot_be_computed_has_no_p():
    one, other = scored_of([0, 0, 0], [0.1, 0.2, 0.7]), scored_of([0, 0, 0], [0.1, 0.6, 0.7])
    assert set(permutation_p(one, other, permutations=20, seed=0)) == {"accuracy", "brier"}
