"""Integrated gradients add up to what they explain."""

import pytest
import torch

from core.explain.attributions import integrated_gradients


def test_integrated_gradients_are_complete_on_a_linear_model() -> None:
    draw = torch.Generator().manual_seed(0)
    weights, genes = torch.randn(40, generator=draw), torch.randn(6, 40, generator=draw)
    attributions, gap = integrated_gradients(lambda rows, _: rows @ weights + 3, genes)
    torch.testing.assert_close(attributions, genes * weights, rtol=1e-4, atol=1e-5)
    assert gap.max() < 1e-4


def test_integrated_gradients_are_complete_on_a_curved_model_and_too_few_steps_show_as_a_gap() -> None:
    draw = torch.Generator().manual_seed(0)
    weights, genes = torch.randn(40, generator=draw) / 3, torch.randn(6, 40, generator=draw)

    def log_odds(rows: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return torch.tanh(rows @ weights) + (rows**3) @ weights

    assert integrated_gradients(log_odds, genes)[1].max() < 1e-3
    assert integrated_gradients(log_odds, genes, steps=1)[1].max() > 0.05


def test_a_sharp_turn_close_to_the_baseline_is_not_stepped_over() -> None:
    genes = torch.randn(6, 40, generator=torch.Generator().manual_seed(0))
    # as layer norm does with hardly any bias: past a hundredth of the way only the direction counts
    _, gap = integrated_gradients(lambda rows, _: rows[:, 0] / (rows.square().sum(dim=1) + 1e-3).sqrt(), genes)
    assert gap.max() < 1e-2


def test_each_patient_is_explained_by_their_own_function() -> None:
    slopes, genes = torch.tensor([1.0, -2.0, 5.0]), torch.ones(3, 2)
    attributions, _ = integrated_gradients(lambda rows, whose: rows.sum(dim=1) * slopes[whose], genes)
    assert attributions[:, 0].tolist() == pytest.approx(slopes.tolist())


def test_a_gap_is_unknown_where_nothing_is_explained() -> None:
    _, gap = integrated_gradients(lambda rows, _: (rows * 0).sum(dim=1), torch.ones(2, 3))
    assert gap.isnan().all()
