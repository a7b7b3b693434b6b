"""Images of a TIFF by tifffile, each found by the place of its directory; the probe has looked at all of them."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tifffile

from core.errors import InputError
from core.slides.formats.tiff import Directory

_DAMAGED = (tifffile.TiffFileError, TypeError, KeyError, IndexError, ZeroDivisionError, AttributeError)
"""What tifffile raises, besides ValueError and RuntimeError, at tags that make no sense."""


def open_pages(path: Path, images: Sequence[Directory]) -> tuple[tifffile.TiffFile, tuple[tifffile.TiffPage, ...]]:
    """The open file, and its images as tifffile sees them.

    Raises:
        InputError: tifffile refuses the file.
    """
    file: tifffile.TiffFile | None = None
    try:
        file = tifffile.TiffFile(path)
        return file, tuple(_same(_page(file, image.offset), image) for image in images)
    except (OSError, ValueError, RuntimeError, *_DAMAGED) as error:
        if file is not None:
            file.close()
        raise InputError(f"{path.name} cannot be opened as a slide ({error}); export it as pyramidal TIFF") from error


def read_tile(file: tifffile.TiffFile, page: tifffile.TiffPage, index: int) -> np.ndarray | None:
    """A stored tile as (height, width, channels); None where nothing is stored.

    Raises:
        ValueError: it cannot be decoded.
    """
    try:
        data = os.pread(file.filehandle.fileno(), page.databytecounts[index], page.dataoffsets[index])
        pixels, _, _ = page.decode(data, index, jpegtables=page.jpegtables)
    except _DAMAGED as error:
        raise ValueError(str(error)) from error
    return None if pixels is None else pixels[0]


def read_page(path: Path, offset: int) -> np.ndarray:
    """All pixels of the image whose directory lies at `offset`.

    Raises:
        ValueError: it cannot be decoded.
    """
    with tifffile.TiffFile(path) as file:
        try:
            return _page(file, offset).asarray()
        except _DAMAGED as error:
            raise ValueError(str(error)) from error


def _same(page: tifffile.TiffPage, image: Directory) -> tifffile.TiffPage:
    """The page itself, which has the sizes that the probe found and held against the file's."""
    seen = (page.imagewidth, page.imagelength, page.tilewidth, page.tilelength, page.samplesperpixel)
    if seen != (image.width, image.height, image.tile_width, image.tile_height, image.samples):
        raise ValueError(f"its sizes are read as {seen}")
    return page


def _page(file: tifffile.TiffFile, offset: int) -> tifffile.TiffPage:
    file.filehandle.seek(offset)
    return tifffile.TiffPage(file, index=0)
