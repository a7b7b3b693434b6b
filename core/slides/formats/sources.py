"""Which reader opens a slide.

The reader is named, chosen from the file's structure: large_image's own choice falls back to a reader that draws what a
truncated file lacks in black, and knows one that opens other files of the machine.
"""

from pathlib import Path
from typing import Literal

from core.slides.formats.probe import Probe
from core.slides.formats.readers import libtiff
from core.slides.formats.readers.openslide import open_openslide
from core.slides.formats.readers.picture import open_picture
from core.slides.formats.source import Source

ReaderName = Literal["tiff", "openslide", "pillow"]

_VENDORS_OWN = ("hamamatsu", "leica", "philips", "ventana")


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
            return reader, libtiff.open_libtiff(path, found)
        case "openslide":
            return reader, open_openslide(path, found.stated)


def choose_reader(found: Probe) -> ReaderName:
    """The reader that decodes this structure truly: chosen from what is there, never by trying all."""
    if found.vendor in _VENDORS_OWN:
        return "openslide"
    if not found.tiled:
        return "pillow"
    return "tiff" if libtiff.reads(found) else "openslide"
