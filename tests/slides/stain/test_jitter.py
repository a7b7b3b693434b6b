"""Stains are varied by chance, each tile by itself, and nothing else is."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import floats, integers

from core.slides.stain.jitter import jittered
from core.slides.stain.normalisation import directions
from core.slides.stain.reference import MACENKO


def _tiles(kind: torch.dtype = torch.uint8, count: int = 3) -> torch.Tensor:
    pixels = torch.randint(0, 256, (count, 3, 16, 20), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return pixels if kind == torch.uint8 else pixels.to(kind) / 255


def _seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", [torch.uint8, torch.float32])
def test_kind_shape_and_range_are_kept_and_no_spread_changes_nothing(kind):
    tiles = _tiles(kind)
    changed = jittered(tiles, _seeded(), spread=0.2)
    assert (changed.dtype, changed.shape) == (kind, tiles.shape)
    assert changed.min() >= 0 and changed.max() <= (255 if kind == torch.uint8 else 1)
    still = jittered(tiles, _seeded(), spread=0.0)
    assert (still.float() - tiles.float()).abs().max() <= (1 if kind == torch.uint8 else 1 / 254)


def test_the_seed_decides_and_every_tile_has_its_own_draw():
    tiles = _tiles()[:1].expand(4, -1, -1, -1)
    first = jittered(tiles, _seeded(3), spread=0.2)
    torch.testing.assert_close(jittered(tiles, _seeded(3), spread=0.2), first, rtol=0, atol=0)
    assert len({tile.numpy().tobytes() for tile in first}) == 4
    assert (jittered(tiles, _seeded(4), spread=0.2) != first).any()
    torch.testing.assert_close(tiles[0], _tiles()[0], rtol=0, atol=0)


@given(seed=integers(0, 999), spread=floats(0.01, 0.3))
def test_only_the_amounts_of_the_two_stains_change_and_within_the_spread(seed, spread):
    amounts = torch.rand(2, 3, 8, 8, generator=_seeded(seed), dtype=torch.float64) * 0.3 + 0.4
    stains = torch.from_numpy(directions(MACENKO.stains))
    tiles = torch.einsum("ck,nkhw->nchw", stains, amounts).neg().exp()
    changed = jittered(tiles, _seeded(seed), spread=spread)
    found = torch.einsum("kc,nchw->nkhw", torch.linalg.inv(stains), -changed.log())
    torch.testing.assert_close(found[:, 2], amounts[:, 2])
    move = (found - amounts)[:, :2]
    assert (move.abs() <= spread * (amounts[:, :2] + 1) + 1e-9).all() and move.abs().max() > 0


def test_a_mean_over_many_draws_is_the_tile_itself():
    tile = torch.full((1, 3, 2, 2), 0.5)
    draws = jittered(tile.expand(4000, -1, -1, -1), _seeded(), spread=0.1)
    np.testing.assert_allclose(draws.mean(dim=0).numpy(), 0.5, atol=0.01)
