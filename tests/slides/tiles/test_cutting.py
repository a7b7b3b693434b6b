"""Tiles come from the very place and at the very scale that they name."""

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import integers

from core.config import TileSpec
from core.slides import open_slide
from core.slides.tiles.cutting import Cutter, reading_order
from core.slides.tiles.grid import tile_grid


def _waves(width: int, height: int) -> np.ndarray:
    """A smooth picture whose colour tells the place."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    parts = [127 + 100 * np.sin(x / 37), 127 + 100 * np.sin(y / 41), 127 + 100 * np.sin((x + y) / 53)]
    return np.stack(parts, axis=-1).round().astype(np.uint8)


@pytest.mark.parametrize(
    ("um", "levels"),
    [(0.5, (1.0,)), (0.499, (1.0,)), (0.25, (1.0, 2.0)), (0.2525, (1.0, 2.0)), (0.27, (1.0,)), (0.55, (1.0,))],
)
def test_tiles_show_the_slide_at_exactly_their_resolution(tmp_path, pyramid, um, levels):
    """Compared with the continuous picture, sampled at the tile's own pixel centres."""
    picture = _waves(1400, 1200)
    file = pyramid(tmp_path / "a.tif", picture, um_per_px=um, levels=len(levels), compression="deflate")
    spec = TileSpec(size_px=96)
    with open_slide(file) as slide:
        side = spec.size_px * spec.um_per_px / um
        cutter = Cutter.of(slide, side_px=side, size_px=spec.size_px)
        grid = tile_grid(width=1400, height=1200, um_per_px=um, spec=spec, step_px=cutter.scale)
        tiles = cutter.cut(grid.origins)
    step = side / spec.size_px
    for (x0, y0), tile in zip(grid.origins[::7], tiles[::7], strict=True):
        x, y = (at + (np.arange(spec.size_px) + 0.5) * step - 0.5 for at in (x0, y0))
        x, y = np.meshgrid(x, y)
        expected = [127 + 100 * np.sin(x / 37), 127 + 100 * np.sin(y / 41), 127 + 100 * np.sin((x + y) / 53)]
        inside = slice(2, -2)
        error = np.abs(tile - np.stack(expected, axis=-1))[inside, inside]
        # A pixel off would be 2.7 grey levels at the steepest place.
        assert error.mean() < 0.6 and error.max() < 2.0


def test_a_level_of_the_right_scale_is_not_resampled(tmp_path, pyramid, painted):
    picture = painted(600, 500, tissue=(0, 0, 600, 500))
    with open_slide(pyramid(tmp_path / "a.tif", picture, compression="deflate")) as slide:
        cutter = Cutter.of(slide, side_px=96.0, size_px=96)
        assert not cutter.resamples
        tile = cutter.cut(np.array([[131, 77]], dtype=np.int32))[0]
    np.testing.assert_array_equal(tile, picture[77:173, 131:227])


def test_all_parts_together_are_all_tiles_whatever_the_threads(tmp_path, pyramid, painted):
    file = pyramid(tmp_path / "a.tif", painted(1300, 900, tissue=(100, 100, 1200, 800)), um_per_px=0.3)
    grid = tile_grid(width=1300, height=900, um_per_px=0.3, spec=TileSpec(size_px=64))
    found = []
    for threads, most in ((1, 7), (3, 7), (1, 1000)):
        with open_slide(file) as slide:
            cutter = Cutter.of(slide, side_px=grid.side_px, size_px=64, threads=threads)
            tiles = np.zeros((len(grid.origins), 64, 64, 3), dtype=np.uint8)
            for numbers, pixels in cutter.in_parts(grid.origins, most=most):
                tiles[numbers] = pixels
        found.append(tiles)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@given(arrays(np.int32, (30, 2), elements=integers(0, 400)), integers(1, 40))
def test_the_reading_order_takes_each_tile_once(places, most):
    origins = places * 224
    parts = [*reading_order(origins, side_px=224.0, most=most)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(30))
    assert all(len(part) <= most for part in parts)


def test_the_resampler_agrees_with_pillow(tmp_path, pyramid, painted):
    """Another implementation of the same filter."""
    picture = painted(800, 700, tissue=(0, 0, 800, 700))
    with open_slide(pyramid(tmp_path / "a.tif", picture, levels=1, um_per_px=0.3, compression="deflate")) as slide:
        side = 96 * 0.5 / 0.3
        tile = Cutter.of(slide, side_px=side, size_px=96).cut(np.array([[200, 100]], dtype=np.int32))[0]
    box = (200, 100, 200 + side, 100 + side)
    expected = np.asarray(PIL.Image.fromarray(picture).resize((96, 96), PIL.Image.Resampling.BILINEAR, box=box))
    assert np.abs(tile.astype(int) - expected)[1:-1, 1:-1].max() <= 2
