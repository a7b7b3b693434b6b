"""Each tile of the grid is kept, or is told what spoils it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers, sampled_from

from core.slides.quality.surfaces import Surface
from core.slides.tiles.grid import TileGrid
from core.slides.tiles.verdicts import MOST_SPOILED, VERDICTS, surface_shares, verdict_counts, verdicts

quiet = settings(max_examples=60)

ONE = TileGrid(columns=1, rows=1, side_px=100.0)


def words(shares, *, least_tissue=0.5):
    """The verdict of one tile that is covered so, row by row of a map of 100 pixels."""
    counts = [round(shares.get(surface, 0) * 100) for surface in Surface]
    assert sum(counts) == 100
    surface_map = np.repeat(np.array(Surface, dtype=np.uint8), counts).reshape(10, 10)
    (found,) = verdicts(surface_map, ONE, width=100, height=100, least_tissue=least_tissue)
    return VERDICTS[found]


@quiet
@given(seed=integers(0, 99), side=floats(17, 230), scale=integers(1, 9))
def test_the_shares_of_all_surfaces_are_exact_and_make_up_the_whole_tile(seed, side, scale):
    surface_map = np.random.default_rng(seed).integers(0, 6, (37, 53)).astype(np.uint8)
    width, height = 53 * scale * 8, 37 * scale * 8
    grid = TileGrid(columns=max(1, int(width / side)), rows=max(1, int(height / side)), side_px=side)
    shares = surface_shares(surface_map, grid, width=width, height=height)
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-9)
    for number in (0, len(shares[0]) // 2, -1):
        row, column = divmod(range(len(shares[0]))[number], grid.columns)
        (x0, x1), (y0, y1) = ((at * side / scale / 8, (at + 1) * side / scale / 8) for at in (column, row))
        across = np.clip(np.minimum(np.arange(53) + 1, x1) - np.maximum(np.arange(53), x0), 0, None)
        down = np.clip(np.minimum(np.arange(37) + 1, y1) - np.maximum(np.arange(37), y0), 0, None)
        for surface in Surface:
            covered = down @ (surface_map == surface) @ across
            assert shares[surface, number] == pytest.approx(covered / (down.sum() * across.sum()), abs=1e-9)


@quiet
@given(seed=integers(0, 99), least=floats(0.1, 0.9))
def test_a_tile_is_kept_when_it_has_enough_tissue_and_nothing_spoils_it_and_only_then(seed, least):
    random = np.random.default_rng(seed)
    # one surface prevails in each place, so that every verdict occurs
    surface_map = np.where(random.random((40, 60)) < 0.7, Surface.TISSUE, random.integers(0, 6, (40, 60)))
    surface_map[:, 45:] = random.integers(0, 6, (40, 15))
    grid = TileGrid(columns=9, rows=6, side_px=33.0)
    args = {"width": 300, "height": 200}
    found = verdicts(surface_map.astype(np.uint8), grid, **args, least_tissue=least)
    shares = surface_shares(surface_map.astype(np.uint8), grid, **args)
    spoiled = (shares[[Surface.INK, Surface.FOLD, Surface.BORDER]] >= MOST_SPOILED).any(axis=0)
    kept = (shares[Surface.TISSUE] >= least) & ~spoiled
    np.testing.assert_array_equal(found == VERDICTS.index("kept"), kept)


@quiet
@given(surface=sampled_from([Surface.INK, Surface.FOLD, Surface.BORDER]), percent=integers(0, 50))
def test_ink_fold_and_border_leave_a_tile_out_from_a_tenth_on(surface, percent):
    word = words({Surface.TISSUE: (100 - percent) / 100, surface: percent / 100})
    assert word == ("kept" if percent < 10 else surface.name.lower())


@quiet
@given(surface=sampled_from([Surface.GLASS, Surface.FAT]), percent=integers(0, 100))
def test_fat_and_glass_spoil_nothing_as_long_as_there_is_enough_tissue(surface, percent):
    word = words({Surface.TISSUE: (100 - percent) / 100, surface: percent / 100})
    assert word == ("kept" if percent <= 50 else surface.name.lower())


@pytest.mark.parametrize(
    ("shares", "least", "expected"),
    [
        ({Surface.TISSUE: 0.4, Surface.GLASS: 0.3, Surface.FAT: 0.3}, 0.5, "edge"),
        ({Surface.TISSUE: 0.4, Surface.GLASS: 0.3, Surface.INK: 0.3}, 0.5, "ink"),
        ({Surface.TISSUE: 0.1, Surface.GLASS: 0.7, Surface.INK: 0.2}, 0.5, "glass"),
        ({Surface.TISSUE: 0.3, Surface.GLASS: 0.5, Surface.INK: 0.2}, 0.25, "ink"),
        ({Surface.TISSUE: 0.6, Surface.FOLD: 0.25, Surface.INK: 0.15}, 0.5, "fold"),
        ({Surface.TISSUE: 0.2, Surface.BORDER: 0.8}, 0.5, "border"),
    ],
)
def test_what_spoils_a_tile_most_is_named(shares, least, expected):
    assert words(shares, least_tissue=least) == expected


@quiet
@given(seed=integers(0, 99))
def test_the_counts_are_of_all_tiles(seed):
    surface_map = np.random.default_rng(seed).integers(0, 6, (30, 30)).astype(np.uint8)
    grid = TileGrid(columns=11, rows=13, side_px=20.0)
    found = verdicts(surface_map, grid, width=300, height=300, least_tissue=0.3)
    counts = verdict_counts(found)
    assert tuple(counts) == VERDICTS and sum(counts.values()) == 11 * 13 == len(found)
    assert all(counts[word] == (found == VERDICTS.index(word)).sum() for word in VERDICTS)
