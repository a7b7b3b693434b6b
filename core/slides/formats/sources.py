"""Readers of slide files behind one small face: which stored tiles there are, and their pixels.

The reader is named, chosen from the file's structure: large_image's own choice falls back to a reader that draws what a
truncated file lacks in black, and knows one that opens other files of the machine.
"""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import large_image.config
import numpy as np
import PIL.Image
from cachetools import LRUCache
from jaxtyping import UInt8
from large_image.exceptions import TileSourceError
from large_image_source_openslide import OpenslideFileTileSource

from core.errors import InputError
from core.slides.formats.probe import WHOLE_READ_PX, Probe
from core.slides.formats.tiff import Directory

# large_image lifts Pillow's guard against decompression bombs for the whole process when it is imported.
PIL.Image.MAX_IMAGE_PIXELS = WHOLE_READ_PX
# Left alone, it would look for a memcached or Redis server to put patients' tiles into.
large_image.config.setConfig("cache_backend", "python")

TiffFileTileSource: type[Any] | None = None
# Reads 5x faster than OpenSlide, but needs the system's libtiff, which not every machine has.
with contextlib.suppress(ImportError, OSError):
    from large_image_source_tiff import TiffFileTileSource

ReaderName = Literal["tiff", "openslide", "pillow"]

_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE = 1, 5, 7, 8, 32946
_DECODED_BY_LIBTIFF = (_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE)
_COLOUR_MODES = ("RGB", "RGBA", "P", "YCbCr", "CMYK")
_CACHE_BYTES = 96 << 20
"""Decoded stored tiles kept of an open slide: neighbouring tiles share them."""
_WHITE = 255

Tile = UInt8[np.ndarray, "h w 3"]


@runtime_checkable
class Source(Protocol):
    """An open slide file."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in level-0 pixels."""
        ...

    @property
    def levels(self) -> tuple[float, ...]:
        """Level-0 pixels per pixel of each stored level, finest first; the first is 1."""
        ...

    @property
    def tile_px(self) -> tuple[int, int]:
        """Width and height of a stored tile, the same at all levels."""
        ...

    @property
    def stated_um(self) -> tuple[float, float] | None:
        """Micrometres per level-0 pixel across and down, as the file states them."""
        ...

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        """A stored tile; at the edge it may be wider than the image or narrower than the rest.

        Raises:
            InputError: its data cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...


def open_source(path: Path, found: Probe) -> tuple[ReaderName, Source]:
    """The file, opened by the reader that suits its structure.

    Raises:
        InputError: the reader refuses it.
    """
    reader = choose_reader(found)
    return reader, _open_picture(path, found) if reader == "pillow" else _open_tiles(path, found, reader)


def choose_reader(found: Probe) -> ReaderName:
    """The reader that decodes this structure truly: chosen from what is there, never by trying all."""
    if not found.tiled and not any(image.ndpi for image in found.directories):
        return "pillow"
    return "tiff" if TiffFileTileSource is not None and _plain(found) else "openslide"


def _plain(found: Probe) -> bool:
    """Whether libtiff reads every level as it is: known compression, levels that halve, nothing left out."""
    first, tiled = found.directories[0], [image for image in found.directories if image.tiled]
    return (
        first.contiguous
        and first.samples == 3
        and first.compression in _DECODED_BY_LIBTIFF
        and not first.ndpi
        # Tiles that a scanner skipped come out black from libtiff; OpenSlide knows them as background.
        and not any(image.empty for image in tiled)
        and all(_halvings(image, found) is not None for image in tiled)
    )


def _halvings(image: Directory, found: Probe) -> int | None:
    """How often the full image was halved to get this one; None when it is something else."""
    step = max(0, round(math.log2(found.width / image.width)))
    near = abs(found.width / 2**step - image.width) <= 1 and abs(found.height / 2**step - image.height) <= 1
    return step if near and image.tiled else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Picture:
    """A picture that is decoded in one piece: a single tile."""

    pixels: Tile
    stated_um: tuple[float, float] | None

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def tile_px(self) -> tuple[int, int]:
        return self.size

    @property
    def levels(self) -> tuple[float, ...]:
        return (1.0,)

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        assert (column, row, level) == (0, 0, 0)
        return self.pixels

    def close(self) -> None:
        """Nothing is held: the picture was read whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tiles:
    """A pyramid of stored tiles, read by large_image."""

    path: Path
    source: Any
    levels: tuple[float, ...]
    stated_um: tuple[float, float] | None

    @property
    def size(self) -> tuple[int, int]:
        return int(self.source.sizeX), int(self.source.sizeY)

    @property
    def tile_px(self) -> tuple[int, int]:
        return int(self.source.tileWidth), int(self.source.tileHeight)

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        z = int(self.source.levels) - 1 - round(math.log2(self.levels[level]))
        what = f"at column {column}, row {row} of level {level}"
        return _decoded(self.path, lambda: self.source.getTile(column, row, z, numpyAllowed="always"), what)

    def close(self) -> None:
        """The source's file closes when the source is collected; its tiles go at once."""
        self.source.cache.clear()


def _open_picture(path: Path, found: Probe) -> _Picture:
    def read() -> np.ndarray:
        with PIL.Image.open(path, formats=("TIFF", "JPEG", "PNG")) as image:
            if image.mode not in _COLOUR_MODES:
                raise ValueError(f"its pixels are {image.mode}, not colours")
            return np.asarray(image if image.mode in ("RGB", "RGBA") else image.convert("RGB"))

    um = found.directories[0].um_per_px if found.directories else None
    return _Picture(pixels=_decoded(path, read, "as a picture"), stated_um=(um, um) if um else None)


def _open_tiles(path: Path, found: Probe, reader: ReaderName) -> _Tiles:
    source = _large_image(path, reader)
    native = source.getNativeMagnification()
    across, down = native["mm_x"], native["mm_y"]
    um = found.directories[0].um_per_px
    stated = (float(across) * 1e3, float(down or across) * 1e3) if across else ((um, um) if um else None)
    return _Tiles(path=path, source=source, levels=_levels(int(source.levels), found), stated_um=stated)


def _levels(count: int, found: Probe) -> tuple[float, ...]:
    """Scales of the levels that are stored, when they halve: readers make up those between, each its own way.

    A vendor's own layout (NDPI, or levels a third in size) is only known to OpenSlide, which then gives all of them.
    """
    stored = {_halvings(image, found) for image in found.directories if image.tiled}
    known = found.tiled and None not in stored
    return tuple(2.0**step for step in range(count) if not known or step in stored)


def _large_image(path: Path, reader: ReaderName) -> Any:
    """A large_image source of the named class."""
    kind: Any = TiffFileTileSource if reader == "tiff" else OpenslideFileTileSource
    try:
        # ICC off: one colour policy for training and serving.
        source = kind(str(path), noCache=True, style={"icc": False})
    except (TileSourceError, OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be opened as a slide ({error}); export it as pyramidal TIFF") from error
    # large_image's own cache is one for the process, keyed by path: a new file under an old name would show old pixels.
    source.cache, source.cache_lock = LRUCache(_CACHE_BYTES, getsizeof=_cache_bytes), None
    return source


def _cache_bytes(tile: object) -> int:
    """Size in the cache; what is no array is too large to keep."""
    return tile.nbytes if isinstance(tile, np.ndarray) else _CACHE_BYTES + 1


def _decoded(path: Path, read: Callable[[], np.ndarray], what: str) -> Tile:
    """What a reader returns, as RGB; its errors turned into ours."""
    try:
        return _rgb(read())
    except (TileSourceError, OSError, ValueError, RuntimeError, PIL.Image.DecompressionBombError) as error:
        raise InputError(f"{path.name} cannot be decoded {what} ({error}); copy or export the slide again") from error


def _rgb(tile: np.ndarray) -> Tile:
    """Three channels; transparent pixels, which nothing was scanned for, become white."""
    if tile.ndim != 3 or tile.shape[2] not in (3, 4) or tile.dtype != np.uint8:
        raise ValueError(f"pixels of shape {tile.shape} and type {tile.dtype}")
    if tile.shape[2] == 3:
        return tile
    alpha = tile[:, :, 3:].astype(np.uint16)
    return ((tile[:, :, :3] * alpha + _WHITE * (255 - alpha)) // 255).astype(np.uint8)
