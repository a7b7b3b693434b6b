"""Tiles sent as they lie in a TIFF, not decoded: by large_image's source of that name, over the system's libtiff.

large_image reads the directories of a file through a cache that is known by the file's name alone, and no lock guards
it: so here one thread at a time opens and reads, and nothing of another file of the same name is left behind. Reading a
stored tile takes some 30 us, so nobody waits long.
"""

import threading
from pathlib import Path
from typing import Any

import PIL.Image

_ONE_AT_A_TIME = threading.Lock()
_TABLES = (b"\xff\xdb", b"\xff\xc4")
"""Begin a tile that large_image puts together from the file's tables and what is stored; encoders begin otherwise."""


class StoredJpegError(Exception):
    """large_image cannot give a tile as it is stored."""


class StoredJpegs:
    """A pyramid whose stored tiles are JPEG. Level 0 is the smallest.

    Raises:
        StoredJpegError: large_image does not open it.
    """

    def __init__(self, path: Path) -> None:
        with _ONE_AT_A_TIME:
            package = _package()
            package._cached_read_tiff.cache_clear()
            try:
                self._source: Any = package.TiffFileTileSource(str(path), noCache=True, encoding="JPEG", edge="crop")
            except _errors() as error:
                raise StoredJpegError from error
        self.size = int(self._source.sizeX), int(self._source.sizeY)
        self.tile_px = int(self._source.tileWidth), int(self._source.tileHeight)
        self.levels = int(self._source.levels)

    @property
    def untouched(self) -> bool:
        """Whether tiles come as they lie in the file; large_image encodes those anew that carry tables of their own."""
        return self.tile(self.levels - 1, 0, 0)[2:4] in _TABLES

    def tile(self, level: int, column: int, row: int) -> bytes:
        """One tile that lies wholly on the scan.

        Raises:
            StoredJpegError: it is none, or carries no end.
        """
        with _ONE_AT_A_TIME:
            try:
                return bytes(self._source.getTile(column, row, level))
            except _errors() as error:
                raise StoredJpegError from error

    def close(self) -> None:
        """The file is let go of with the object: large_image has no other way."""
        self._source = None


def has_libtiff() -> bool:
    """The system's libtiff is not on every machine; without it our own reader decodes the same tiles."""
    with _ONE_AT_A_TIME:
        try:
            _package()
        except ImportError:
            return False
        return True


def _package() -> Any:
    # importing large_image lifts Pillow's bound on the size of pictures for the whole process
    bound = PIL.Image.MAX_IMAGE_PIXELS
    try:
        import large_image_source_tiff
        from large_image.config import setConfig
    finally:
        PIL.Image.MAX_IMAGE_PIXELS = bound
    # pixels as they are stored, which is what models learn from
    setConfig("icc_correction", False)
    return large_image_source_tiff


def _errors() -> tuple[type[Exception], ...]:
    from large_image.exceptions import TileGeneralError
    from large_image_source_tiff.exceptions import TiffError

    return (TileGeneralError, TiffError, OSError, ValueError)
