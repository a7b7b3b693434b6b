"""The corrected t is the plain one with a larger variance."""

import numpy as np
import pytest

from core.evaluation.corrected_t import corrected_t

DIFFERENCES = np.array([0.02, 0.05, -0.01, 0.03, 0.04])


def test_without_overlap_it_is_the_plain_t_test():
    from scipy.stats import ttest_1samp

    assert corrected_t(DIFFERENCES, ratio=0.0) == pytest.approx(ttest_1samp(DIFFERENCES, 0).pvalue)


def test_the_hand_counted_case():
    from scipy.stats import t

    # mean 0.026, standard deviation sqrt(0.00053); with five folds a quarter as many are tested as learned from
    statistic = 0.026 / np.sqrt((1 / 5 + 1 / 4) * 0.00053)
    assert corrected_t(DIFFERENCES, ratio=0.25) == pytest.approx(2 * t.sf(statistic, 4))


def test_more_to_test_on_than_to_learn_from_makes_it_less_sure():
    found = [corrected_t(DIFFERENCES, ratio=ratio) for ratio in (0.1, 0.25, 1.0)]
    assert found == sorted(found)


def test_the_sign_does_not_matter():
    assert corrected_t(DIFFERENCES, ratio=0.25) == corrected_t(-DIFFERENCES, ratio=0.25)


def test_folds_that_all_say_the_same_are_either_equal_models_or_nothing_to_judge_by():
    assert corrected_t(np.zeros(5), ratio=0.25) == 1.0
    assert corrected_t(np.full(5, 0.1), ratio=0.25) is None


def test_one_fold_is_no_test():
    assert corrected_t(np.array([0.1]), ratio=0.25) is None


@pytest.mark.parametrize(("folds", "ratio"), [(5, 0.25), (10, 1 / 9), (50, 0.25)])
def test_it_errs_in_5_of_100_studies_where_folds_are_as_correlated_as_it_takes_them_to_be(folds, ratio):
    """Nadeau & Bengio take two folds' differences to be correlated by test / (test + training patients)."""
    draw = np.random.default_rng(folds)
    correlation = ratio / (1 + ratio)
    shared, own = draw.normal(size=(4000, 1)), draw.normal(size=(4000, folds))
    studies = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
    wrong = np.mean([corrected_t(differences, ratio=ratio) < 0.05 for differences in studies])
    assert 0.04 <= wrong <= 0.06
