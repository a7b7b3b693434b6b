"""Where things lie in a piece of demo tissue: outline, tumour nests, lumens, fat and the run of the fibres.

All maps are on a coarse grid of `GRID_UM` micrometres, as smooth distances that the painter enlarges to the pixels of
the scan.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from PIL import Image
from scipy import ndimage
from scipy.spatial import KDTree

GRID_UM = 2.0
_FAR_UM = 1000.0
_BLOCK = 32
_MARGIN = 20
"""Least width of empty glass around the tissue, in cells of the grid."""

Map = Float32[np.ndarray, "rows cols"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """Distances in micrometres, positive inside."""

    grade: float
    """0: small tubules of bland cells, few lymphocytes; 1: solid sheets of pleomorphic cells, many lymphocytes."""
    tissue: Map
    nest: Map
    """Tumour epithelium."""
    lumen: Map
    """Empty middle of a tubule."""
    vacuole: Map
    """Fat inside an adipocyte."""
    vessel: Map
    """Inside of a vessel's wall."""
    along: Map
    """Position along the stroma's fibres."""
    across: Map
    """Position across the stroma's fibres: its level lines are the fibres."""


def grow(rng: np.random.Generator, *, factor: float, tissue_um: float) -> Architecture:
    """Lay out one slide.

    Args:
        factor: the patient's tissue factor, about -1 or +1; the grade follows it.
        tissue_um: diameter of the piece.
    """
    grade = float(np.clip(0.5 + 0.42 * factor + 0.04 * rng.standard_normal(), 0, 1))
    tissue = _outline(rng, tissue_um=tissue_um)
    nest = _nests(rng, tissue, grade=grade)
    vacuole = _fat(rng, tissue, nest)
    along, across = _fibres(rng, nest)
    return Architecture(
        grade=grade,
        tissue=tissue,
        nest=nest,
        lumen=_lumens(rng, nest, grade=grade),
        vacuole=vacuole,
        vessel=_vessels(rng, tissue, nest, vacuole),
        along=along,
        across=across,
    )


def noise_map(rng: np.random.Generator, shape: tuple[int, int], *, wavelength_um: float) -> Map:
    """Smooth noise with zero mean and unit spread."""
    step = max(wavelength_um / GRID_UM / 2, 1.0)
    small = rng.standard_normal((int(shape[0] / step) + 3, int(shape[1] / step) + 3)).astype(np.float32)
    large = np.asarray(Image.fromarray(small).resize((shape[1], shape[0]), Image.Resampling.BICUBIC))
    return ((large - large.mean()) / large.std()).astype(np.float32)


def signed_distance(inside: Bool[np.ndarray, "rows cols"]) -> Map:
    """Micrometres to the border, positive inside."""
    if not inside.any():
        return np.full(inside.shape, -_FAR_UM, dtype=np.float32)
    within, outside = (np.asarray(ndimage.distance_transform_edt(part)) for part in (inside, ~inside))
    smooth = ndimage.gaussian_filter(within - outside, 0.8)
    return (smooth * GRID_UM).astype(np.float32)


def _outline(rng: np.random.Generator, *, tissue_um: float) -> Map:
    """One ragged piece, sometimes with satellites, on a slide cut close around it."""
    side = int(1.7 * tissue_um / GRID_UM)
    y, x = np.mgrid[:side, :side] * GRID_UM - side * GRID_UM / 2
    turn, squeeze = rng.uniform(0, 2 * np.pi), rng.uniform(0.85, 1.15)
    u, v = (x * np.cos(turn) + y * np.sin(turn)) * squeeze, (y * np.cos(turn) - x * np.sin(turn)) / squeeze
    depth = 0.5 * tissue_um * (1 + _bumps(rng, np.arctan2(v, u))) - np.hypot(u, v)
    for ragged_um, wavelength_um in ((16.0, 90.0), (4.0, 18.0)):
        depth += ragged_um * noise_map(rng, (side, side), wavelength_um=wavelength_um)
    return signed_distance(_on_glass(rng, depth > 0))


def _bumps(rng: np.random.Generator, angle: np.ndarray) -> np.ndarray:
    bumps = np.zeros_like(angle)
    for k in (2, 3, 4, 5):
        bumps += rng.normal(0, 0.09 / np.sqrt(k)) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    return bumps


def _on_glass(rng: np.random.Generator, inside: Bool[np.ndarray, "rows cols"]) -> Bool[np.ndarray, "height width"]:
    """The tissue with a margin of empty glass, on whole blocks of the grid, so that levels halve evenly."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    piece = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sides = [-(-(side + 2 * _MARGIN) // _BLOCK) * _BLOCK for side in piece.shape]
    glass = np.zeros(sides, dtype=bool)
    top, left = (
        rng.integers(_MARGIN, whole - part - _MARGIN + 1) for whole, part in zip(sides, piece.shape, strict=True)
    )
    glass[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
    return glass


def _nests(rng: np.random.Generator, tissue: Map, *, grade: float) -> Map:
    """Tumour nests: a larger share of the tissue, and larger ones, the higher the grade."""
    noise = noise_map(rng, tissue.shape, wavelength_um=62.0 + 40 * grade)
    noise = noise + 0.25 * noise_map(rng, tissue.shape, wavelength_um=24.0)
    share = 0.26 + 0.36 * grade
    threshold = np.quantile(noise[tissue > 0], 1 - share)
    # smoothing drops nests too small to hold a few cells
    inside = ndimage.gaussian_filter((noise > threshold).astype(np.float32), 2.5) > 0.5
    return signed_distance(inside & (tissue > 6))


def _lumens(rng: np.random.Generator, nest: Map, *, grade: float) -> Map:
    """Lumens of tubules: in most nests of a low grade, in hardly any of a high one."""
    middle = np.empty(nest.shape, dtype=np.int32)
    ndimage.label(nest > 13, output=middle)
    hollow = rng.random(int(middle.max()) + 1) < 0.95 - 1.1 * grade
    hollow[0] = False
    return signed_distance(hollow[middle])


def _fat(rng: np.random.Generator, tissue: Map, nest: Map) -> Map:
    """Lobules of adipocytes: whole cells, rounded polygons with thin walls between them."""
    centres = jittered_grid(rng, tissue.shape, spacing_um=44.0, jitter=0.16)
    lobules = noise_map(rng, tissue.shape, wavelength_um=230.0) + rng.normal(-0.9, 0.35)
    fatty = (at(lobules, centres) > 0) & (at(nest, centres) < -12)
    region = (lobules > -1.5) & (nest < 3) & (tissue > -3)
    vacuole = np.full(tissue.shape, -_FAR_UM, dtype=np.float32)
    if fatty.any() and region.any():
        points = np.stack(np.nonzero(region)[::-1], axis=1) * GRID_UM
        vacuole[region] = _packed_depth(points, centres, fatty)
    return np.minimum(vacuole, np.minimum(-nest - 4, tissue - 3))


def _packed_depth(
    points: Float[np.ndarray, "points 2"], centres: Float32[np.ndarray, "cells 2"], fatty: Bool[np.ndarray, " cells"]
) -> Float[np.ndarray, " points"]:
    """How deep points lie in the fat cell they belong to; negative in walls and in cells that hold no fat.

    Halfway between two centres runs the wall; far from its centre a cell's corner is rounded.
    """
    distance, owner = map(np.asarray, KDTree(centres).query(points, k=2))
    to_wall = (distance[:, 1] - distance[:, 0]) / 2
    inside = np.minimum(to_wall - 1.1, 24.5 - distance[:, 0])
    beside = np.where(fatty[owner[:, 1]], -to_wall - 1.1, -20)
    return np.where(fatty[owner[:, 0]], inside, beside)


def _vessels(rng: np.random.Generator, tissue: Map, nest: Map, vacuole: Map) -> Map:
    """A few small vessels in the stroma, cut across."""
    vessel = np.full(tissue.shape, -_FAR_UM, dtype=np.float32)
    places = _cells((tissue > 25) & (nest < -18) & (vacuole < -12))
    if not len(places):
        return vessel
    y, x = np.mgrid[: tissue.shape[0], : tissue.shape[1]]
    for cy, cx in rng.choice(places, size=int(rng.integers(1, 5))):
        turn, long = rng.uniform(0, np.pi), rng.uniform(1.0, 2.4)
        u = ((x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)) / long
        v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        vessel = np.maximum(vessel, rng.uniform(7, 12) - GRID_UM * np.hypot(u, v))
    return vessel.astype(np.float32)


def _cells(inside: Bool[np.ndarray, "rows cols"]) -> Int[np.ndarray, "cells 2"]:
    """(row, column) of what is true."""
    return np.stack(np.nonzero(inside), axis=1)


def _fibres(rng: np.random.Generator, nest: Map) -> tuple[Map, Map]:
    """Coordinates of the collagen: wavy, and bent around the nests."""
    y, x = (np.mgrid[: nest.shape[0], : nest.shape[1]] * GRID_UM).astype(np.float32)
    turn = rng.uniform(0, np.pi)
    bend = ndimage.gaussian_filter(np.clip(nest, -26, 10), 4)
    across = y * np.cos(turn) - x * np.sin(turn) + 26 * noise_map(rng, nest.shape, wavelength_um=240.0)
    across = across + 5 * noise_map(rng, nest.shape, wavelength_um=70.0) - 1.3 * bend
    across = across + 1.2 * noise_map(rng, nest.shape, wavelength_um=26.0)
    along = x * np.cos(turn) + y * np.sin(turn) + 20 * noise_map(rng, nest.shape, wavelength_um=150.0)
    return along.astype(np.float32), across.astype(np.float32)


def jittered_grid(
    rng: np.random.Generator, shape: tuple[int, int], *, spacing_um: float, jitter: float
) -> Float32[np.ndarray, "points 2"]:
    """Points (x, y) in micrometres on a turned hexagonal grid over a map, each moved by `jitter` spacings at random."""
    height, width = shape[0] * GRID_UM, shape[1] * GRID_UM
    reach = int(np.hypot(height, width) / spacing_um / 2) + 2
    rows = int(1.2 * reach)
    row, column = np.mgrid[-rows : rows + 1, -reach : reach + 1]
    x, y = (column + 0.5 * (row % 2)) * spacing_um, row * 0.866 * spacing_um
    turn = rng.uniform(0, np.pi)
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=-1).reshape(
        -1, 2
    )
    points += np.array([width, height]) / 2 + rng.normal(0, jitter * spacing_um, points.shape)
    # rounded first: a point a hair inside the edge may become one on it, where the map has no value
    points = points.astype(np.float32)
    inside = (points > 0).all(axis=1) & (points < np.array([width, height])).all(axis=1)
    return points[inside]


def at(coarse: Map, points: Float32[np.ndarray, "points 2"]) -> Float32[np.ndarray, " points"]:
    """The map's values at points (x, y) in micrometres."""
    index = (points / GRID_UM).astype(int)
    return coarse[index[:, 1], index[:, 0]]
