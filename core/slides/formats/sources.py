"""Which reader opens a slide.

The reader is named, chosen from the file's structure: libraries that try one reader after the other fall back to some
that draw what a truncated file lacks in black, and know some that open other files of the machine.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from core.slides.formats.descriptions import Vendor
from core.slides.formats.probe import Probe
from core.slides.formats.readers.dicom import open_dicom
from core.slides.formats.readers.openslide import open_openslide
from core.slides.formats.readers.picture import open_picture
from core.slides.formats.readers.planes import open_planes
from core.slides.formats.readers.stored import open_stored, reads_stored
from core.slides.formats.source import Source

ReaderName = Literal["tiff", "openslide", "pillow", "dicom", "planes", "zarr"]

_VENDORS_OWN = ("hamamatsu", "leica", "mirax", "philips", "ventana")
_COLOURS = 3
_PLAIN = ("generic-tiff", "argos", "huron")
_BY_OPENSLIDE: Mapping[Vendor, Sequence[str]] = {"ome": _PLAIN, "none": _PLAIN}
"""OpenSlide's names of formats, where they differ from ours; all of them are read from the one file."""


def open_source(path: Path, found: Probe) -> tuple[ReaderName, Source]:
    """The file, opened by the reader that suits its structure.

    Raises:
        InputError: the reader refuses it.
    """
    reader = choose_reader(found)
    match reader:
        case "pillow":
            return reader, open_picture(path, found.stated)
        case "tiff":
            return reader, open_stored(path, found)
        case "planes":
            return reader, open_planes(path, found)
        case "dicom":
            return reader, open_dicom(path, found.instances)
        case "zarr":
            # Slow to import, and wanted by few.
            from core.slides.formats.readers.zarr import open_zarr

            assert found.ngff is not None
            return reader, open_zarr(path, found.ngff)
        case "openslide":
            return reader, open_openslide(path, found.stated, expected=_BY_OPENSLIDE.get(found.vendor, (found.vendor,)))


def choose_reader(found: Probe) -> ReaderName:
    """The reader that decodes this structure truly: chosen from what is there, never by trying all."""
    if found.kind == "dicom" or found.kind == "zarr":
        return found.kind
    if found.vendor in _VENDORS_OWN:
        return "openslide"
    if not found.tiled:
        return "pillow"
    if found.planes or (not found.directories[0].contiguous and found.directories[0].samples == _COLOURS):
        return "planes"
    return "tiff" if reads_stored(found) else "openslide"
