"""Sharp tiles are told from blurred ones."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis.strategies import floats, integers
from scipy import ndimage

from core.slides.quality import LEAST_SHARPNESS, sharpness

quiet = settings(max_examples=20)


def tiles_of(seed, *, count=3, side=96):
    """Nuclei of 8 px with edges as sharp as a lens gives them."""
    random = np.random.default_rng(seed)
    nuclei = ndimage.gaussian_filter(random.normal(size=(count, side, side)), (0, 4, 4)) > 0.02
    picture = np.where(nuclei[..., None], (110, 70, 150), (226, 150, 190)).astype(np.float32)
    return ndimage.gaussian_filter(picture, (0, 0.7, 0.7, 0)).round().astype(np.uint8)


@quiet
@given(seed=integers(0, 99))
def test_the_more_a_tile_is_blurred_the_less_sharp_it_is(seed):
    tiles = tiles_of(seed)
    blurred = [ndimage.gaussian_filter(tiles, (0, sigma, sigma, 0)) for sigma in (0, 1, 2, 4)]
    found = np.array([sharpness(step) for step in blurred])
    assert (np.diff(found, axis=0) < 0).all()
    assert (found[0] >= LEAST_SHARPNESS).all() and (found[-1] < LEAST_SHARPNESS).all()


@quiet
@given(seed=integers(0, 99), side=integers(32, 120))
def test_it_is_the_variance_of_the_laplacian_of_green(seed, side):
    tiles = np.random.default_rng(seed).integers(0, 256, (2, side, side, 3)).astype(np.uint8)
    rows = np.arange(1, side - 1, 7)
    expected = ndimage.convolve(tiles[..., 1].astype(float), [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]])[:, rows, 1:-1]
    np.testing.assert_allclose(sharpness(tiles), expected.reshape(2, -1).var(axis=1), rtol=1e-4)


@quiet
@given(level=integers(0, 255), shift=floats(-20, 20), seed=integers(0, 9))
def test_brightness_is_not_sharpness(level, shift, seed):
    assert (sharpness(np.full((2, 64, 64, 3), level, dtype=np.uint8)) == 0).all()
    tiles = tiles_of(seed).astype(np.int16)
    brighter = (tiles + round(shift)).clip(0, 255).astype(np.uint8)
    np.testing.assert_allclose(sharpness(brighter), sharpness(tiles.astype(np.uint8)), rtol=1e-3)


def test_a_tile_is_judged_alike_alone_and_among_others():
    tiles = tiles_of(1, count=5)
    np.testing.assert_allclose(sharpness(tiles), np.concatenate([sharpness(tile[None]) for tile in tiles]), rtol=1e-6)


def test_a_batch_takes_a_fraction_of_what_reading_it_takes():
    tiles = np.random.default_rng(0).integers(0, 256, (32, 224, 224, 3)).astype(np.uint8)
    began = time.process_time()
    for _ in range(10):
        sharpness(tiles)
    # 0.02 ms a tile on one core; reading one takes 0.2 ms. Ten times as much is allowed, for shared machines.
    assert (time.process_time() - began) / 320 < 2e-4
