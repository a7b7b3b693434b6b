"""What every reader gives of an open slide: which stored tiles there are, and their pixels."""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import PIL.Image
from jaxtyping import UInt8

from core.errors import InputError

_WHITE = 255
_DAMAGED = (
    OSError,
    ValueError,
    RuntimeError,
    SyntaxError,  # Pillow, at a broken PNG
    EOFError,
    LookupError,
    TypeError,
    struct.error,
    zlib.error,
    PIL.Image.DecompressionBombError,
)
"""What decoders raise at data that are not what they should be."""

Tile = UInt8[np.ndarray, "h w 3"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """What a slide file says about itself."""

    um: tuple[float, float] | None = None
    """Micrometres per level-0 pixel, across and down."""
    magnification: float | None = None
    """Power of the objective."""
    associated: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """Width and height of the images beside the scan (label, macro, thumbnail), by name."""


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
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        """Width and height of each stored level; many writers round down what does not divide evenly."""
        ...

    @property
    def tile_px(self) -> tuple[int, int]:
        """Width and height of a stored tile, the same at all levels."""
        ...

    @property
    def parallel(self) -> bool:
        """Whether several threads may ask for tiles at once."""
        ...

    @property
    def stated(self) -> Stated:
        """What the file says about itself."""
        ...

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        """A stored tile; at the edge it may be wider than the image or narrower than the rest.

        Raises:
            InputError: its data cannot be decoded.
        """
        ...

    def associated(self, name: str) -> Tile:
        """An image beside the scan, one of `stated.associated`.

        Raises:
            InputError: its data cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...


def decoded(path: Path, read: Callable[[], np.ndarray], what: str) -> Tile:
    """What a reader returns, as RGB; its errors turned into ours.

    Raises:
        InputError: the reader fails, or what it returns is no 8-bit colour image.
    """
    try:
        return _rgb(read())
    except _DAMAGED as error:
        raise InputError(f"{path.name} cannot be decoded {what} ({error}); copy or export the slide again") from error


def place(column: int, row: int, level: int) -> str:
    """How a tile is called in errors."""
    return f"at column {column}, row {row} of level {level}"


def scale_of(whole: tuple[int, int], level: tuple[int, int]) -> float:
    """Level-0 pixels per pixel of a level.

    Rounding of sizes makes their ratio 4.0003 for a level that was reduced by 4: over 100,000 pixels that would be
    eight pixels off.
    """
    ratio = max(1.0, (whole[0] / level[0] + whole[1] / level[1]) / 2)
    near = round(ratio)
    exact = all(abs(full / near - part) <= 1 for full, part in zip(whole, level, strict=True))
    return float(near) if exact else ratio


def _rgb(tile: np.ndarray) -> Tile:
    """Three channels; transparent pixels, which nothing was scanned for, become white."""
    if tile.ndim != 3 or tile.shape[2] not in (3, 4) or tile.dtype != np.uint8:
        raise ValueError(f"pixels of shape {tile.shape} and type {tile.dtype}")
    if tile.shape[2] == 3:
        return tile
    alpha = tile[:, :, 3:].astype(np.uint16)
    return ((tile[:, :, :3] * alpha + _WHITE * (255 - alpha)) // 255).astype(np.uint8)
