"""An open slide and its tiles as JPEG: as they are stored where that can be sent, else decoded and encoded anew."""

import io
import math
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import PIL.Image

from core.slides import Probe, Slide, open_slide, probe
from core.slides.formats.sources import choose_reader
from dashboard.viewer.libtiff import StoredJpegError, StoredJpegs, has_libtiff

TILE_PX = 256
QUALITY = 90
THUMBNAIL_PX = 1024
KEPT_BYTES = 16 << 20
"""Decoded stored tiles that an open slide keeps: those around the last one sent."""
OVERVIEW_PX = 4096
"""Longer side of the picture that stands in for levels a slide lacks."""
_GAP = 4
"""Most times a stored level is reduced for a tile: beyond, each would need more than 16 stored ones."""
_OPENSLIDE_BYTES = 96 << 20
_JPEG = 7
"""TIFF's number for tiles stored as JPEG."""
_STORED_SIDES = range(128, 1025)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a slide once it was opened. Level 0 is the smallest, each next one twice as large."""

    width: int
    height: int
    """Level-0 pixels of the scan."""
    tile_px: int
    levels: int
    um_per_px: float | None
    """As the file states it."""
    name: str
    """Of what reads the tiles."""
    alone: bool
    """Whether it takes so much memory that it is opened once only."""
    weight: int
    """Most bytes it takes while it is open."""

    def scale(self, level: int) -> int:
        """Pixels of the scan for a pixel of a level."""
        return 2 ** (self.levels - 1 - level)

    def holds(self, level: int, column: int, row: int) -> bool:
        """Whether there is such a tile."""
        if not 0 <= level < self.levels:
            return False
        side = self.tile_px * self.scale(level)
        return 0 <= column * side < self.width and 0 <= row * side < self.height


class Reader(Protocol):
    """An open slide, for one thread at a time."""

    @property
    def facts(self) -> Facts:
        """Its size and tiles."""
        ...

    def tile(self, level: int, column: int, row: int) -> bytes:
        """One of the tiles that it holds, as JPEG, cropped at the edge.

        Raises:
            InputError: the file's data cannot be decoded there.
        """
        ...

    def thumbnail(self) -> bytes:
        """The whole slide as JPEG, at most THUMBNAIL_PX on its longer side.

        Raises:
            InputError: the file's data cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...


class DecodedSlide:
    """A slide whose tiles are decoded by the reader that its structure asks for."""

    def __init__(self, slide: Slide, *, tile_px: int = TILE_PX) -> None:
        self._slide = slide
        longer = max(slide.width, slide.height)
        levels = 1 + max(0, math.ceil(math.log2(longer / tile_px)))
        # where no stored level is near that of a tile, a picture of the whole slide is made once
        self._overview_scale = 2 ** max(0, math.ceil(math.log2(longer / OVERVIEW_PX)))
        lacks = any(self._lacks(2**step) for step in range(levels))
        self.facts = Facts(
            width=slide.width,
            height=slide.height,
            tile_px=tile_px,
            levels=levels,
            um_per_px=None if slide.um_source == "given" else slide.um_per_px,
            name=slide.reader,
            alone=lacks or slide.reader == "pillow",
            weight=_weight(slide) + (3 * OVERVIEW_PX**2 if lacks else 0),
        )

    def tile(self, level: int, column: int, row: int) -> bytes:
        assert self.facts.holds(level, column, row), "asked for a tile beyond the slide"
        scale = self.facts.scale(level)
        side = self.facts.tile_px * scale
        x, y = column * side, row * side
        width, height = min(side, self.facts.width - x), min(side, self.facts.height - y)
        size = math.ceil(width / scale), math.ceil(height / scale)
        if self._lacks(scale):
            return jpeg(self._of_overview((x, y, x + width, y + height), size))
        pixels = self._slide.region(x=x, y=y, side_px_w=width, side_px_h=height, out_w=size[0], out_h=size[1])
        return jpeg(PIL.Image.fromarray(pixels))

    def thumbnail(self) -> bytes:
        if not any(self._lacks(self.facts.scale(level)) for level in range(self.facts.levels)):
            return jpeg(PIL.Image.fromarray(self._slide.thumbnail(THUMBNAIL_PX)))
        picture = self._overview.copy()
        picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        return jpeg(picture)

    def close(self) -> None:
        self._slide.__exit__(None, None, None)

    def _lacks(self, scale: int) -> bool:
        """Whether tiles of this scale are taken from the overview, for want of a stored level."""
        return scale >= self._overview_scale and scale > _GAP * self._slide.levels[self._slide.level_for(scale)]

    @cached_property
    def _overview(self) -> PIL.Image.Image:
        longer = max(self.facts.width, self.facts.height)
        return PIL.Image.fromarray(self._slide.thumbnail(math.ceil(longer / self._overview_scale)))

    def _of_overview(self, box: tuple[int, int, int, int], size: tuple[int, int]) -> PIL.Image.Image:
        """A part of the slide, from the overview; its box in pixels of the scan."""
        across, down = self._overview.width / self.facts.width, self._overview.height / self.facts.height
        left, top, right, bottom = box
        here = (left * across, top * down, right * across, bottom * down)
        return self._overview.resize(size, PIL.Image.Resampling.HAMMING, box=here)


class StoredTiles:
    """A TIFF whose JPEG tiles are sent as they lie in the file; those at its edges, and levels it lacks, are made."""

    def __init__(self, path: Path, slide: Slide, *, tile_px: int) -> None:
        self._decoded = DecodedSlide(slide, tile_px=tile_px)
        facts = self._decoded.facts
        self._jpegs = StoredJpegs(path)
        same = (self._jpegs.size, self._jpegs.tile_px, self._jpegs.levels)
        if same != ((facts.width, facts.height), (tile_px, tile_px), facts.levels) or not self._jpegs.untouched:
            self._jpegs.close()
            raise StoredJpegError("large_image sees another pyramid, or would encode its tiles anew")
        self._stored = {level for level in range(facts.levels) if facts.scale(level) in slide.levels}
        self.facts = replace(facts, name="large_image tiff")

    def tile(self, level: int, column: int, row: int) -> bytes:
        if level in self._stored and self._is_whole(level, column, row):
            # a tile without an end marker, which some scanners leave out, is decoded; or refused, if it is damaged
            with suppress(StoredJpegError):
                return self._jpegs.tile(level, column, row)
        return self._decoded.tile(level, column, row)

    def thumbnail(self) -> bytes:
        return self._decoded.thumbnail()

    def close(self) -> None:
        self._jpegs.close()
        self._decoded.close()

    def _is_whole(self, level: int, column: int, row: int) -> bool:
        side = self.facts.tile_px * self.facts.scale(level)
        return (column + 1) * side <= self.facts.width and (row + 1) * side <= self.facts.height


def jpeg(picture: PIL.Image.Image) -> bytes:
    """A picture in RGB as JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=QUALITY)
    return buffer.getvalue()


def open_reader(path: Path) -> Reader:
    """The slide, opened by the reader that suits its structure; never by trying all.

    Raises:
        InputError: the file is damaged or of a kind we do not read.
    """
    found = probe(path)
    # places are in pixels, so a slide without resolution needs none here
    slide = open_slide(path, um_per_px=1.0, kept_bytes=KEPT_BYTES)
    if _stored_as_jpeg(found) and has_libtiff():
        # what large_image reads otherwise than we do is decoded
        with suppress(StoredJpegError):
            return StoredTiles(path, slide, tile_px=found.directories[0].tile_width)
    return DecodedSlide(slide)


def _stored_as_jpeg(found: Probe) -> bool:
    """Whether browsers may be able to show the tiles as they lie in the file."""
    if choose_reader(found) != "tiff":
        return False
    first = found.directories[0]
    square = first.tile_width == first.tile_height and first.tile_width in _STORED_SIDES
    return first.compression == _JPEG and square


def _weight(slide: Slide) -> int:
    """Most bytes an open slide takes: a picture is held whole."""
    held = {"pillow": 3 * slide.width * slide.height, "openslide": _OPENSLIDE_BYTES}
    return KEPT_BYTES + held.get(slide.reader, 0)
