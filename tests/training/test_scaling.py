"""Scalers agree with scikit-learn and never look beyond what they were fitted on."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import QuantileTransformer

from core.training.scaling import LIMIT, QuantileScaler, StandardScaler, scaler_arrays, scaler_of

TABLES = arrays(np.int32, (20, 2), elements=st.integers(-30, 30)).map(lambda table: table.astype(np.float32))


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 10_000), rows=st.integers(5, 60))
def test_quantile_scaling_is_that_of_scikit_learn(seed: int, rows: int) -> None:
    draw = np.random.default_rng(seed)
    train, other = draw.normal(size=(rows, 2)).astype(np.float32), draw.normal(size=(30, 2)).astype(np.float32)
    ours = QuantileScaler.fit(train)(other)
    peer = QuantileTransformer(n_quantiles=rows, output_distribution="normal").fit(train.astype(np.float64))
    theirs = np.clip(peer.transform(other.astype(np.float64)), -LIMIT, LIMIT)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_a_value_tied_among_many_training_values_gets_their_middle_rank() -> None:
    train = np.array([[0.0]] * 50 + [[1.0]] * 50, np.float32)
    scaled = QuantileScaler.fit(train)(np.array([[0.0], [1.0]], np.float32))
    np.testing.assert_allclose(scaled[:, 0], [-0.67, 0.67], atol=0.03)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(train=TABLES, other=TABLES)
def test_quantile_scaling_keeps_order_and_stays_within_limits(train: np.ndarray, other: np.ndarray) -> None:
    scaled = QuantileScaler.fit(train)(other)
    assert np.isfinite(scaled).all()
    assert np.abs(scaled).max() <= LIMIT
    for column in range(2):
        order = np.argsort(other[:, column], kind="stable")
        assert (np.diff(scaled[order, column]) >= -1e-6).all()


def test_standard_scaling_gives_zero_mean_and_unit_variance_and_survives_a_constant_column() -> None:
    train = np.random.default_rng(0).normal(5, 3, size=(500, 4)).astype(np.float32)
    train[:, 3] = 7
    scaled = StandardScaler.fit(train)(train)
    np.testing.assert_allclose(scaled[:, :3].mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(scaled[:, :3].std(axis=0), 1, atol=0.02)
    assert (scaled[:, 3] == 0).all()


def test_a_scaler_taken_apart_and_put_together_scales_the_same() -> None:
    train = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    for scaler in (QuantileScaler.fit(train), StandardScaler.fit(train)):
        np.testing.assert_array_equal(scaler(train), scaler_of(scaler_arrays(scaler))(train))
