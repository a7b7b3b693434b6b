"""Paints demo tissue as a microscope would see it: amounts of haematoxylin and eosin, then light through both."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image
from scipy import ndimage

from core.cohort.demo.architecture import GRID_UM, Architecture, Map, at, grow, jittered_grid
from core.cohort.demo.nuclei import ANGLES, GRADES, Sprite, sprite_bank
from core.cohort.demo.stain import Scanner, colours

_TEXTURE_SIDE = 1024
_TEXTURE_UM = 0.5

Points = Float32[np.ndarray, "points 2"]
"""(x, y) in micrometres."""
Pixels = Float32[np.ndarray, "h w"]
"""A map at the scan's resolution."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dyes:
    """Amounts of both dyes on the scan's pixels; painted in place."""

    haematoxylin: Pixels
    eosin: Pixels


def paint_slide(
    rng: np.random.Generator, *, factor: float, scanner: Scanner, tissue_um: float
) -> UInt8[np.ndarray, "h w 3"]:
    """A stained section at the scanner's resolution."""
    plan = grow(rng, factor=factor, tissue_um=tissue_um)
    dyes = _ground(rng, plan, scanner.um_per_px)
    _stamp_cells(rng, dyes, plan, scanner.um_per_px)
    strength = rng.normal(1.0, 0.04, size=2).clip(0.88, 1.12)
    dyes.haematoxylin[:] *= strength[0]
    dyes.eosin[:] *= strength[1]
    return colours(dyes.haematoxylin, dyes.eosin, scanner)


def enlarge(coarse: Map, um_per_px: float) -> Pixels:
    """A map at the scan's resolution."""
    height, width = (round(side * GRID_UM / um_per_px) for side in coarse.shape)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR))


def _ground(rng: np.random.Generator, plan: Architecture, um_per_px: float) -> Dyes:
    """Everything but nuclei: fibres, cytoplasm, and the holes that lumens, fat and vessels leave."""
    nest = enlarge(plan.nest, um_per_px)
    eosin = _stroma(rng, plan, um_per_px)
    grain = _tiled(rng, _grain(um_per_px), nest.shape)
    inside = _step(nest)
    cytoplasm = 0.46 - 0.1 * plan.grade + 0.09 * grain
    eosin += inside * (cytoplasm - eosin)
    haematoxylin = 0.05 + 0.02 * grain + inside * (0.13 + 0.13 * plan.grade + 0.06 * grain)
    solid = _solid(plan, nest, um_per_px)
    dyes = Dyes(haematoxylin=haematoxylin * solid, eosin=eosin * solid)
    _fill_vessels(rng, dyes, plan, um_per_px)
    return dyes


def _stroma(rng: np.random.Generator, plan: Architecture, um_per_px: float) -> Pixels:
    """Eosin of collagen: bundles of fibres with pale clefts between them."""
    along, across = enlarge(plan.along, um_per_px), enlarge(plan.across, um_per_px)
    start = rng.integers(_TEXTURE_SIDE, size=2)
    rows = (across * (1 / _TEXTURE_UM)).astype(np.int32) + start[0]
    columns = (along * (0.25 / _TEXTURE_UM)).astype(np.int32) + start[1]
    flat = (rows & (_TEXTURE_SIDE - 1)) * _TEXTURE_SIDE + (columns & (_TEXTURE_SIDE - 1))
    return _fibre_texture().ravel()[flat]


def _solid(plan: Architecture, nest: Pixels, um_per_px: float) -> Pixels:
    """1 where there is something, 0 where light passes freely; soft over a micrometre."""
    empty = np.maximum.reduce([-plan.tissue, plan.lumen, plan.vacuole, plan.vessel])
    # fixation shrinks: nests come off the stroma in a pale cleft
    cleft = np.clip(1.2 - np.abs(nest + 2.2) / 1.7, 0, 1)
    return (1 - _step(enlarge(empty, um_per_px))) * (1 - 0.5 * cleft)


def _fill_vessels(rng: np.random.Generator, dyes: Dyes, plan: Architecture, um_per_px: float) -> None:
    """A pink wall around each vessel, and red cells in it: discs, paler in their middle, that take eosin only."""
    if plan.vessel.max() <= 0:
        return
    wall = np.exp(-(((enlarge(plan.vessel, um_per_px) + 1.6) / 1.5) ** 2))
    np.maximum(dyes.eosin, 0.85 * wall, out=dyes.eosin)
    points = jittered_grid(rng, plan.vessel.shape, spacing_um=6.4, jitter=0.16)
    points = points[(at(plan.vessel, points) > 2.4) & (rng.random(len(points)) < 0.7)]
    half = int(4 / um_per_px)
    y, x = np.mgrid[-half : half + 1, -half : half + 1] * um_per_px
    radius = np.hypot(x, y)
    cell = (1.05 - 0.35 * np.exp(-((radius / 1.4) ** 2))) * np.clip((3.2 - radius) / 0.6, 0, 1)
    for x_px, y_px in _pixels(points, um_per_px):
        window = _window(x_px, y_px, half)
        np.maximum(dyes.eosin[window], cell, out=dyes.eosin[window])


def _stamp_cells(rng: np.random.Generator, dyes: Dyes, plan: Architecture, um_per_px: float) -> None:
    bank = sprite_bank(um_per_px)
    grade = round(plan.grade * (GRADES - 1))
    tumour = _tumour_cells(rng, plan)
    mitotic = rng.random(len(tumour)) < 0.022 * plan.grade
    spindles = _stroma_cells(rng, plan)
    _stamp(dyes, spindles, _spindle_sprites(rng, plan, spindles, um_per_px), um_per_px)
    _stamp(dyes, tumour[~mitotic], _choice(rng, bank.epithelial[grade], int((~mitotic).sum())), um_per_px)
    _stamp(dyes, tumour[mitotic], _choice(rng, bank.mitoses, int(mitotic.sum())), um_per_px)
    lymphocytes = _lymphocytes(rng, plan)
    _stamp(dyes, lymphocytes, _choice(rng, bank.lymphocytes, len(lymphocytes)), um_per_px)


def _tumour_cells(rng: np.random.Generator, plan: Architecture) -> Points:
    points = jittered_grid(rng, plan.nest.shape, spacing_um=7.6 + 4.2 * plan.grade, jitter=0.15)
    return points[(at(plan.nest, points) > 1.5) & (at(plan.lumen, points) < -3.5)]


def _stroma_cells(rng: np.random.Generator, plan: Architecture) -> Points:
    points = jittered_grid(rng, plan.nest.shape, spacing_um=15.0, jitter=0.35)
    stroma = (at(plan.tissue, points) > 4) & (at(plan.nest, points) < -3)
    holes = np.maximum(at(plan.vacuole, points), at(plan.vessel, points))
    return points[stroma & (holes < -0.5) & (rng.random(len(points)) < 0.5)]


def _lymphocytes(rng: np.random.Generator, plan: Architecture) -> Points:
    """Lymphocytes crowd in the stroma along the nests; the higher the grade, the more."""
    points = jittered_grid(rng, plan.nest.shape, spacing_um=7.2, jitter=0.22)
    distance = -at(plan.nest, points)
    crowd = np.exp(-(((distance - 12) / 14) ** 2)) * (0.04 + 0.5 * plan.grade)
    patchy = np.clip(at(_patches(rng, plan.nest.shape), points), 0, 1.4)
    holes = np.maximum(at(plan.vacuole, points), at(plan.vessel, points))
    free = (distance > 2) & (at(plan.tissue, points) > 4) & (holes < -1)
    return points[free & (rng.random(len(points)) < crowd * patchy + 0.006)]


def _patches(rng: np.random.Generator, shape: tuple[int, int]) -> Map:
    small = rng.standard_normal((shape[0] // 24 + 3, shape[1] // 24 + 3)).astype(np.float32)
    return 0.4 + np.asarray(Image.fromarray(small).resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def _spindle_sprites(rng: np.random.Generator, plan: Architecture, points: Points, um_per_px: float) -> list[Sprite]:
    """Fibroblasts lie along the fibres, that is along the level lines of `across`."""
    bank = sprite_bank(um_per_px).spindles
    down, right = np.gradient(plan.across)
    angle = np.arctan2(at(right, points), -at(down, points)) + rng.normal(0, 0.15, len(points))
    steps = np.rint(angle / np.pi * ANGLES).astype(int) % ANGLES
    return [bank[step][pick] for step, pick in zip(steps, rng.integers(len(bank[0]), size=len(points)), strict=True)]


def _choice(rng: np.random.Generator, sprites: tuple[Sprite, ...], count: int) -> list[Sprite]:
    return [sprites[pick] for pick in rng.integers(len(sprites), size=count)]


def _stamp(dyes: Dyes, points: Points, sprites: list[Sprite], um_per_px: float) -> None:
    """Put nuclei where they lie: the denser one shows, and chromatin takes up little eosin."""
    for (x, y), sprite in zip(_pixels(points, um_per_px), sprites, strict=True):
        window = _window(x, y, sprite.shape[0] // 2)
        np.maximum(dyes.haematoxylin[window], sprite, out=dyes.haematoxylin[window])
        dyes.eosin[window] *= 1 - 0.45 * np.minimum(sprite, 1)


def _pixels(points: Points, um_per_px: float) -> list[tuple[int, int]]:
    return [(x, y) for x, y in np.rint(points / um_per_px).astype(int).tolist()]


def _window(x: int, y: int, half: int) -> tuple[slice, slice]:
    """Pixels around a cell. They are all on the slide: the glass around the tissue is wider than any cell."""
    return slice(y - half, y + half + 1), slice(x - half, x + half + 1)


def _step(distance: Pixels) -> Pixels:
    """0 outside, 1 inside, over one micrometre."""
    return np.clip(distance + 0.5, 0, 1)


def _tiled(rng: np.random.Generator, texture: Map, shape: tuple[int, ...]) -> Pixels:
    """A texture repeated over `shape`, from a random start."""
    rows = (np.arange(shape[0]) + rng.integers(_TEXTURE_SIDE)) & (_TEXTURE_SIDE - 1)
    columns = (np.arange(shape[1]) + rng.integers(_TEXTURE_SIDE)) & (_TEXTURE_SIDE - 1)
    return texture[rows[:, None], columns[None, :]]


@lru_cache(maxsize=4)
def _grain(um_per_px: float) -> Map:
    """Granular cytoplasm, zero mean and unit spread, at the scan's resolution; repeats without a seam."""
    rng = np.random.default_rng(21)
    noise = rng.standard_normal((_TEXTURE_SIDE, _TEXTURE_SIDE))
    fine = ndimage.gaussian_filter(noise, 0.6 / um_per_px, mode="wrap")
    broad = ndimage.gaussian_filter(noise[::-1], 4.0 / um_per_px, mode="wrap")
    return (fine / fine.std() * 0.7 + broad / broad.std() * 0.7).astype(np.float32)


@lru_cache(maxsize=1)
def _fibre_texture() -> Map:
    """Eosin across (rows) and along (columns) the fibres; repeats without a seam."""
    rng = np.random.default_rng(22)
    noise = rng.standard_normal((3, _TEXTURE_SIDE, _TEXTURE_SIDE))
    strands = [
        ndimage.gaussian_filter(layer, (width, 15), mode="wrap")
        for layer, width in zip(noise, (0.9, 3.0, 9.0), strict=True)
    ]
    fine, middle, broad = (strand / strand.std() for strand in strands)
    clefts = np.clip((middle + 0.6 * fine - 1.5) / 0.7, 0, 1)
    return (np.clip(0.62 + 0.07 * fine + 0.09 * middle + 0.07 * broad, 0.2, 1.2) * (1 - 0.75 * clefts)).astype(
        np.float32
    )
