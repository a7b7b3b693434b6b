"""Tiled TIFF, read tile by tile as it is stored: its own bytes, decoded once by imagecodecs as tifffile directs it.

Reads at the rate of the decoder (`benchmarks/reading.py`), needs no system library, and knows JPEG2000 as Aperio
writes it. large_image's libtiff source was used before: it decodes JPEG tiles that carry their own tables by Pillow, at
a third of the rate, and leaves JPEG2000 out.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import tifffile

from core.errors import InputError
from core.slides.formats.probe import Probe
from core.slides.formats.readers.pages import read_page
from core.slides.formats.source import Stated, Tile, decoded, place
from core.slides.formats.tiff import Directory

_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE = 1, 5, 7, 8, 32946
_APERIO_YCBCR, _APERIO_RGB, _JPEG2000 = 33003, 33005, 34712
_DECODED = (_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _APERIO_YCBCR, _APERIO_RGB, _JPEG2000)
_DAMAGED = (tifffile.TiffFileError, TypeError, KeyError, IndexError, ZeroDivisionError)
"""What tifffile raises, besides ValueError and RuntimeError, at tags that make no sense."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredTiles:
    """A pyramid of stored tiles."""

    path: Path
    file: tifffile.TiffFile
    pages: tuple[tifffile.TiffPage, ...]
    """One a level, finest first."""
    levels: tuple[float, ...]
    stated: Stated
    beside: dict[str, int]
    """Offsets of the directories of the images beside the scan."""

    @property
    def size(self) -> tuple[int, int]:
        return self.pages[0].imagewidth, self.pages[0].imagelength

    @property
    def tile_px(self) -> tuple[int, int]:
        return self.pages[0].tilewidth, self.pages[0].tilelength

    @property
    def parallel(self) -> bool:
        return True

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        page = self.pages[level]
        index = row * -(-page.imagewidth // page.tilewidth) + column
        return decoded(self.path, lambda: self._pixels(page, index), place(column, row, level))

    def _pixels(self, page: tifffile.TiffPage, index: int) -> np.ndarray:
        data = os.pread(self.file.filehandle.fileno(), page.databytecounts[index], page.dataoffsets[index])
        try:
            pixels, _, _ = page.decode(data, index, jpegtables=page.jpegtables)
        except _DAMAGED as error:
            raise ValueError(str(error)) from error
        if pixels is None:
            raise ValueError("the tile is empty")
        return _in_rgb(pixels[0]) if page.compression == _APERIO_YCBCR else pixels[0]

    def associated(self, name: str) -> Tile:
        return decoded(self.path, lambda: read_page(self.path, self.beside[name]), f"in its image {name}")

    def close(self) -> None:
        self.file.close()


def reads_stored(found: Probe) -> bool:
    """Whether all levels can be read as they are stored: known compression, tiles of one size, nothing left out."""
    tiled = _levels(found)
    return all(
        image.contiguous
        and image.samples == 3
        and image.compression in _DECODED
        # What a scanner skipped is drawn by OpenSlide: as background, or from a coarser level.
        and not image.empty
        for image in tiled
    )


def open_stored(path: Path, found: Probe) -> StoredTiles:
    """The slide, opened by tifffile; the probe has checked that all data lie in the file.

    Raises:
        InputError: tifffile refuses the file.
    """
    levels = _levels(found)
    try:
        file = tifffile.TiffFile(path)
        pages = tuple(_page(file, image.offset) for image in levels)
    except (OSError, ValueError, *_DAMAGED) as error:
        raise InputError(f"{path.name} cannot be opened as a slide ({error}); export it as pyramidal TIFF") from error
    return StoredTiles(
        path=path,
        file=file,
        pages=pages,
        levels=tuple(_scale(image, found) for image in levels),
        stated=found.stated,
        beside={name: image.offset for name, image in found.beside.items()},
    )


def _in_rgb(pixels: np.ndarray) -> np.ndarray:
    """Full-range YCbCr as RGB."""
    height, width, _ = pixels.shape
    return np.asarray(PIL.Image.frombytes("YCbCr", (width, height), pixels.tobytes()).convert("RGB"))


def _page(file: tifffile.TiffFile, offset: int) -> tifffile.TiffPage:
    file.filehandle.seek(offset)
    return tifffile.TiffPage(file, index=0)


def _levels(found: Probe) -> tuple[Directory, ...]:
    """The full image and its reduced copies: tiles of its size, sides in its proportion, finest first."""
    first = found.directories[0]
    beside = {image.offset for image in found.beside.values()}
    copies = {
        round(_scale(image, found) * 1000): image
        for image in found.directories
        if image.tiled and image.offset not in beside and _is_copy(image, first)
    }
    return tuple(image for _, image in sorted(copies.items()))


def _is_copy(image: Directory, first: Directory) -> bool:
    same_tiles = (image.tile_width, image.tile_height) == (first.tile_width, first.tile_height)
    scale = first.width / image.width
    return same_tiles and scale >= 1 and abs(first.height / scale - image.height) <= 2


def _scale(image: Directory, found: Probe) -> float:
    """Level-0 pixels per pixel of a level: whole where the sizes are those of a whole reduction, rounded."""
    ratio = found.width / image.width
    near = round(ratio)
    exact = all(
        abs(full / near - part) <= 1 for full, part in ((found.width, image.width), (found.height, image.height))
    )
    return float(near) if exact else math.sqrt(ratio * found.height / image.height)
