"""An open slide: its size, its resolution, and any region of it at any scale."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
import PIL.Image
from jaxtyping import Int, UInt8

from core.errors import InputError
from core.slides.formats.decoded import KEPT_BYTES, DecodedTiles
from core.slides.formats.probe import probe
from core.slides.formats.resolution import UmSource, check_um, resolution
from core.slides.formats.source import Source, Tile
from core.slides.formats.sources import ReaderName, open_source

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
    um_source: UmSource
    """Where the resolution comes from: the user's table for this slide, the file, the manifest, or the objective."""
    magnification: float | None
    """Power of the objective, as the file states it."""
    associated: Mapping[str, tuple[int, int]]
    """Width and height of the images beside the scan (label, macro, thumbnail), by name.

    A label may name the patient."""
    levels: tuple[float, ...]
    """Level-0 pixels per pixel of each stored level, finest first; the first is 1."""
    _source: Source = field(repr=False)
    _tiles: DecodedTiles = field(repr=False)

    def __enter__(self) -> "Slide":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tiles.close()

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
        level = self.level_for(min(side_px_w / out_w, side_px_h / out_h))
        scale = self.levels[level]
        left, top, right, bottom = x / scale, y / scale, (x + side_px_w) / scale, (y + side_px_h) / scale
        corner = math.floor(left), math.floor(top)
        patch = np.empty((math.ceil(bottom) - corner[1], math.ceil(right) - corner[0], 3), dtype=np.uint8)
        self.read_level(level, *corner, into=patch)
        box = (left - corner[0], top - corner[1], right - corner[0], bottom - corner[1])
        # Hamming: as sharp as bicubic when reducing, without its overshoot at tissue edges, exact at 1:1.
        resized = PIL.Image.fromarray(patch).resize((out_w, out_h), PIL.Image.Resampling.HAMMING, box=box)
        return np.asarray(resized)

    def associated_image(self, name: str) -> Tile:
        """An image beside the scan.

        Raises:
            InputError: the slide has none of that name, or its data cannot be decoded.
        """
        if name not in self.associated:
            known = ", ".join(self.associated) or "none"
            raise InputError(f"{self.path.name} has no image named {name}; it has: {known}")
        return self._source.associated(name)

    def thumbnail(self, max_px: int) -> UInt8[np.ndarray, "h w 3"]:
        """The whole slide, longest side at most `max_px`, never enlarged. Made in bands, to bound memory."""
        shrink = max(1.0, max(self.width, self.height) / max_px)
        out_w, out_h = max(1, round(self.width / shrink)), max(1, round(self.height / shrink))
        scale = self.levels[self.level_for(min(self.width / out_w, self.height / out_h))]
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

    def level_for(self, wanted: Px) -> int:
        """The coarsest stored level that is still as fine as `wanted` level-0 pixels per pixel."""
        return max(index for index, scale in enumerate(self.levels) if index == 0 or scale <= wanted * 1.001)

    def read_level(self, level: int, left: int, top: int, *, into: UInt8[np.ndarray, "h w 3"]) -> None:
        """Fills an array with the pixels of a stored level from a corner on; white outside it.

        Each stored tile is decoded once while it is among the last that were needed.

        Args:
            level: index into `levels`.
            left: of the corner, pixels of that level.
            top: of the corner, pixels of that level.
            into: what is filled.

        Raises:
            InputError: the file's data cannot be decoded there.
        """
        width, height = self._source.level_sizes[level]
        right, bottom = min(left + into.shape[1], width), min(top + into.shape[0], height)
        if left < 0 or top < 0 or right - left < into.shape[1] or bottom - top < into.shape[0]:
            into.fill(_WHITE)
        tile_w, tile_h = self._source.tile_px
        for row in range(max(top, 0) // tile_h, -(-bottom // tile_h)):
            for column in range(max(left, 0) // tile_w, -(-right // tile_w)):
                tile_x, tile_y = column * tile_w, row * tile_h
                x, y = max(left, tile_x), max(top, tile_y)
                part = self._tiles[level, column, row][y - tile_y : bottom - tile_y, x - tile_x : right - tile_x]
                into[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]] = part
        self._repeat_edge(level, left, top, into=into)

    def _repeat_edge(self, level: int, left: int, top: int, *, into: UInt8[np.ndarray, "h w 3"]) -> None:
        """A level that was rounded down lacks the rest of a pixel that the slide still has: it is its last one's."""
        scale, (width, height) = self.levels[level], self._source.level_sizes[level]
        right, bottom = width - left, height - top
        if 0 < right < into.shape[1]:
            into[:, right : math.ceil(self.width / scale) - left] = into[:, right - 1 : right]
        if 0 < bottom < into.shape[0]:
            into[bottom : math.ceil(self.height / scale) - top] = into[bottom - 1 : bottom]

    def decode_ahead(self, level: int, corners: Int[np.ndarray, "n 2"], *, side_px: int, threads: int) -> None:
        """Begins to decode what squares of a stored level need, several stored tiles at a time.

        Args:
            level: index into `levels`.
            corners: (x, y) of the top-left corners, pixels of that level.
            side_px: of the squares.
            threads: that decode; with one, tiles are decoded when they are read.
        """
        size = np.asarray(self._source.level_sizes[level])
        stored = np.asarray(self._source.tile_px)
        first, last = np.maximum(corners, 0) // stored, (np.minimum(corners + side_px, size) - 1) // stored
        places = [
            (level, column, row)
            for (left, top), (right, bottom) in zip(first.tolist(), last.tolist(), strict=True)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]
        self._tiles.ahead(places, threads=threads)


def open_slide(
    path: Path, *, um_per_px: float | None = None, override: float | None = None, kept_bytes: int = KEPT_BYTES
) -> Slide:
    """A slide, opened by the reader that suits its structure.

    Args:
        path: the slide file.
        um_per_px: resolution to use where the file states none.
        override: resolution of this very slide, whatever its file states.
        kept_bytes: of stored tiles that stay decoded; less where many slides are open.

    Raises:
        InputError: the file is damaged or of a kind we do not read, or its resolution is neither stated nor given.
    """
    check_um(um_per_px, name="um_per_px")
    check_um(override, name="resolutions")
    reader, source = open_source(path, probe(path))
    try:
        um, um_source = resolution(path, source.stated, given=um_per_px, override=override)
    except InputError:
        source.close()
        raise
    width, height = source.size
    return Slide(
        path=path,
        reader=reader,
        width=width,
        height=height,
        um_per_px=um,
        um_source=um_source,
        magnification=source.stated.magnification,
        associated=source.stated.associated,
        levels=source.levels,
        _source=source,
        _tiles=DecodedTiles(source, kept_bytes=kept_bytes),
    )
