"""The directories of a TIFF, walked within bounds: sizes, where the pixels lie, what is said about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import InputError
from core.slides.formats.tags import NDPI, Entry, Layout, integers, ratio, read_entries, read_layout, real, text
from core.slides.formats.window import Window

MAX_DIRECTORIES = 512
"""Whole-slide files have about ten; a file of a million directories keeps a reader busy for ever."""
MAX_TEXTS = 1 << 26
"""Most characters of all descriptions of a file."""

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION = 254, 256, 257, 258, 259, 262, 270
_STRIP_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _STRIP_BYTES, _X_RESOLUTION, _PLANAR = 273, 277, 278, 279, 282, 284
_RESOLUTION_UNIT, _SOFTWARE, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 296, 305, 322, 323, 324, 325
_SUB_DIRECTORIES, _XMP, _SOURCE_LENS = 330, 700, 65421

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
    start: int
    """Place of the first stored tile or strip."""
    empty: int
    """Stored tiles of zero bytes: places that the scanner skipped."""
    um_per_px: float | None
    """From the resolution tags; None when they are absent. A screen's 72 dpi counts as absent."""
    sub: bool
    """Whether it hangs below another image (OME-TIFF pyramids)."""
    subfile: int
    """NewSubfileType: 1 a reduced image or a label, 9 a macro."""
    description: str
    software: str
    xmp: str
    """XML of Ventana scanners; Adobe's of others."""
    lens: float | None
    """NDPI: power of the objective; -1 marks the macro, -2 a map of the focus."""
    ndpi: bool

    @property
    def tiled(self) -> bool:
        """Whether it is stored in tiles."""
        return self.tile_width > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A directory as its tags."""

    file: Window
    layout: Layout
    offset: int
    entries: Mapping[int, Entry]

    def number(self, tag: int, default: int) -> int:
        values = integers(self.file, self.layout, self.entries.get(tag))
        return int(values[0]) if values.size else default

    def text(self, tag: int) -> str:
        return text(self.file, self.entries.get(tag))


def read_directories(file: Window) -> tuple[Directory, ...]:
    """Every image of a TIFF, each offset followed at most once.

    Raises:
        InputError: an offset leaves the file, directories form a loop or are too many, or there is none.
    """
    layout, start = read_layout(file)
    found: list[Directory] = []
    texts = 0
    seen: set[int] = set()
    waiting: list[tuple[int, bool]] = [(start, False)]
    while waiting:
        offset, sub = waiting.pop()
        if offset in seen and sub:
            continue  # sub-images are listed by their parent and may also be chained to each other
        if offset in seen:
            raise file.broken(f"its image directories form a loop at byte {offset}")
        if len(seen) == MAX_DIRECTORIES:
            raise InputError(f"{file.name} holds more than {MAX_DIRECTORIES} images; give the slide's own pyramid only")
        seen.add(offset)
        entries, following = read_entries(file, layout, offset)
        found.append(_directory(_Found(file=file, layout=layout, offset=offset, entries=entries), sub=sub))
        texts += len(found[-1].description) + len(found[-1].xmp) + len(found[-1].software)
        if texts > MAX_TEXTS:
            raise InputError(f"{file.name} holds more than {MAX_TEXTS:,} characters of text; export the slide again")
        if following:
            waiting.append((following, sub))
        children = integers(file, layout, entries.get(_SUB_DIRECTORIES)).tolist()
        waiting += [(child, True) for child in reversed(children)]
    return tuple(found)


def _directory(found: _Found, *, sub: bool) -> Directory:
    number, entries, file = found.number, found.entries, found.file
    width, height = number(_WIDTH, 0), number(_HEIGHT, 0)
    tiled = _TILE_OFFSETS in entries or _TILE_WIDTH in entries
    tile_width, tile_height = (number(_TILE_WIDTH, 0), number(_TILE_HEIGHT, 0)) if tiled else (0, 0)
    samples, contiguous = number(_SAMPLES, 1), number(_PLANAR, 1) == 1
    if min(width, height) <= 0 or (tiled and min(tile_width, tile_height) <= 0):
        raise file.broken(f"an image of {width} x {height} px in tiles of {tile_width} x {tile_height} px")
    pieces = _pieces(width, height, tile_width, tile_height, number(_ROWS_PER_STRIP, height))
    start, empty = _check_data(found, tiled=tiled, pieces=pieces * (1 if contiguous else samples))
    return Directory(
        offset=found.offset,
        width=width,
        height=height,
        samples=samples,
        bits=number(_BITS, 1),
        compression=number(_COMPRESSION, 1),
        photometric=number(_PHOTOMETRIC, -1),
        contiguous=contiguous,
        tile_width=tile_width,
        tile_height=tile_height,
        start=start,
        empty=empty,
        um_per_px=_um_per_px(found),
        sub=sub,
        subfile=number(_SUBFILE, 0),
        description=found.text(_DESCRIPTION),
        software=found.text(_SOFTWARE),
        xmp=found.text(_XMP),
        lens=real(file, found.layout, entries.get(_SOURCE_LENS)),
        ndpi=NDPI in entries,
    )


def _pieces(width: int, height: int, tile_width: int, tile_height: int, rows: int) -> int:
    """Number of tiles, or of strips of `rows` rows, that the image needs."""
    if tile_width:
        return -(-width // tile_width) * -(-height // tile_height)
    return -(-height // max(1, min(rows, height)))


def _check_data(found: _Found, *, tiled: bool, pieces: int) -> tuple[int, int]:
    """Place of the first piece of the image's data, and number of empty pieces; each piece lies within the file.

    Raises:
        InputError: pieces are missing, or one leaves the file.
    """
    file, layout, entries = found.file, found.layout, found.entries
    offsets = integers(file, layout, entries.get(_TILE_OFFSETS if tiled else _STRIP_OFFSETS))
    sizes = integers(file, layout, entries.get(_TILE_BYTES if tiled else _STRIP_BYTES))
    if len(offsets) < pieces or len(offsets) != len(sizes):
        raise file.broken(f"an image needs {pieces} pieces but {len(offsets)} places and {len(sizes)} sizes are listed")
    end = int((offsets + sizes).max())
    if end > file.size or offsets.min() < 0 or sizes.min() < 0:
        raise file.broken(f"image data would end at byte {end} of {file.size}")
    return int(offsets[0]), int((sizes == 0).sum())


def _um_per_px(found: _Found) -> float | None:
    unit = found.number(_RESOLUTION_UNIT, 2)
    per_unit = ratio(found.file, found.layout, found.entries.get(_X_RESOLUTION))
    return _UM_PER_UNIT[unit] / per_unit if per_unit and unit in _UM_PER_UNIT else None
