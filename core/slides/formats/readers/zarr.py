"""OME-Zarr through the zarr package. Slow to import."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr
import zarr.errors
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

from core.errors import InputError
from core.slides.formats.ngff import Ngff
from core.slides.formats.source import Stated, Tile, decoded, place, scale_of


class _Inside(LocalStore):
    """The files of a folder; a link that leads out of it is an error."""

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        if not (self.root / key).resolve().is_relative_to(self.root):
            raise ValueError(f"{key} lies outside the folder")
        return await super().get(key, prototype, byte_range)


@dataclass(frozen=True, kw_only=True, slots=True)
class ZarrTiles:
    """An open OME-Zarr image; chunks that are missing have the fill value."""

    path: Path
    arrays: tuple[Any, ...]
    """One a level, finest first."""
    axes: str
    size: tuple[int, int]
    tile_px: tuple[int, int]
    levels: tuple[float, ...]
    stated: Stated

    @property
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        return tuple((array.shape[self.axes.index("x")], array.shape[self.axes.index("y")]) for array in self.arrays)

    @property
    def parallel(self) -> bool:
        return True

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        return decoded(self.path, lambda: self._pixels(column, row, level), place(column, row, level))

    def _pixels(self, column: int, row: int, level: int) -> np.ndarray:
        width, height = self.tile_px
        spans = {
            "x": slice(column * width, (column + 1) * width),
            "y": slice(row * height, (row + 1) * height),
            "c": slice(None),
        }
        try:
            part = np.asarray(self.arrays[level][tuple(spans.get(axis, 0) for axis in self.axes)])
        except (KeyError, TypeError, zarr.errors.BaseZarrError) as error:
            raise ValueError(str(error)) from error
        left = [axis for axis in self.axes if axis in spans]
        return np.ascontiguousarray(part.transpose([left.index(axis) for axis in "yxc"]))

    def associated(self, name: str) -> Tile:
        raise AssertionError(f"an OME-Zarr image has none beside it, asked for {name}")

    def close(self) -> None:
        """Files are opened one at a time, for one chunk each."""


def open_zarr(path: Path, found: Ngff) -> ZarrTiles:
    """The image of the folder.

    Raises:
        InputError: zarr refuses its metadata.
    """
    store = _Inside(path.resolve(), read_only=True)
    try:
        arrays = tuple(
            zarr.open_array(store, path=level.path, mode="r", zarr_format=found.zarr_format) for level in found.levels
        )
    except (OSError, ValueError, KeyError, TypeError, zarr.errors.BaseZarrError) as error:
        raise InputError(f"{path.name} cannot be opened as OME-Zarr ({error}); export the slide again") from error
    first = found.levels[0]
    size = (first.width, first.height)
    return ZarrTiles(
        path=path,
        arrays=arrays,
        axes=found.axes,
        size=size,
        tile_px=(first.chunk_width, first.chunk_height),
        levels=tuple(scale_of(size, (level.width, level.height)) for level in found.levels),
        stated=Stated(um=found.um),
    )
