"""Overlays lie where the tiles are, and contributions are what a set moves."""

import numpy as np

from core.explain import contributions, overlay
from core.explain.contributions import log_odds
from core.explain.overlay import percentile_scale


def test_the_overlay_tints_the_tiles_and_nothing_else() -> None:
    thumbnail = np.full((40, 60, 3), 255, np.uint8)
    origins = np.array([[0, 0], [300, 200]], np.int32)
    drawn = overlay(thumbnail, origins=origins, side_px=100.0, downsample=10.0, attention=np.array([0.1, 0.9]))
    changed = (drawn != 255).any(axis=2)
    expected = np.zeros((40, 60), bool)
    expected[0:10, 0:10] = True
    expected[20:30, 30:40] = True
    np.testing.assert_array_equal(changed, expected)
    assert drawn[5, 5].sum() < drawn[25, 35].sum(), "more attention is lighter"


def test_ranks_run_from_zero_to_one_and_equal_weights_are_in_the_middle() -> None:
    np.testing.assert_allclose(percentile_scale(np.array([0.2, 0.1, 0.7])), [0.5, 0, 1])
    np.testing.assert_allclose(percentile_scale(np.array([0.3, 0.3, 0.3])), 0.5)


def test_a_contribution_is_the_drop_of_log_odds_of_a_linear_model() -> None:
    weights = np.array([2.0, -1.0, 0.5])

    def log_probabilities(genes: np.ndarray) -> np.ndarray:
        logits = genes @ weights
        return np.stack([-np.logaddexp(0, logits), -np.logaddexp(0, -logits)], axis=1)

    genes = np.array([[1.0, 1.0, 1.0], [-1.0, 0.0, 2.0]])
    moved = contributions(log_probabilities, genes, [(0,), (1, 2)])
    np.testing.assert_allclose(moved[0], [2.0, -0.5], atol=1e-5)
    np.testing.assert_allclose(moved[1], [2.0, -1.0], atol=1e-5)  # the predicted class is the first here


def test_log_odds_are_finite_at_certainty() -> None:
    assert np.isfinite(log_odds(np.array([[0.0, -1e9]]), np.array([0]))).all()
