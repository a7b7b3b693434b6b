"""Stains are found, and slides of two laboratories come out alike; what has no stain stays as it is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis.strategies import floats, integers

from core.errors import InputError
from core.slides.stain import MacenkoFit, ReinhardFit, fit
from core.slides.stain.fits import TO_LAB, log_cones, optical_density
from core.slides.stain.normalisation import directions, normalise
from core.slides.stain.reference import MACENKO, REINHARD
from tests.real_data import real_data

METHODS = ("macenko", "reinhard")
NORTH = np.array([[0.57, 0.17], [0.71, 0.82], [0.41, 0.55]])
SOUTH = np.array([[0.66, 0.12], [0.68, 0.90], [0.32, 0.42]])
"""Two laboratories' haematoxylin and eosin, in columns."""


def amounts(seed: int, *, side: int = 64) -> np.ndarray:
    """How much haematoxylin and eosin lies where: nuclei, stroma, and glass in a corner."""
    random = np.random.default_rng(seed)
    nuclei = random.random((side, side)) < 0.25
    blue = np.where(nuclei, random.uniform(0.8, 2.2, nuclei.shape), random.uniform(0, 0.25, nuclei.shape))
    red = np.where(nuclei, random.uniform(0, 0.2, nuclei.shape), random.uniform(0.2, 1.1, nuclei.shape))
    found = np.stack([blue, red], axis=-1)
    found[: side // 4, : side // 4] = 0
    return found


def stained(found: np.ndarray, stains: np.ndarray, *, scale: tuple[float, float] = (1, 1)) -> np.ndarray:
    """Those amounts as a laboratory's scanner sees them."""
    columns = stains / np.linalg.norm(stains, axis=0)
    return np.rint(255 * np.exp(-(found * scale) @ columns.T)).astype(np.uint8)


def of(name: str, tile: np.ndarray) -> MacenkoFit | ReinhardFit:
    return fit(name, tile.reshape(-1, 3))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@settings(max_examples=15)
@given(seed=integers(0, 999), blue=floats(0.6, 1.4), red=floats(0.6, 1.4))
def test_the_stains_that_a_slide_was_painted_with_are_found(seed, blue, red):
    for stains in (NORTH, SOUTH):
        found = of("macenko", stained(amounts(seed), stains, scale=(blue, red)))
        cosines = (found.stains * stains / np.linalg.norm(stains, axis=0)).sum(axis=0)
        assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 5
        np.testing.assert_allclose(found.full, (2.1 * blue, 1.08 * red), rtol=0.15)


@pytest.mark.parametrize("name", METHODS)
def test_a_slide_brought_to_its_own_stain_stays_as_it_is(name):
    random = np.random.default_rng(0)
    tiles = np.stack([stained(amounts(1), SOUTH), random.integers(0, 256, (64, 64, 3), dtype=np.uint8)])
    own = of(name, tiles[0])
    changed = normalise(tiles, [own, own], device="cpu", target=own)
    assert np.abs(changed.astype(int) - tiles).max() <= 1


@settings(max_examples=15)
@given(seed=integers(0, 999))
def test_one_tissue_stained_by_two_laboratories_comes_out_nearly_alike(seed):
    north, south = stained(amounts(seed), NORTH), stained(amounts(seed), SOUTH, scale=(0.7, 1.3))
    one, other = normalise(np.stack([north, south]), [of("macenko", north), of("macenko", south)], device="cpu")
    assert apart(one, other) < 3 < 10 < apart(north, south)


@pytest.mark.parametrize("name", METHODS)
def test_one_tissue_stained_for_half_as_long_comes_out_nearly_alike(name):
    """All that Reinhard's method can undo: it keeps no stain apart from the other."""
    long, short = stained(amounts(0), NORTH), stained(amounts(0), NORTH, scale=(0.6, 0.6))
    one, other = normalise(np.stack([long, short]), [of(name, long), of(name, short)], device="cpu")
    assert apart(one, other) < 5 < 20 < apart(long, short)


def test_each_method_ends_with_its_references_statistics():
    found = amounts(3, side=128)
    tile = stained(found, NORTH, scale=(0.8, 0.8))
    to_macenko = of("macenko", normalise(tile[None], [of("macenko", tile)], device="cpu")[0])
    np.testing.assert_allclose(to_macenko.stains, MACENKO.stains, atol=0.03)
    np.testing.assert_allclose(to_macenko.full, MACENKO.full, rtol=0.05)
    coloured = normalise(tile[None], [of("reinhard", tile)], device="cpu")[0][found.sum(axis=-1) > 0]
    lab = log_cones(optical_density(coloured)) @ TO_LAB.T
    np.testing.assert_allclose(lab.mean(axis=0), REINHARD.mean, atol=0.02)
    np.testing.assert_allclose(lab.std(axis=0), REINHARD.std, rtol=0.15)


@pytest.mark.parametrize("name", METHODS)
def test_white_stays_white_and_glass_pale(name):
    tile = stained(amounts(4), SOUTH)
    glass = np.stack([np.full_like(tile, 255), np.full_like(tile, (243, 242, 244))])
    changed = normalise(glass, [of(name, tile)] * 2, device="cpu")
    assert (changed[0] == 255).all() and changed[1].min() > 235


@pytest.mark.parametrize("name", METHODS)
def test_a_tile_comes_out_the_same_in_any_company(name):
    tiles = np.stack([stained(amounts(seed, side=50), stains) for seed in range(4) for stains in (NORTH, SOUTH)])
    fits = [of(name, tile) for tile in tiles]
    together = normalise(tiles, fits, device="cpu")
    np.testing.assert_array_equal(normalise(tiles[::-1], fits[::-1], device="cpu")[::-1], together)
    for tile, own, expected in zip(tiles, fits, together, strict=True):
        np.testing.assert_array_equal(normalise(tile[None], [own], device="cpu")[0], expected)
    assert normalise(tiles[:0], [], device="cpu").shape == (0, 50, 50, 3)


@pytest.mark.parametrize("name", METHODS)
def test_glass_and_a_stroke_of_ink_change_no_fit(name):
    pixels = stained(amounts(5, side=128), NORTH).reshape(-1, 3)
    odd = np.concatenate([np.full((9000, 3), 246), np.full((800, 3), (30, 60, 170)), np.full((800, 3), (20, 110, 40))])
    clean, spoiled = fit(name, pixels), fit(name, np.concatenate([pixels, odd.astype(np.uint8)]))
    for part in ("stains", "full") if name == "macenko" else ("mean", "std"):
        np.testing.assert_array_equal(getattr(spoiled, part), getattr(clean, part))


def _one_stain() -> np.ndarray:
    random = np.random.default_rng(0)
    eosin = random.gamma(2, 0.3, 20_000)[:, None] * MACENKO.stains[:, 1]
    return (255 * np.exp(-eosin) + random.normal(0, 3, (20_000, 3))).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "pixels", "why"),
    [
        ("macenko", _one_stain, r"degrees apart"),
        ("macenko", lambda: np.full((9000, 3), (200, 120, 170), np.uint8), r"degrees apart"),
        ("reinhard", lambda: np.full((9000, 3), (200, 120, 170), np.uint8), "one flat colour"),
        ("macenko", lambda: np.full((9000, 3), 245, np.uint8), "0 of 9000 pixels show"),
        ("reinhard", lambda: np.zeros((0, 3), np.uint8), "0 of 0 pixels show"),
        ("reinhard", lambda: np.full((9000, 3), (30, 60, 170), np.uint8), "0 of 9000 pixels show"),
    ],
)
def test_a_stain_that_cannot_be_told_is_refused_with_the_reason(name, pixels, why):
    with pytest.raises(InputError, match=rf"cannot be told apart \(.*{why}"):
        fit(name, pixels())


def test_the_third_direction_has_a_part_in_neither_stain():
    whole = directions(NORTH)
    np.testing.assert_allclose(whole[:, 2] @ whole[:, :2], 0, atol=1e-12)
    assert np.linalg.norm(whole[:, 2]) == pytest.approx(1)


@pytest.fixture
def fields() -> Callable[[], list[np.ndarray]]:
    data = real_data()
    files = sorted((data / "tiles").glob("*.tif")) if data else []
    if not files:
        pytest.skip("no real fields in the folder of real data")
    return [tifffile.imread(Path(file))[:500, :500, :3].copy() for file in files]


@pytest.mark.real
def test_real_tissue_stained_anew_comes_out_as_the_original_does(fields):
    other = directions(SOUTH / np.linalg.norm(SOUTH, axis=0))
    for field in fields:
        own = of("macenko", field)
        density = optical_density(field.reshape(-1, 3)) @ np.linalg.inv(directions(own.stains)).T
        again = 255 * np.exp(-(density * (0.75, 1.25, 1)) @ other.T)
        anew = np.rint(again).clip(0, 255).astype(np.uint8).reshape(field.shape)
        one, two = normalise(np.stack([field, anew]), [own, of("macenko", anew)], device="cpu")
        assert apart(field, anew) > 6
        assert apart(one, two) < 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", METHODS)
def test_the_gpu_gives_what_the_cpu_gives(name):
    tiles = np.stack([stained(amounts(seed), NORTH) for seed in range(3)])
    fits = [of(name, tile) for tile in tiles]
    there, here = (normalise(tiles, fits, device=device).astype(int) for device in ("cuda", "cpu"))
    assert np.abs(there - here).max() <= 1
