"""Over many simulated studies, intervals cover as often as they say and tests err as seldom as they say."""

import numpy as np
import pytest

from core.evaluation import difference, score
from core.evaluation.corrected_t import corrected_t
from core.evaluation.delong import delong
from core.evaluation.permutation import permutation_p
from core.evaluation.power import detectable
from tests.evaluation.simulated import refitted, scored_logits, studies

pytestmark = pytest.mark.slow

LABELS = np.repeat([0, 1], [120, 80])
FEW = np.repeat([0, 1], [90, 60])


def test_the_interval_of_the_auroc_covers_the_truth_in_95_of_100_studies():
    drawn = studies(1000, labels=LABELS, aurocs=(0.8, 0.75), seed=1)[:, 0]
    found = [score(scored_logits(LABELS, one), resamples=1000, seed=place)["auroc"] for place, one in enumerate(drawn)]
    assert 0.93 <= np.mean([one.low <= 0.8 <= one.high for one in found]) <= 0.97
    # and errs on either side about as often, as percentiles do not
    below, above = (np.mean([one.low > 0.8 for one in found]), np.mean([one.high < 0.8 for one in found]))
    assert 0.01 < below < 0.04 and 0.01 < above < 0.04


def test_the_interval_of_a_difference_of_aurocs_covers_the_truth_in_95_of_100_studies():
    drawn = studies(1000, labels=LABELS, aurocs=(0.8, 0.75), seed=2)
    pairs = [[scored_logits(LABELS, logits) for logits in study] for study in drawn]
    found = [difference(*pair, resamples=1000, seed=place)["auroc"] for place, pair in enumerate(pairs)]
    assert 0.93 <= np.mean([one.low <= 0.05 <= one.high for one in found]) <= 0.97


def test_delong_finds_a_difference_between_equal_models_in_5_of_100_studies():
    drawn = studies(5000, labels=FEW, aurocs=(0.8, 0.8), seed=3)
    assert 0.04 <= np.mean([delong(*study, FEW == 1).p < 0.05 for study in drawn]) <= 0.06


def test_permutation_finds_a_difference_between_equal_models_in_5_of_100_studies():
    # the second model's logits are three times as large: it ranks as well, but is surer of itself
    drawn = studies(2500, labels=FEW, aurocs=(0.8, 0.8), seed=4) * np.array([[1.0], [3.0]])
    found = [
        permutation_p(*(scored_logits(FEW, one) for one in study), permutations=299, seed=place, names=("auroc",))
        for place, study in enumerate(drawn)
    ]
    assert 0.04 <= np.mean([one["auroc"] <= 0.05 for one in found]) <= 0.06


def test_permutation_of_probabilities_errs_in_5_of_100_studies_too():
    drawn = studies(2500, labels=FEW, aurocs=(0.8, 0.8), seed=5)
    found = [
        permutation_p(*(scored_logits(FEW, one) for one in study), permutations=299, seed=place, names=("brier",))
        for place, study in enumerate(drawn)
    ]
    assert 0.04 <= np.mean([one["brier"] <= 0.05 for one in found]) <= 0.06


@pytest.mark.parametrize("repeats", [1, 10])
def test_the_corrected_t_never_errs_in_more_than_6_of_100_studies_where_models_have_learned(repeats):
    # it is cautious by nature over one deal of folds (about 2 in 100), and near 5 over repeated ones
    drawn = refitted(4000, patients=200, effect=1.0, repeats=repeats, folds=5, seed=6)
    assert 0.005 <= errs(drawn, ratio=0.25) <= 0.06


def test_a_plain_t_over_repeated_folds_errs_in_every_second_study():
    assert errs(refitted(2000, patients=200, effect=1.0, repeats=10, folds=5, seed=6), ratio=0.0) > 0.5


def errs(drawn, *, ratio):
    """Share of studies whose t-test over folds finds a difference."""
    return np.mean([(corrected_t(one, ratio=ratio) or 1.0) < 0.05 for one in drawn])


def test_the_detectable_difference_is_found_in_80_of_100_studies():
    gap = 0.08
    for _ in range(4):  # until the models truly differ by what is detectable
        pilot = studies(200, labels=LABELS, aurocs=(0.75 + gap, 0.75), seed=7)
        gap = np.mean([detectable(delong(*study, LABELS == 1).se) for study in pilot])
    drawn = studies(2000, labels=LABELS, aurocs=(0.75 + gap, 0.75), seed=8)
    assert 0.75 <= np.mean([delong(*study, LABELS == 1).p < 0.05 for study in drawn]) <= 0.85
    permuted = [
        permutation_p(*(scored_logits(LABELS, one) for one in study), permutations=199, seed=place, names=("auroc",))
        for place, study in enumerate(drawn[:500])
    ]
    assert 0.75 <= np.mean([one["auroc"] <= 0.05 for one in permuted]) <= 0.85
