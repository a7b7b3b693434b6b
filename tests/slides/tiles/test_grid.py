"""Tiles lie where micrometres say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers

from core.config import TileSpec
from core.errors import InputError
from core.slides.tiles.grid import spread, tile_grid

quiet = settings(max_examples=60)


@quiet
@given(width=integers(500, 60_000), height=integers(500, 60_000), um=floats(0.1, 0.6))
def test_tiles_are_whole_disjoint_and_exact_to_half_a_pixel(width, height, um):
    grid = tile_grid(width=width, height=height, um_per_px=um, spec=TileSpec(size_px=64))
    origins = grid.origins
    assert grid.side_px == pytest.approx(64 * 0.5 / um)
    assert (origins >= 0).all() and (origins + grid.side_px <= [width + 1, height + 1]).all()
    columns = origins[: grid.columns, 0]
    assert np.abs(columns - np.arange(grid.columns) * grid.side_px).max() <= 0.5
    assert (origins[:: grid.columns, 0] == 0).all(), "row by row"
    assert (grid.columns + 1) * grid.side_px > width, "no room for another column"


def test_two_resolutions_of_one_slide_give_the_same_places_in_micrometres():
    fine = tile_grid(width=8000, height=6000, um_per_px=0.25, spec=TileSpec())
    coarse = tile_grid(width=4000, height=3000, um_per_px=0.5, spec=TileSpec())
    np.testing.assert_allclose(fine.origins * 0.25, coarse.origins * 0.5)


@quiet
@given(most=integers(1, 200), columns=integers(4, 60), seed=integers(0, 50))
def test_too_many_tiles_are_thinned_evenly_and_always_the_same(most, columns, seed):
    kept = np.flatnonzero(np.random.default_rng(seed).random(columns * 40) < 0.6)
    chosen = spread(kept, columns=columns, most=most)
    assert len(chosen) == min(most, len(kept)) and set(chosen) <= set(kept)
    assert (np.diff(chosen) > 0).all(), "row order"
    np.testing.assert_array_equal(chosen, spread(kept, columns=columns, most=most))


def test_thinned_tiles_keep_each_quarters_share():
    chosen = spread(np.arange(64 * 64), columns=64, most=100)
    rows, cols = np.divmod(chosen, 64)
    quarters = np.bincount((rows >= 32) * 2 + (cols >= 32), minlength=4)
    np.testing.assert_array_equal(quarters, [25, 25, 25, 25])


def test_a_field_smaller_than_a_tile_says_both_sizes():
    with pytest.raises(InputError, match=r"50 x 50 um, less than one tile of 112 um"):
        tile_grid(width=200, height=200, um_per_px=0.25, spec=TileSpec())


def test_a_slide_too_coarse_for_the_tiles_is_refused():
    with pytest.raises(InputError, match="too coarse"):
        tile_grid(width=4000, height=4000, um_per_px=1.0, spec=TileSpec())
    assert tile_grid(width=4000, height=4000, um_per_px=0.55, spec=TileSpec()).columns == 19
