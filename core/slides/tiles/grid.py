"""Where tiles lie: pure geometry, exact in micrometres. (x, y) in level-0 pixels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from core.config import TileSpec
from core.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class TileGrid:
    """All tiles that fit on a slide, row by row, before any is left out."""

    columns: int
    rows: int
    side_px: float
    """Tile side in level-0 pixels; rarely a whole number."""
    step_px: float = 1.0
    """Level-0 pixels per pixel of the stored level that tiles are read from."""

    @property
    def origins(self) -> Int32[np.ndarray, "tiles 2"]:
        """Top-left corners, each rounded from its exact place to a pixel of the level that is read, so that rounding
        does not add up and a tile starts where its pixels do."""
        rows, columns = np.divmod(np.arange(self.rows * self.columns), self.columns)
        exact = np.stack([columns, rows], axis=1) * self.side_px
        return np.rint(np.rint(exact / self.step_px) * self.step_px).astype(np.int32)


def tile_grid(*, width: int, height: int, um_per_px: float, spec: TileSpec, step_px: float = 1.0) -> TileGrid:
    """The grid of whole tiles on a slide.

    Args:
        width: of the slide, level-0 pixels.
        height: of the slide, level-0 pixels.
        um_per_px: of the slide at level 0.
        spec: side and resolution of the tiles.
        step_px: level-0 pixels per pixel of the stored level that tiles are read from.

    Raises:
        InputError: the slide is smaller than one tile, or so coarse that tiles would be blown up.
    """
    side = spec.size_px * spec.um_per_px / um_per_px
    if side < spec.size_px * _MOST_BLOWN_UP:
        raise InputError(
            f"it has {um_per_px:.3g} um/px, too coarse for tiles at {spec.um_per_px:.3g} um/px; "
            f"ask for tiles at {um_per_px:.3g} um/px or coarser, or give a finer scan"
        )
    columns, rows = int(width / side + _SLACK), int(height / side + _SLACK)
    if columns == 0 or rows == 0:
        raise InputError(
            f"it measures {width * um_per_px:.0f} x {height * um_per_px:.0f} um, less than one tile of "
            f"{spec.size_px * spec.um_per_px:.0f} um; give a larger field or check its um_per_px"
        )
    return TileGrid(columns=columns, rows=rows, side_px=side, step_px=step_px)


_MOST_BLOWN_UP = 0.8
"""Least level-0 pixels per tile pixel: "20x" means 0.46 to 0.55 um/px, depending on the scanner."""
_SLACK = 1e-6
"""Of a tile: forgives the rounding of a division that should come out even."""


def spread(kept: Int64[np.ndarray, " n"], *, columns: int, most: int) -> Int64[np.ndarray, " m"]:
    """At most `most` of the tile numbers, evenly over the slide: every n-th along a Z-shaped walk, which keeps
    neighbours together, so that each region gives its share. In row order."""
    if len(kept) <= most:
        return kept
    rows, cols = np.divmod(kept, columns)
    walk = kept[np.argsort(_interleaved(cols, rows), kind="stable")]
    chosen = ((np.arange(most) + 0.5) * len(walk) / most).astype(np.int64)
    return np.sort(walk[chosen])


def _interleaved(x: Int64[np.ndarray, " n"], y: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """Morton code: the bits of x and y in turn."""
    code = np.zeros_like(x)
    for bit in range(24):
        code |= (x >> bit & 1) << (2 * bit) | (y >> bit & 1) << (2 * bit + 1)
    return code
