"""The directories of a TIFF or BigTIFF, walked within bounds: sizes, where the pixels lie, resolution."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.slides.formats.window import Window

MAX_TEXT = 1 << 24
"""Most bytes of a description; Philips scanners put label and macro into it, at about 1 MB."""
_TEXT_START = 4096
"""Bytes kept of the descriptions of later images: enough to tell a label from a macro."""
MAX_DIRECTORIES = 512
"""Whole-slide files have about ten; a file of a million directories keeps a reader busy for ever."""

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _STRIP_BYTES, _X_RESOLUTION, _PLANAR = 273, 277, 279, 282, 284
_RESOLUTION_UNIT, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 296, 322, 323, 324, 325
_SUB_DIRECTORIES, _NDPI = 330, 65420
_SUBFILE, _DESCRIPTION, _ROWS_PER_STRIP, _SOFTWARE, _XMP = 254, 270, 278, 305, 700

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_UM_PER_UNIT = {2: 25_400.0, 3: 10_000.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """One image of a TIFF."""

    offset: int
    """Place of the directory in the file."""
    width: int
    height: int
    samples: int
    bits: int
    compression: int
    photometric: int
    contiguous: bool
    """Whether a pixel's channels lie together."""
    tile_width: int
    tile_height: int
    """Size of a stored tile; both 0 when the image is stored in strips."""
    empty: int
    """Stored tiles of zero bytes: places that the scanner skipped."""
    um_per_px: float | None
    """From the resolution tags; None when they are absent. A screen's 72 dpi counts as absent."""
    sub: bool
    """Whether it hangs below another image (OME-TIFF pyramids)."""
    subfile: int
    """NewSubfileType: 1 a reduced image or a label, 9 a macro."""
    description: str
    """Whole of the first image, the start of the others."""
    software: str
    xmp: str
    ndpi: bool

    @property
    def tiled(self) -> bool:
        """Whether it is stored in tiles."""
        return self.tile_width > 0


@dataclass(frozen=True, slots=True)
class _Layout:
    """Byte order and field widths of classic TIFF or BigTIFF."""

    order: str
    big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry_bytes(self) -> int:
        return 20 if self.big else 12


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    count: int
    where: int
    """Offset of the value in the file."""


def read_directories(file: Window) -> tuple[Directory, ...]:
    """Every image of a TIFF, each offset followed at most once.

    Raises:
        InputError: an offset leaves the file, directories form a loop or are too many, or there is none.
    """
    head = file.take(0, 8, what="the TIFF header")
    layout = _Layout("<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+"))
    if not layout.big and file.size >= 1 << 32:
        raise InputError(
            f"{file.name} is a classic TIFF of over 4 GB, which only its vendor reads; export it as BigTIFF"
        )
    first = struct.unpack(layout.offset, file.take(8 if layout.big else 4, 8 if layout.big else 4, what="the header"))
    found: list[Directory] = []
    seen: set[int] = set()
    waiting: list[tuple[int, bool]] = [(first[0], False)]
    while waiting:
        offset, sub = waiting.pop()
        if offset in seen and sub:
            continue  # sub-images are listed by their parent and may also be chained to each other
        if offset in seen:
            raise file.broken(f"its image directories form a loop at byte {offset}")
        if len(seen) == MAX_DIRECTORIES:
            raise InputError(f"{file.name} holds more than {MAX_DIRECTORIES} images; give the slide's own pyramid only")
        seen.add(offset)
        entries, following = _entries(file, layout, offset)
        found.append(_directory(file, layout, entries, offset=offset, sub=sub, first=not found))
        if following:
            waiting.append((following, sub))
        waiting += [
            (child, True) for child in reversed(_integers(file, layout, entries.get(_SUB_DIRECTORIES)).tolist())
        ]
    return tuple(found)


def _entries(file: Window, layout: _Layout, offset: int) -> tuple[Mapping[int, _Entry], int]:
    """Tags of one directory, and the offset of the next (0: none)."""
    width = struct.calcsize(layout.count)
    (count,) = struct.unpack(layout.count, file.take(offset, width, what="an image directory"))
    inline = struct.calcsize(layout.offset)
    body = file.take(offset + width, count * layout.entry_bytes + inline, what="an image directory")
    entries: dict[int, _Entry] = {}
    for index in range(count):
        start = index * layout.entry_bytes
        tag, kind = struct.unpack_from(layout.order + "HH", body, start)
        (values,) = struct.unpack_from(layout.offset, body, start + 4)
        value_at = start + 4 + inline
        (where,) = struct.unpack_from(layout.offset, body, value_at)
        length = _TYPE_BYTES.get(kind, 1) * values
        if length <= inline:
            where = offset + width + value_at
        elif where + length > file.size:
            raise file.broken(f"tag {tag} would end at byte {where + length} of {file.size}")
        entries[tag] = _Entry(kind, values, where)
    (following,) = struct.unpack_from(layout.offset, body, count * layout.entry_bytes)
    return entries, following


def _integers(file: Window, layout: _Layout, entry: _Entry | None) -> np.ndarray:
    """Values of an integer tag; empty when it is absent."""
    if entry is None:
        return np.empty(0, dtype=np.int64)
    if entry.kind not in _INTEGERS:
        raise file.broken(f"a whole number is stored as type {entry.kind}")
    kind = np.dtype(layout.order + _INTEGERS[entry.kind])
    values = np.frombuffer(file.take(entry.where, entry.count * kind.itemsize, what="a tag"), dtype=kind)
    if values.size and values.max() > file.size and kind.itemsize == 8:
        raise file.broken(f"a tag holds the number {values.max()}")
    return values.astype(np.int64)


def _text(file: Window, entry: _Entry | None) -> str:
    """A text tag up to its first NUL; empty when it is absent.

    Raises:
        InputError: it is too long, or is XML that defines entities (which readers might expand without end).
    """
    if entry is None or entry.kind not in (1, 2, 7):
        return ""
    if entry.count > MAX_TEXT:
        raise InputError(f"{file.name} holds a description of {entry.count:,} bytes; export the slide again")
    text = file.take(entry.where, entry.count, what="a description").split(b"\0", 1)[0].decode("utf-8", "replace")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError(f"{file.name} describes itself in XML with entities of its own; export the slide again")
    return text


def _directory(
    file: Window, layout: _Layout, entries: Mapping[int, _Entry], *, offset: int, sub: bool, first: bool
) -> Directory:
    def number(tag: int, default: int) -> int:
        values = _integers(file, layout, entries.get(tag))
        return int(values[0]) if values.size else default

    width, height = number(_WIDTH, 0), number(_HEIGHT, 0)
    tiled = _TILE_OFFSETS in entries or _TILE_WIDTH in entries
    tile_width, tile_height = (number(_TILE_WIDTH, 0), number(_TILE_HEIGHT, 0)) if tiled else (0, 0)
    samples, contiguous = number(_SAMPLES, 1), number(_PLANAR, 1) == 1
    if min(width, height) <= 0 or (tiled and min(tile_width, tile_height) <= 0):
        raise file.broken(f"an image of {width} x {height} px in tiles of {tile_width} x {tile_height} px")
    pieces = _pieces(width, height, tile_width, tile_height, number(_ROWS_PER_STRIP, height))
    empty = _check_data(file, layout, entries, tiled=tiled, pieces=pieces * (1 if contiguous else samples))
    description = _text(file, entries.get(_DESCRIPTION))
    return Directory(
        offset=offset,
        width=width,
        height=height,
        samples=samples,
        bits=number(_BITS, 1),
        compression=number(_COMPRESSION, 1),
        photometric=number(_PHOTOMETRIC, -1),
        contiguous=contiguous,
        tile_width=tile_width,
        tile_height=tile_height,
        empty=empty,
        um_per_px=_um_per_px(file, layout, entries, unit=number(_RESOLUTION_UNIT, 2)),
        sub=sub,
        subfile=number(_SUBFILE, 0),
        description=description if first else description[:_TEXT_START],
        software=_text(file, entries.get(_SOFTWARE))[:_TEXT_START],
        xmp=_text(file, entries.get(_XMP))[:_TEXT_START],
        ndpi=_NDPI in entries,
    )


def _pieces(width: int, height: int, tile_width: int, tile_height: int, rows: int) -> int:
    """Number of tiles, or of strips of `rows` rows, that the image needs."""
    if tile_width:
        return -(-width // tile_width) * -(-height // tile_height)
    return -(-height // max(1, min(rows, height)))


def _check_data(file: Window, layout: _Layout, entries: Mapping[int, _Entry], *, tiled: bool, pieces: int) -> int:
    """Number of empty pieces of the image's data; each piece lies within the file.

    Raises:
        InputError: pieces are missing, or one leaves the file.
    """
    offsets = _integers(file, layout, entries.get(_TILE_OFFSETS if tiled else _STRIP_OFFSETS))
    sizes = _integers(file, layout, entries.get(_TILE_BYTES if tiled else _STRIP_BYTES))
    if len(offsets) < pieces or len(offsets) != len(sizes):
        raise file.broken(f"an image needs {pieces} pieces but {len(offsets)} places and {len(sizes)} sizes are listed")
    end = int((offsets + sizes).max())
    if end > file.size or offsets.min() < 0 or sizes.min() < 0:
        raise file.broken(f"image data would end at byte {end} of {file.size}")
    return int((sizes == 0).sum())


def _um_per_px(file: Window, layout: _Layout, entries: Mapping[int, _Entry], *, unit: int) -> float | None:
    entry = entries.get(_X_RESOLUTION)
    if entry is None or entry.kind != 5 or entry.count < 1 or unit not in _UM_PER_UNIT:
        return None
    numerator, denominator = struct.unpack(layout.order + "II", file.take(entry.where, 8, what="the resolution"))
    return _UM_PER_UNIT[unit] * denominator / numerator if numerator and denominator else None
