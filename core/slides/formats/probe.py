"""Our own look at a slide file's structure, before any reader touches it.

Readers disagree about damaged files: some draw the missing part black, some read for ever (a directory that points at
itself), some fill the memory first. So every offset is followed here, within bounds, and nothing is decoded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import InputError
from core.slides.formats.bif import check_areas
from core.slides.formats.descriptions import Vendor, describe
from core.slides.formats.folders import MIRAX, ZARR, check_inside, dicom_files
from core.slides.formats.frames import Instance
from core.slides.formats.mirax import read_mirax
from core.slides.formats.ndpi import check_levels
from core.slides.formats.ngff import Ngff, read_ngff
from core.slides.formats.pictures import jpeg_size, png_size
from core.slides.formats.source import Stated
from core.slides.formats.tiff import Directory, read_directories
from core.slides.formats.window import Window, open_window

Kind = Literal["tiff", "bigtiff", "jpeg", "png", "dicom", "mirax", "zarr", "other"]

WHOLE_READ_PX = 89_478_485
"""Most pixels of an image that is decoded in one piece: Pillow's own limit."""
LEVEL0_PX = 1 << 37
"""Most pixels of a tiled scan: a whole 75 x 50 mm slide at 0.17 um/px still fits."""
STORED_TILE_PX = 1 << 24
"""Most pixels of one stored tile: it is decoded in one piece."""

_PREAMBLE = 128
"""Bytes before the magic word of DICOM."""
_HEAD = _PREAMBLE + 4
_MACRO_FIRST = ("leica", "ventana")
_IN_PIECES: tuple[Kind, ...] = ("dicom", "mirax", "zarr")
_MAGIC: Mapping[bytes, Kind] = {
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "bigtiff",
    b"MM\0+": "bigtiff",
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """What a file is, as found in its structure."""

    kind: Kind
    size: int
    """Bytes of the files; 0 for OME-Zarr, whose chunks are not counted."""
    width: int
    height: int
    """Pixels of the image at full resolution."""
    directories: tuple[Directory, ...] = ()
    """Images of a TIFF, those of sub-directories included, in file order."""
    vendor: Vendor = "none"
    """Whose format it is, where that decides how it is read."""
    stated: Stated = field(default_factory=Stated)
    """What the file says about itself, as far as its structure tells."""
    beside: Mapping[str, Directory] = field(default_factory=dict[str, Directory])
    """Images of a TIFF beside the scan (label, macro, thumbnail), by name."""
    planes: tuple[tuple[Directory, ...], ...] = ()
    """Of each level the images that hold red, green and blue, where each colour has an image of its own."""
    instances: tuple[Instance, ...] = ()
    """Images of a DICOM slide: its levels, finest first, then those beside the scan."""
    ngff: Ngff | None = None
    """Of an OME-Zarr image."""
    piece_px: int = 0
    """Most pixels of a stored tile."""

    @property
    def tiled(self) -> bool:
        """Whether the image can be read piece by piece."""
        return bool(self.directories) and self.directories[0].tiled

    @property
    def in_pieces(self) -> bool:
        """Whether no more than a part of the image is ever decoded at once."""
        return self.tiled or self.vendor in ("hamamatsu", *_MACRO_FIRST) or self.kind in _IN_PIECES


def probe(path: Path) -> Probe:
    """The structure of a slide, with every offset checked against the size of its file.

    Raises:
        InputError: not a regular file, not a kind we read, cut short, looping, or too large to read safely.
    """
    found = _probe_folder(path) if path.is_dir() else _probe_file(path)
    _check_size(path.name, found)
    return found


def _probe_folder(path: Path) -> Probe:
    if path.suffix.lower() == ZARR:
        return _probe_zarr(path)
    files = dicom_files(path)
    if not files:
        raise InputError(f"slide {path} is a folder without .dcm files, no regular file; name the slide file itself")
    return _probe_dicom([check_inside(file, path) for file in files])


def _probe_file(path: Path) -> Probe:
    # Its name is what marks a MIRAX slide: the file holds a picture of it, or nothing.
    if path.suffix.lower() == MIRAX and path.is_file():
        return _probe_mirax(path)
    with open_window(path) as window:
        kind = _kind(window.take(0, min(_HEAD, window.size), what="the file's first bytes"))
        match kind:
            case "tiff" | "bigtiff":
                return _probe_tiff(window, kind)
            case "png":
                return _picture(window, kind, png_size(window))
            case "jpeg":
                return _picture(window, kind, jpeg_size(window))
            case "dicom":
                return _probe_dicom([path])
            case "mirax" | "zarr" | "other":
                raise InputError(
                    f"{path.name} is neither a TIFF (.svs, .tif, .ndpi, .scn, .bif), DICOM, a JPEG nor a PNG by its "
                    "content; export it as pyramidal TIFF"
                )


def _kind(head: bytes) -> Kind:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    return "dicom" if head[_PREAMBLE:] == b"DICM" else "other"


def _probe_zarr(path: Path) -> Probe:
    found = read_ngff(path)
    first = found.levels[0]
    return Probe(
        kind="zarr",
        size=0,
        width=first.width,
        height=first.height,
        ngff=found,
        piece_px=max(level.chunk_width * level.chunk_height for level in found.levels),
    )


def _probe_mirax(path: Path) -> Probe:
    found = read_mirax(path)
    return Probe(
        kind="mirax",
        size=sum(file.stat().st_size for file in found.files),
        width=found.width,
        height=found.height,
        vendor="mirax",
        piece_px=found.image_px,
    )


def _probe_dicom(files: Sequence[Path]) -> Probe:
    # Slow to import, and wanted by few.
    from core.slides.formats.dicom import read_instances

    instances = read_instances(files)
    return Probe(
        kind="dicom",
        size=sum(file.stat().st_size for file in files),
        width=instances[0].width,
        height=instances[0].height,
        instances=instances,
        piece_px=max(one.tile_width * one.tile_height for one in instances),
    )


def _picture(window: Window, kind: Kind, size: tuple[int, int]) -> Probe:
    return Probe(kind=kind, size=window.size, width=size[0], height=size[1])


def _probe_tiff(window: Window, kind: Kind) -> Probe:
    directories = read_directories(window)
    first, described = directories[0], describe(window.name, directories)
    if (first.samples not in (3, 4) and not described.planes) or first.bits != 8:
        raise InputError(
            f"{window.name} is not an 8-bit colour image ({first.samples} channels of {first.bits} bits); "
            "give the H&E slide as RGB"
        )
    if described.vendor == "hamamatsu":
        check_levels(window, directories, most_px=WHOLE_READ_PX)
    if described.vendor == "ventana":
        check_areas(window.name, directories)
    # Leica and Ventana scanners put the macro first.
    scan = max(directories, key=lambda one: one.width * one.height) if described.vendor in _MACRO_FIRST else first
    return Probe(
        kind=kind,
        size=window.size,
        width=scan.width,
        height=scan.height,
        directories=directories,
        vendor=described.vendor,
        stated=described.stated,
        beside=described.beside,
        planes=described.planes,
        piece_px=max((image.tile_width * image.tile_height for image in directories if image.tiled), default=0),
    )


def _check_size(name: str, found: Probe) -> None:
    pixels = found.width * found.height
    if pixels == 0:
        raise InputError(f"{name} states a size of {found.width} x {found.height} px; export the slide again")
    if not found.in_pieces and pixels > WHOLE_READ_PX:
        raise InputError(
            f"{name} holds {found.width} x {found.height} px in one piece, more than {WHOLE_READ_PX:,}; "
            "export it as tiled pyramidal TIFF"
        )
    if pixels > LEVEL0_PX or found.piece_px > STORED_TILE_PX:
        raise InputError(
            f"{name} states {found.width} x {found.height} px with stored tiles of up to {found.piece_px:,} px, "
            "beyond any scan of a slide; export it again with tiles of 256 to 2048 px"
        )
