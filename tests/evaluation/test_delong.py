"""DeLong's test agrees with its definition over all pairs, and with pROC on the patients of its manual."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.delong import delong, placements

# Turck 2010 (Intensive Care Med 36:107), as given with pROC: aneurysmal subarachnoid haemorrhage, 72 patients with a
# good outcome, then 41 with a poor one: WFNS grade, and S100B in 0.01 ug/l
WFNS = "111151221221112121134141551124112212122111121211324214115422111312244111"
WFNS += "32455552521254425552525245441442255225555"
S100B = """13 14 10 4 47 18 10 10 4 8 4 9 11 7 17 7 11 13 19 5 16 14 34 9 50 46 16 7 43 45 11 8 9 8 6 13 10 14 15 6 5 9
    4 9 8 16 9 8 33 11 28 7 10 32 7 5 24 38 10 15 8 14 10 7 4 19 15 47 17 15 50 48 13 10 16 12 44 71 49 7 33 9 7 41 35
    48 96 25 86 52 207 7 77 30 3 9 23 70 27 71 8 26 13 10 11 22 56 14 58 32 82 74 44"""


def test_the_test_of_two_markers_of_haemorrhage_is_that_of_proc():
    wfns, s100b = np.array(list(WFNS), dtype=np.float64), np.array(S100B.split(), dtype=np.float64)
    found = delong(wfns, s100b, np.arange(113) >= 72)
    # pROC's own test suite: roc.test(wfns, s100b)
    assert found.value / found.se == pytest.approx(2.20898359144091)
    assert found.p == pytest.approx(0.0271757822291882)
    assert found.value - 1.959963984540054 * found.se == pytest.approx(0.0104061769564846)
    assert found.value + 1.959963984540054 * found.se == pytest.approx(0.174214419249478)


def over_all_pairs(one, other, positive):
    """Value and variance by DeLong's definition: every positive patient against every negative one."""
    sides = []
    for values in (one, other):
        gaps = values[positive][:, None] - values[~positive][None, :]
        right = (gaps > 0) + 0.5 * (gaps == 0)
        sides.append((right.mean(), right.mean(axis=1), right.mean(axis=0)))
    hits, misses = (np.cov(sides[0][part], sides[1][part]) for part in (1, 2))
    covariance = hits / positive.sum() + misses / (~positive).sum()
    return sides[0][0] - sides[1][0], covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]


@given(seed=st.integers(0, 999), levels=st.sampled_from([2, 5, 1000]))
def test_ranks_give_what_all_pairs_give(seed, levels):
    generator = np.random.default_rng(seed)
    positive = np.arange(25) < generator.integers(2, 24)
    one, other = generator.integers(levels, size=(2, 25)) / levels
    found = delong(one, other, positive)
    value, variance = over_all_pairs(one, other, positive)
    assert (found.value, found.se**2) == pytest.approx((value, variance), abs=1e-12)


def test_placements_average_to_the_auroc():
    from sklearn.metrics import roc_auc_score

    generator = np.random.default_rng(0)
    values, positive = generator.integers(9, size=60) / 9, generator.random(60) < 0.4
    hits, misses = placements(values, positive)
    assert (hits.mean(), misses.mean()) == pytest.approx((roc_auc_score(positive, values),) * 2)


def test_turning_the_models_turns_the_sign_and_stretching_one_changes_nothing():
    generator = np.random.default_rng(1)
    one, other, positive = generator.random(50), generator.random(50), np.arange(50) < 20
    forth, back, stretched = (
        delong(one, other, positive),
        delong(other, one, positive),
        delong(one**3, other, positive),
    )
    assert (back.value, back.se, back.p) == pytest.approx((-forth.value, forth.se, forth.p))
    assert stretched == forth


def test_a_model_against_itself_is_certain_to_be_equal():
    values = np.random.default_rng(2).random(30)
    found = delong(values, values, np.arange(30) < 10)
    assert (found.value, found.se, found.p) == (0.0, 0.0, 1.0)


def test_without_any_variance_a_difference_has_no_p():
    values, positive = np.arange(8) / 8, np.arange(8) >= 4
    found = delong(values, values[::-1].copy(), positive)
    assert (found.value, found.se, found.p) == (1.0, 0.0, None)
