"""Tiles lie where micrometres say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers

from core.config import TileSpec
from core.errors import InputError
from core.slides.tiles.grid import spread, tile_grid, tile_origins, tissue_share

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
@given(scale=integers(1, 40), seed=integers(0, 99), um=floats(0.2, 0.6))
def test_the_share_of_tissue_is_its_exact_area(scale, seed, um):
    mask = np.random.default_rng(seed).random((23, 31)) < 0.5
    width, height = mask.shape[1] * scale * 8, mask.shape[0] * scale * 8
    spec = TileSpec(size_px=32)
    grid = tile_grid(width=max(width, 80), height=max(height, 80), um_per_px=um, spec=spec)
    share = tissue_share(mask, grid, width=max(width, 80), height=max(height, 80)).reshape(grid.rows, grid.columns)
    step_x, step_y = mask.shape[1] / max(width, 80), mask.shape[0] / max(height, 80)
    for row, column in [(0, 0), (grid.rows - 1, grid.columns - 1), (grid.rows // 2, grid.columns // 3)]:
        x0, x1 = column * grid.side_px * step_x, (column + 1) * grid.side_px * step_x
        y0, y1 = row * grid.side_px * step_y, (row + 1) * grid.side_px * step_y
        across = np.clip(np.minimum(np.arange(31) + 1, x1) - np.maximum(np.arange(31), x0), 0, None)
        down = np.clip(np.minimum(np.arange(23) + 1, y1) - np.maximum(np.arange(23), y0), 0, None)
        expected = down @ mask @ across / ((min(x1, 31) - x0) * (min(y1, 23) - y0))
        assert share[row, column] == pytest.approx(expected, abs=1e-9)


def test_only_tiles_with_enough_tissue_are_kept():
    mask = np.zeros((40, 40), dtype=bool)
    mask[:, :17] = True
    args = {"width": 4480, "height": 4480, "um_per_px": 0.5}
    for least, columns in [(0.2, 9), (0.5, 9), (0.6, 8)]:
        origins, side = tile_origins(mask[:, :40], spec=TileSpec(min_tissue=least), **args)
        assert side == 224 and len(set(origins[:, 0])) == columns
    none, _ = tile_origins(np.zeros((40, 40), dtype=bool), spec=TileSpec(), **args)
    assert none.shape == (0, 2)


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
