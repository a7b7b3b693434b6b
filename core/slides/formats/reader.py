"""An open slide: its size, its resolution, and any region of it at any scale."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal

import numpy as np
import PIL.Image
from jaxtyping import UInt8

from core.errors import InputError
from core.slides.formats.probe import probe
from core.slides.formats.sources import ReaderName, Source, open_source

PLAUSIBLE_UM = (0.05, 20.0)
"""um/px between an oil-immersion scan and a macro photograph; what lies outside is a screen's or printer's setting."""
_ANISOTROPY = 0.02
_BAND_PX = 1 << 25
"""Most pixels of a stored level that are held at once while a thumbnail is made."""
_WHITE = 255

Px = float | int


@dataclass(frozen=True, kw_only=True, slots=True)
class Slide:
    """An open slide. Coordinates are level-0 pixels, (0, 0) at the top left. For one thread at a time.

    Use it in a `with` statement.
    """

    path: Path
    reader: ReaderName
    width: int
    height: int
    um_per_px: float
    um_source: Literal["file", "given"]
    levels: tuple[float, ...]
    """Level-0 pixels per pixel of each stored level, finest first; the first is 1."""
    _source: Source = field(repr=False)

    def __enter__(self) -> "Slide":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def region(
        self, *, x: Px, y: Px, side_px_w: Px, side_px_h: Px, out_w: int, out_h: int
    ) -> UInt8[np.ndarray, "{out_h} {out_w} 3"]:
        """A rectangle of the slide at another size, resampled from the nearest finer stored level.

        Args:
            x: left edge, level-0 pixels; what lies outside the slide is white.
            y: top edge, level-0 pixels.
            side_px_w: width on the slide, level-0 pixels.
            side_px_h: height on the slide, level-0 pixels.
            out_w: width of the result, pixels.
            out_h: height of the result, pixels.

        Raises:
            InputError: the file's data cannot be decoded there.
        """
        level = self._level(min(side_px_w / out_w, side_px_h / out_h))
        scale = self.levels[level]
        left, top, right, bottom = x / scale, y / scale, (x + side_px_w) / scale, (y + side_px_h) / scale
        corner = math.floor(left), math.floor(top)
        patch = self._patch(level, *corner, math.ceil(right), math.ceil(bottom))
        box = (left - corner[0], top - corner[1], right - corner[0], bottom - corner[1])
        # Hamming: as sharp as bicubic when reducing, without its overshoot at tissue edges, exact at 1:1.
        resized = PIL.Image.fromarray(patch).resize((out_w, out_h), PIL.Image.Resampling.HAMMING, box=box)
        return np.asarray(resized)

    def thumbnail(self, max_px: int) -> UInt8[np.ndarray, "h w 3"]:
        """The whole slide, longest side at most `max_px`, never enlarged. Made in bands, to bound memory."""
        shrink = max(1.0, max(self.width, self.height) / max_px)
        out_w, out_h = max(1, round(self.width / shrink)), max(1, round(self.height / shrink))
        scale = self.levels[self._level(min(self.width / out_w, self.height / out_h))]
        rows = max(1, int(_BAND_PX * out_h / (self.width * self.height / scale**2)))
        step = self.height / out_h
        bands = [
            self.region(
                x=0,
                y=top * step,
                side_px_w=self.width,
                side_px_h=(min(top + rows, out_h) - top) * step,
                out_w=out_w,
                out_h=min(top + rows, out_h) - top,
            )
            for top in range(0, out_h, rows)
        ]
        return np.concatenate(bands)

    def _level(self, wanted: float) -> int:
        """The coarsest stored level that is still as fine as `wanted` level-0 pixels per pixel."""
        return max(index for index, scale in enumerate(self.levels) if index == 0 or scale <= wanted * 1.001)

    def _patch(self, level: int, left: int, top: int, right: int, bottom: int) -> UInt8[np.ndarray, "h w 3"]:
        """Pixels of a stored level; white outside it."""
        patch = np.full((bottom - top, right - left, 3), _WHITE, dtype=np.uint8)
        scale = self.levels[level]
        right, bottom = min(right, math.ceil(self.width / scale)), min(bottom, math.ceil(self.height / scale))
        tile_w, tile_h = self._source.tile_px
        for row in range(max(top, 0) // tile_h, -(-bottom // tile_h)):
            for column in range(max(left, 0) // tile_w, -(-right // tile_w)):
                tile_x, tile_y = column * tile_w, row * tile_h
                x, y = max(left, tile_x), max(top, tile_y)
                tile = self._source.tile(column, row, level=level)
                part = tile[y - tile_y : bottom - tile_y, x - tile_x : right - tile_x]
                patch[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]] = part
        return patch


def open_slide(path: Path, *, um_per_px: float | None = None) -> Slide:
    """A slide, opened by the reader that suits its structure.

    Args:
        path: the slide file.
        um_per_px: resolution to use where the file states none.

    Raises:
        InputError: the file is damaged or of a kind we do not read, or its resolution is neither stated nor given.
    """
    if um_per_px is not None and not PLAUSIBLE_UM[0] <= um_per_px <= PLAUSIBLE_UM[1]:
        raise InputError(f"um_per_px must lie between {PLAUSIBLE_UM[0]} and {PLAUSIBLE_UM[1]}, got {um_per_px}")
    reader, source = open_source(path, probe(path))
    stated = _plausible(path, source.stated_um)
    resolution = stated or um_per_px
    if resolution is None:
        raise InputError(
            f"{path.name} states no resolution; give it as `um_per_px` under [images] in cohort.toml "
            "(or --um-per-px): about 0.25 for 40x, 0.5 for 20x"
        )
    width, height = source.size
    return Slide(
        path=path,
        reader=reader,
        width=width,
        height=height,
        um_per_px=resolution,
        um_source="file" if stated else "given",
        levels=source.levels,
        _source=source,
    )


def _plausible(path: Path, stated: tuple[float, float] | None) -> float | None:
    """The stated resolution, unless no scanner could mean it.

    Raises:
        InputError: pixels are not square.
    """
    if stated is None or not PLAUSIBLE_UM[0] <= stated[0] <= PLAUSIBLE_UM[1]:
        return None
    across, down = stated
    if abs(down / across - 1) > _ANISOTROPY:
        raise InputError(f"{path.name} has oblong pixels ({across:.4g} by {down:.4g} um); export the slide again")
    return across
