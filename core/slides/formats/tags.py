"""Tags of a TIFF, BigTIFF or NDPI directory: where their values lie, and what they are."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.slides.formats.window import Window

MAX_TEXT = 1 << 24
"""Most bytes of a description; Philips scanners put label and macro into it, at about 1 MB."""
NDPI = 65420

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "u1", 3: "u2", 4: "u4", 9: "i4", 13: "u4", 16: "u8", 18: "u8"}
_TEXTS = (1, 2, 7)
_FLOAT, _RATIONAL = 11, 5


@dataclass(frozen=True, slots=True)
class Layout:
    """Byte order and field widths: classic TIFF, BigTIFF, or the NDPI of Hamamatsu, which is between the two."""

    order: str
    big: bool
    ndpi: bool = False
    """A classic TIFF whose offsets take 64 bits: whole in those of directories, while the tags of a directory keep the
    low half and the high halves of all of them follow the offset of the next directory."""

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def next_offset(self) -> str:
        return self.order + ("Q" if self.big or self.ndpi else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry_bytes(self) -> int:
        return 20 if self.big else 12

    def tail_bytes(self, count: int) -> int:
        """Bytes of a directory after its `count` tags."""
        return struct.calcsize(self.next_offset) + (4 * count if self.ndpi else 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag."""

    kind: int
    count: int
    where: int
    """Offset of the value in the file."""
    high: int = 0
    """NDPI: bits 32 to 63 of a number that lies in the directory itself."""


def read_layout(file: Window) -> tuple[Layout, int]:
    """How a TIFF is laid out, and the offset of its first directory.

    Raises:
        InputError: a classic TIFF of over 4 GB that is no NDPI.
    """
    head = file.take(0, 8, what="the TIFF header")
    order = "<" if head[:2] == b"II" else ">"
    if head[2:4] in (b"+\0", b"\0+"):
        return Layout(order, big=True), struct.unpack(order + "Q", file.take(8, 8, what="the TIFF header"))[0]
    wide = struct.unpack(order + "Q", file.take(4, 8, what="the TIFF header"))[0] if file.size >= 12 else 0
    if _is_ndpi(file, order, wide):
        return Layout(order, big=False, ndpi=True), wide
    if file.size >= 1 << 32:
        raise InputError(
            f"{file.name} is a classic TIFF of over 4 GB, which only its vendor reads; export it as BigTIFF"
        )
    return Layout(order, big=False), struct.unpack_from(order + "I", head, 4)[0]


def _is_ndpi(file: Window, order: str, offset: int) -> bool:
    """Whether the directory at a 64-bit offset of a classic TIFF holds Hamamatsu's own tag; OpenSlide asks the same."""
    if not 0 < offset <= file.size - 2:
        return False
    (count,) = struct.unpack(order + "H", file.take(offset, 2, what="an image directory"))
    if offset + 2 + 12 * count + 8 + 4 * count > file.size:
        return False
    body = file.take(offset + 2, 12 * count, what="an image directory")
    return any(struct.unpack_from(order + "H", body, 12 * index)[0] == NDPI for index in range(count))


def read_entries(file: Window, layout: Layout, offset: int) -> tuple[Mapping[int, Entry], int]:
    """Tags of one directory, and the offset of the next (0: none).

    Raises:
        InputError: the directory, or the value of a tag, does not lie within the file.
    """
    width = struct.calcsize(layout.count)
    (count,) = struct.unpack(layout.count, file.take(offset, width, what="an image directory"))
    inline, start = struct.calcsize(layout.offset), offset + width
    length = count * layout.entry_bytes
    body = file.take(start, length + layout.tail_bytes(count), what="an image directory")
    entries: dict[int, Entry] = {}
    for index in range(count):
        at = index * layout.entry_bytes
        tag, kind = struct.unpack_from(layout.order + "HH", body, at)
        (values,) = struct.unpack_from(layout.offset, body, at + 4)
        high = struct.unpack_from(layout.order + "I", body, length + 8 + 4 * index)[0] if layout.ndpi else 0
        where, size = start + at + 4 + inline, _TYPE_BYTES.get(kind, 1) * values
        if size > inline:
            where = (high << 32) + struct.unpack_from(layout.offset, body, at + 4 + inline)[0]
        if where + size > file.size:
            raise file.broken(f"tag {tag} would end at byte {where + size} of {file.size}")
        entries[tag] = Entry(kind, values, where, high if size <= inline else 0)
    (following,) = struct.unpack_from(layout.next_offset, body, length)
    return entries, following


def integers(file: Window, layout: Layout, entry: Entry | None) -> np.ndarray:
    """Values of an integer tag; empty when it is absent."""
    if entry is None:
        return np.empty(0, dtype=np.int64)
    if entry.kind not in _INTEGERS:
        raise file.broken(f"a whole number is stored as type {entry.kind}")
    kind = np.dtype(layout.order + _INTEGERS[entry.kind])
    values = np.frombuffer(file.take(entry.where, entry.count * kind.itemsize, what="a tag"), dtype=kind)
    if values.size and kind.itemsize == 8 and values.max() > file.size:
        raise file.broken(f"a tag holds the number {values.max()}")
    if entry.high << 32 > file.size:
        raise file.broken(f"a tag holds a number of over {entry.high << 32}")
    return values.astype(np.int64) + (entry.high << 32)


def ratio(file: Window, layout: Layout, entry: Entry | None) -> float | None:
    """A fraction, as resolutions are stored; None when the tag is absent, something else, or zero or endless."""
    if entry is None or entry.kind != _RATIONAL or entry.count < 1:
        return None
    numerator, denominator = struct.unpack(layout.order + "II", file.take(entry.where, 8, what="the resolution"))
    return numerator / denominator if numerator and denominator else None


def real(file: Window, layout: Layout, entry: Entry | None) -> float | None:
    """A 32-bit floating-point number; None when the tag is absent or something else."""
    if entry is None or entry.kind != _FLOAT or entry.count < 1:
        return None
    return float(struct.unpack(layout.order + "f", file.take(entry.where, 4, what="a number"))[0])


def text(file: Window, entry: Entry | None) -> str:
    """A text tag up to its first NUL; empty when it is absent.

    Raises:
        InputError: it is too long, or is XML that defines entities, which readers might expand without end.
    """
    if entry is None or entry.kind not in _TEXTS:
        return ""
    if entry.count > MAX_TEXT:
        raise InputError(f"{file.name} holds a description of {entry.count:,} bytes; export the slide again")
    found = file.take(entry.where, entry.count, what="a description").split(b"\0", 1)[0].decode("utf-8", "replace")
    if "<!DOCTYPE" in found or "<!ENTITY" in found:
        raise InputError(f"{file.name} describes itself in XML with entities of its own; export the slide again")
    return found
