"""Tiled TIFF whose colours lie apart: planes within an image, or an image for each, as Bio-Formats writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from core.slides.formats.probe import Probe
from core.slides.formats.readers.pages import open_pages, read_page, read_tile
from core.slides.formats.source import Stated, Tile, decoded, place, scale_of
from core.slides.formats.tiff import Directory

_COLOURS, _WHITE = 3, 255


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneTiles:
    """A pyramid of stored tiles of one colour each."""

    path: Path
    file: tifffile.TiffFile
    pages: tuple[tuple[tifffile.TiffPage, ...], ...]
    """Of each level the pages of red, green and blue; the same page three times where it holds all planes."""
    levels: tuple[float, ...]
    stated: Stated
    beside: dict[str, int]
    """Offsets of the directories of the images beside the scan."""

    @property
    def size(self) -> tuple[int, int]:
        return self.pages[0][0].imagewidth, self.pages[0][0].imagelength

    @property
    def tile_px(self) -> tuple[int, int]:
        return self.pages[0][0].tilewidth, self.pages[0][0].tilelength

    @property
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        return tuple((level[0].imagewidth, level[0].imagelength) for level in self.pages)

    @property
    def parallel(self) -> bool:
        return True

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        def read() -> np.ndarray:
            return np.stack([self._plane(level, colour, column, row) for colour in range(_COLOURS)], axis=-1)

        return decoded(self.path, read, place(column, row, level))

    def _plane(self, level: int, colour: int, column: int, row: int) -> np.ndarray:
        page = self.pages[level][colour]
        across, down = -(-page.imagewidth // page.tilewidth), -(-page.imagelength // page.tilelength)
        index = row * across + column + (colour * across * down if page.samplesperpixel == _COLOURS else 0)
        pixels = read_tile(self.file, page, index)
        if pixels is None:
            return np.full((page.tilelength, page.tilewidth), _WHITE, dtype=np.uint8)
        return pixels[:, :, 0]

    def associated(self, name: str) -> Tile:
        return decoded(self.path, lambda: read_page(self.path, self.beside[name]), f"in its image {name}")

    def close(self) -> None:
        self.file.close()


def open_planes(path: Path, found: Probe) -> PlaneTiles:
    """The slide, opened by tifffile; the probe has checked that all data lie in the file.

    Raises:
        InputError: tifffile refuses the file.
    """
    levels = found.planes or tuple((image,) * _COLOURS for image in _separate(found))
    file, pages = open_pages(path, [image for level in levels for image in level])
    size = found.width, found.height
    return PlaneTiles(
        path=path,
        file=file,
        pages=tuple(pages[start : start + _COLOURS] for start in range(0, len(pages), _COLOURS)),
        levels=tuple(scale_of(size, (level[0].width, level[0].height)) for level in levels),
        stated=found.stated,
        beside={name: image.offset for name, image in found.beside.items()},
    )


def _separate(found: Probe) -> Sequence[Directory]:
    """The full image and its reduced copies with tiles of its size, finest first."""
    first = found.directories[0]
    beside = {image.offset for image in found.beside.values()}
    copies = {
        image.width: image
        for image in found.directories
        if image.offset not in beside
        and not image.contiguous
        and image.samples == _COLOURS
        and (image.tile_width, image.tile_height) == (first.tile_width, first.tile_height)
        and abs(first.height / first.width * image.width - image.height) <= 2
    }
    return [image for _, image in sorted(copies.items(), reverse=True)]
