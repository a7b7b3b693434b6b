"""Why a tile of the grid is kept or not, from what the thumbnail shows under it."""

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8

from core.slides.quality.surfaces import Surface
from core.slides.tiles.grid import TileGrid

Verdict = Literal["kept", "glass", "ink", "fold", "fat", "border", "edge"]
"""One word per tile. `edge`: more tissue than anything else, yet too little of it."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""In the order of their numbers; with fewer of them than 256 a tile's verdict is one byte."""

MOST_SPOILED = 0.1
"""Share of a tile from which ink, a fold or unscanned border leaves it out. At half the tile, as for tissue, a stroke
of 50 um across a tile of 112 um would stay in, and its colour would outweigh every stain in the tile's features."""

_SPOILING = (Surface.INK, Surface.FOLD, Surface.BORDER)
_WORDS: Mapping[Surface, Verdict] = {
    Surface.GLASS: "glass",
    Surface.TISSUE: "edge",
    Surface.INK: "ink",
    Surface.FOLD: "fold",
    Surface.FAT: "fat",
    Surface.BORDER: "border",
}


def verdicts(
    surface_map: UInt8[np.ndarray, "rows cols"], grid: TileGrid, *, width: int, height: int, least_tissue: float
) -> UInt8[np.ndarray, " tiles"]:
    """One verdict per tile of the grid, row by row, as its place in `VERDICTS`.

    A tile is kept with `least_tissue` of tissue and less than `MOST_SPOILED` each of ink, fold and border. Otherwise
    the verdict is what covers most of it, or what spoils it where tissue does.

    Args:
        surface_map: `Surface` numbers; covers the whole slide at any scale.
        grid: of tiles.
        width: of the slide, level-0 pixels.
        height: of the slide, level-0 pixels.
        least_tissue: share of a tile, 0 to 1.
    """
    shares = surface_shares(surface_map, grid, width=width, height=height)
    spoilers = shares[list(_SPOILING)]
    spoiled, enough = spoilers.max(axis=0) >= MOST_SPOILED, shares[Surface.TISSUE] >= least_tissue
    largest = shares.argmax(axis=0)
    worst = np.array(_SPOILING)[spoilers.argmax(axis=0)]
    blamed = np.where(spoiled & (enough | (largest == Surface.TISSUE)), worst, largest)
    words = np.array([VERDICTS.index(_WORDS[surface]) for surface in Surface], dtype=np.uint8)
    return np.where(enough & ~spoiled, np.uint8(VERDICTS.index("kept")), words[blamed])


def verdict_counts(found: UInt8[np.ndarray, " tiles"]) -> dict[Verdict, int]:
    """How many tiles got each verdict; every word is there."""
    return dict(zip(VERDICTS, np.bincount(found, minlength=len(VERDICTS)).tolist(), strict=True))


def surface_shares(
    surface_map: UInt8[np.ndarray, "rows cols"], grid: TileGrid, *, width: int, height: int
) -> Float64[np.ndarray, "surfaces tiles"]:
    """Share of each tile's area that each surface covers, exact for tiles that cut through map pixels."""
    rows, columns = surface_map.shape
    x = np.minimum(np.arange(grid.columns + 1) * grid.side_px * columns / width, columns)
    y = np.minimum(np.arange(grid.rows + 1) * grid.side_px * rows / height, rows)
    area = np.outer(np.diff(y), np.diff(x)).ravel()
    shares = np.zeros((len(Surface), grid.rows * grid.columns))
    for surface in np.unique(surface_map):
        across = _spans(surface_map == surface, x)
        shares[surface] = _spans(across.T, y).T.ravel() / area
    return shares.clip(0, 1)


def _spans(
    table: Bool[np.ndarray, "n m"] | Float64[np.ndarray, "n m"], at: Float64[np.ndarray, " k"]
) -> Float64[np.ndarray, "n k-1"]:
    """Sum of each row between neighbouring fractional places.

    The integral of a piecewise constant row is piecewise linear, so linear interpolation of it is exact.
    """
    below: Int64[np.ndarray, " k"] = np.minimum(at.astype(np.int64), table.shape[1] - 1)
    ends = table.cumsum(axis=1, dtype=np.int32 if table.dtype == bool else np.float64)
    # the sum before a pixel is the sum up to its end without it
    sums = ends[:, below] - (1 - (at - below)) * table[:, below]
    return np.diff(sums, axis=1)
