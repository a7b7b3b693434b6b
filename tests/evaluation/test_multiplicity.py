"""Holm's correction, against a counted case and its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.multiplicity import holm

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=9)


def test_the_hand_counted_case():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(p=CHANCES)
def test_no_p_falls_none_exceeds_bonferroni_or_1_and_their_order_stays(p):
    corrected = holm(p)
    for one, found in zip(p, corrected, strict=True):
        assert one <= found <= min(1.0, one * len(p))
    ranked = [found for _, found in sorted(zip(p, corrected, strict=True))]
    assert ranked == sorted(ranked)


@given(p=CHANCES)
def test_tests_that_were_not_made_do_not_count(p):
    assert holm([None, *p, None]) == (None, *holm(p), None)


def test_one_test_and_no_test_stay_as_they_are():
    assert holm([0.03]) == (0.03,) and holm([]) == ()
