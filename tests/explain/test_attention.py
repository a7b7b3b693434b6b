"""Spread and agreement of attention over tiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from core.explain import agreement, spread


def test_even_attention_is_spread_fully_and_attention_on_one_tile_not_at_all() -> None:
    assert spread(np.full(50, 1 / 50, np.float32)) == pytest.approx(1, abs=1e-6)
    assert spread(np.eye(1, 50, dtype=np.float32)[0]) == 0
    assert spread(np.ones(1, np.float32)) is None


@given(seed=st.integers(0, 1000), tiles=st.integers(3, 40))
def test_agreement_of_two_maps_is_their_rank_correlation(seed: int, tiles: int) -> None:
    one, other = np.random.default_rng(seed).integers(0, 9, size=(2, tiles)) + np.linspace(0, 0.1, tiles)
    assert agreement([one, other]) == pytest.approx(float(spearmanr(one, other).statistic))


def test_members_with_equal_weights_agree_fully_and_reversed_ones_not_at_all() -> None:
    weights = np.array([0.1, 0.4, 0.2, 0.3])
    assert agreement([weights] * 4) == pytest.approx(1)
    assert agreement([weights, -weights]) == pytest.approx(-1)


def test_maps_that_rank_nothing_agree_with_nothing() -> None:
    even, varied = np.full(4, 0.25), np.array([0.1, 0.4, 0.2, 0.3])
    assert agreement([even, varied]) is None
    assert agreement([even, varied, varied]) == pytest.approx(1)
    assert agreement([np.ones(1), np.ones(1)]) is None
