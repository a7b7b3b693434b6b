"""Wilson's interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.evaluation.decisions.proportions import share


@given(whole=st.integers(1, 300), part=st.integers(0, 300))
def test_wilson_is_that_of_scipy(whole, part):
    part = min(part, whole)
    found = share(float(part), float(whole))
    expected = binomtest(part, whole).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-6)
    assert found.low <= found.value <= found.high and found.n == whole


def test_a_share_of_nobody_is_none():
    assert share(0.0, 0.0) is None
