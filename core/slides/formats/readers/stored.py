"""Tiled TIFF, read tile by tile as it is stored: its own bytes, decoded once by imagecodecs as tifffile directs it.

Reads at the rate of the decoder (`benchmarks/reading.py`), needs no system library, and knows JPEG2000 as Aperio
writes it. large_image's libtiff source was used before: it decodes JPEG tiles that carry their own tables by Pillow, at
a third of the rate, and leaves JPEG2000 out.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import tifffile

from core.slides.formats.probe import Probe
from core.slides.formats.readers.pages import open_pages, read_page, read_tile
from core.slides.formats.source import Stated, Tile, decoded, place, scale_of
from core.slides.formats.tiff import Directory

_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE = 1, 5, 7, 8, 32946
_APERIO_YCBCR, _APERIO_RGB, _JPEG2000 = 33003, 33005, 34712
_PACKBITS, _ZSTD, _WEBP = 32773, 50000, 50001
_DECODED = (
    *(_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _ZSTD, _WEBP),
    *(_APERIO_YCBCR, _APERIO_RGB, _JPEG2000),
)


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
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        return tuple((page.imagewidth, page.imagelength) for page in self.pages)

    @property
    def parallel(self) -> bool:
        return True

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        page = self.pages[level]
        index = row * -(-page.imagewidth // page.tilewidth) + column
        return decoded(self.path, lambda: self._pixels(page, index), place(column, row, level))

    def _pixels(self, page: tifffile.TiffPage, index: int) -> np.ndarray:
        pixels = read_tile(self.file, page, index)
        if pixels is None:
            raise ValueError("the tile is empty")
        return _in_rgb(pixels) if page.compression == _APERIO_YCBCR else pixels

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
    file, pages = open_pages(path, levels)
    return StoredTiles(
        path=path,
        file=file,
        pages=pages,
        levels=tuple(scale_of((found.width, found.height), (image.width, image.height)) for image in levels),
        stated=found.stated,
        beside={name: image.offset for name, image in found.beside.items()},
    )


def _in_rgb(pixels: np.ndarray) -> np.ndarray:
    """Full-range YCbCr as RGB."""
    height, width, _ = pixels.shape
    return np.asarray(PIL.Image.frombytes("YCbCr", (width, height), pixels.tobytes()).convert("RGB"))


def _levels(found: Probe) -> tuple[Directory, ...]:
    """The full image and its reduced copies: tiles of its size, sides in its proportion, finest first."""
    first = found.directories[0]
    beside = {image.offset for image in found.beside.values()}
    copies = {
        round(scale_of((found.width, found.height), (image.width, image.height)) * 1000): image
        for image in reversed(found.directories)  # of several of one size (focal planes) the first counts
        if image.tiled and image.offset not in beside and _is_copy(image, first)
    }
    return tuple(image for _, image in sorted(copies.items()))


def _is_copy(image: Directory, first: Directory) -> bool:
    same_tiles = (image.tile_width, image.tile_height) == (first.tile_width, first.tile_height)
    scale = first.width / image.width
    return same_tiles and scale >= 1 and abs(first.height / scale - image.height) <= 2
