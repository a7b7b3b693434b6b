"""An image of a DICOM slide, and where each of its frames lies: fragments of the pixel data, within the file."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Int64

from core.errors import InputError
from core.slides.formats.window import Window

_PIXEL_DATA, _ITEM, _END = (0x7FE0, 0x0010), (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_UNDEFINED = 0xFFFFFFFF
_MAX_FRAMES = 1 << 24
Packing = Literal["raw", "jpeg", "jpeg2000"]
PACKINGS: Mapping[str, Packing] = {
    "1.2.840.10008.1.2.1": "raw",
    "1.2.840.10008.1.2.4.50": "jpeg",
    "1.2.840.10008.1.2.4.90": "jpeg2000",
    "1.2.840.10008.1.2.4.91": "jpeg2000",
}
"""Transfer syntaxes that are read, all of them explicit little-endian."""
BESIDE = {"LABEL": "label", "OVERVIEW": "macro", "THUMBNAIL": "thumbnail"}
"""Third part of the image type to the name of an image beside the scan."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frames:
    """Places of frames in the file, in their order."""

    starts: Int64[np.ndarray, " frames"]
    sizes: Int64[np.ndarray, " frames"]
    """Bytes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Instance:
    """One image of a slide: a level, or a label, macro or thumbnail."""

    path: Path
    series: str
    flavour: str
    """Third part of the image type: VOLUME for a level of the scan."""
    width: int
    height: int
    tile_width: int
    tile_height: int
    packing: Packing
    """How its frames are encoded."""
    photometric: str
    um: tuple[float, float] | None
    magnification: float | None
    frames: Frames
    grid: Int64[np.ndarray, "rows columns"]
    """Number of the frame at each place; -1 where none was scanned."""

    @property
    def name(self) -> str | None:
        """How the image is called beside the scan; None for a level."""
        return BESIDE.get(self.flavour)


def find_frames(
    window: Window, pixels_at: int, *, count: int, bytes_each: int, table: tuple[bytes | None, bytes | None]
) -> Frames:
    """Frames of the pixel data at `pixels_at`.

    Args:
        window: the file.
        pixels_at: place of the pixel data's tag; explicit little-endian.
        count: number of frames that the header states.
        bytes_each: of a frame that is stored as it is.
        table: extended tables of offsets and sizes (7FE0,0001 and 7FE0,0002), where the header has them.

    Raises:
        InputError: a frame leaves the file, or frames are missing.
    """
    if not 0 < count <= _MAX_FRAMES:
        raise window.broken(f"{count} frames")
    *tag, _, _, length = struct.unpack("<HH2sHI", window.take(pixels_at, 12, what="the pixel data"))
    if tuple(tag) != _PIXEL_DATA:
        raise window.broken("it holds no pixel data")
    start = pixels_at + 12
    if length != _UNDEFINED:
        frames = Frames(
            starts=start + bytes_each * np.arange(count, dtype=np.int64), sizes=np.full(count, bytes_each, np.int64)
        )
    else:
        frames = _encapsulated(window, start, count, table)
    end = int((frames.starts + frames.sizes).max())
    if end > window.size or frames.starts.min() < start or frames.sizes.min() < 0:
        raise window.broken(f"a frame would end at byte {end} of {window.size}")
    return frames


def _encapsulated(window: Window, start: int, count: int, table: tuple[bytes | None, bytes | None]) -> Frames:
    """Frames in fragments: by the extended table, or the basic one, or else by walking."""
    basic_bytes = _item(window, start)
    first = start + 8 + basic_bytes
    if table[0] and table[1]:
        offsets, sizes = (np.frombuffer(part[: len(part) // 8 * 8], dtype="<u8") for part in table if part)
    elif basic_bytes:
        offsets = np.frombuffer(window.take(start + 8, basic_bytes // 4 * 4, what="the table of frames"), dtype="<u4")
        # Up to the next frame; the last one's own header tells its size.
        last = _item(window, first + int(offsets[-1]))
        sizes = np.append(np.diff(offsets.astype(np.int64)) - 8, last)
        if _item(window, first + int(offsets[0])) != sizes[0]:
            raise InputError(f"{window.name} keeps its frames in several fragments each; export it with one a frame")
    else:
        offsets, sizes = _walk(window, first, count)
    if (
        len(offsets) < count
        or len(offsets) != len(sizes)
        or (offsets > window.size).any()
        or (sizes > window.size).any()
    ):
        raise window.broken(f"{count} frames are stated, {len(offsets)} are there")
    return Frames(starts=first + 8 + offsets[:count].astype(np.int64), sizes=sizes[:count].astype(np.int64))


def _walk(window: Window, first: int, count: int) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """Offsets and sizes of fragments that follow each other, one a frame."""
    offsets: list[int] = []
    sizes: list[int] = []
    at = first
    while len(offsets) < count:
        size = _item(window, at)
        offsets.append(at - first)
        sizes.append(size)
        at += 8 + size
    return np.asarray(offsets, dtype=np.int64), np.asarray(sizes, dtype=np.int64)


def _item(window: Window, at: int) -> int:
    """Size of the fragment whose header lies at a place."""
    group, element, size = struct.unpack("<HHI", window.take(at, 8, what="a frame"))
    if (group, element) != _ITEM or size == _UNDEFINED:
        raise window.broken(f"no frame begins at byte {at}")
    return size
