"""Our own look at a slide file's structure, before any reader touches it.

Readers disagree about damaged files: some draw the missing part black, some read for ever (a directory that points at
itself), some fill the memory first. So every offset is followed here, within bounds, and nothing is decoded.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import InputError
from core.slides.formats.descriptions import Vendor, beside, stated, vendor
from core.slides.formats.ndpi import check_levels
from core.slides.formats.pictures import jpeg_size, png_size
from core.slides.formats.source import Stated
from core.slides.formats.tiff import Directory, read_directories
from core.slides.formats.window import Window, open_window

Kind = Literal["tiff", "bigtiff", "jpeg", "png", "other"]

WHOLE_READ_PX = 89_478_485
"""Most pixels of an image that is decoded in one piece: Pillow's own limit, which importing large_image lifts."""
LEVEL0_PX = 1 << 37
"""Most pixels of a tiled scan: a whole 75 x 50 mm slide at 0.17 um/px still fits."""
STORED_TILE_PX = 1 << 24
"""Most pixels of one stored tile: it is decoded in one piece."""

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
    """Bytes."""
    width: int
    height: int
    """Pixels of the image at full resolution."""
    directories: tuple[Directory, ...] = ()
    """Images of a TIFF, those of sub-directories included, in file order."""
    vendor: Vendor = "none"
    """Whose TIFF it is."""
    stated: Stated = field(default_factory=Stated)
    """What the file says about itself, as far as its structure tells."""

    @property
    def tiled(self) -> bool:
        """Whether the image can be read piece by piece."""
        return bool(self.directories) and self.directories[0].tiled

    @property
    def in_pieces(self) -> bool:
        """Whether no more than a part of the image is ever decoded at once."""
        return self.tiled or self.vendor == "hamamatsu"

    @property
    def beside(self) -> Mapping[str, Directory]:
        """Images of a TIFF beside the scan (label, macro, thumbnail), by name."""
        return beside(self.directories, self.vendor) if self.directories else {}


def halvings(image: Directory, found: Probe) -> int | None:
    """How often the full image was halved to get this one; None when it is something else."""
    step = max(0, round(math.log2(found.width / image.width)))
    near = abs(found.width / 2**step - image.width) <= 1 and abs(found.height / 2**step - image.height) <= 1
    return step if near and image.tiled else None


def probe(path: Path) -> Probe:
    """The structure of a slide file, with every offset checked against its size.

    Raises:
        InputError: not a regular file, not a kind we read, cut short, looping, or too large to read safely.
    """
    with open_window(path) as window:
        kind = _kind(window.take(0, min(16, window.size), what="the file's first bytes"))
        match kind:
            case "tiff" | "bigtiff":
                found = _probe_tiff(window, kind)
            case "png":
                found = _picture(window, kind, png_size(window))
            case "jpeg":
                found = _picture(window, kind, jpeg_size(window))
            case "other":
                raise InputError(
                    f"{path.name} is neither a TIFF (.svs, .tif, .ndpi, .scn, .bif), a JPEG nor a PNG by its content; "
                    "export it as pyramidal TIFF"
                )
    _check_size(path.name, found)
    return found


def _kind(head: bytes) -> Kind:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    return "other"


def _picture(window: Window, kind: Kind, size: tuple[int, int]) -> Probe:
    return Probe(kind=kind, size=window.size, width=size[0], height=size[1])


def _probe_tiff(window: Window, kind: Kind) -> Probe:
    directories = read_directories(window)
    first = directories[0]
    if first.samples not in (3, 4) or first.bits != 8:
        raise InputError(
            f"{window.name} is not an 8-bit colour image ({first.samples} channels of {first.bits} bits); "
            "give the H&E slide as RGB"
        )
    whose = vendor(directories)
    if whose == "hamamatsu":
        check_levels(window, directories, most_px=WHOLE_READ_PX)
    return Probe(
        kind=kind,
        size=window.size,
        width=first.width,
        height=first.height,
        directories=directories,
        vendor=whose,
        stated=stated(directories, whose),
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
    tile = max((image.tile_width * image.tile_height for image in found.directories if image.tiled), default=0)
    if pixels > LEVEL0_PX or tile > STORED_TILE_PX:
        raise InputError(
            f"{name} states {found.width} x {found.height} px with stored tiles of up to {tile:,} px, "
            "beyond any scan of a slide; export it again with tiles of 256 to 2048 px"
        )
