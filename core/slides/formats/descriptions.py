"""What scanners write about a slide into its TIFF: whose it is, resolution, magnification, the images beside it."""

import re
from collections.abc import Sequence
from typing import Literal

from core.slides.formats.source import Stated
from core.slides.formats.tiff import Directory

Vendor = Literal["aperio", "hamamatsu", "leica", "ome", "philips", "ventana", "none"]

_NUMBER = r"\s*=\s*([0-9]+(?:\.[0-9]*)?)"
_APERIO_UM = re.compile(r"\|\s*MPP" + _NUMBER)
_APERIO_POWER = re.compile(r"\|\s*AppMag" + _NUMBER)
_LEICA = ("http://www.leica-microsystems.com/scn/2010/03/10", "http://www.leica-microsystems.com/scn/2010/10/01")
_LABEL, _MACRO = 1, 9


def vendor(directories: Sequence[Directory]) -> Vendor:
    """Whose format it is, told by the marks that OpenSlide goes by too."""
    first = directories[0]
    marks: tuple[tuple[Vendor, bool], ...] = (
        ("hamamatsu", any(image.ndpi for image in directories)),
        ("aperio", first.description.startswith("Aperio")),
        ("leica", any(mark in first.description for mark in _LEICA)),
        ("philips", first.software.startswith("Philips")),
        ("ventana", any("iScan" in image.xmp for image in directories)),
        ("ome", first.description.rstrip().endswith("OME>")),
    )
    for name, found in marks:
        if found:
            return name
    return "none"


def stated(directories: Sequence[Directory], whose: Vendor) -> Stated:
    """What the first image's description says, or else its resolution tags."""
    first = directories[0]
    um, power = (first.um_per_px, first.um_per_px) if first.um_per_px else None, None
    if whose == "aperio":
        mpp = _number(_APERIO_UM, first.description)
        um, power = (mpp, mpp) if mpp else um, _number(_APERIO_POWER, first.description)
    sizes = {name: (image.width, image.height) for name, image in beside(directories, whose).items()}
    return Stated(um=um, magnification=power, associated=sizes)


def beside(directories: Sequence[Directory], whose: Vendor) -> dict[str, Directory]:
    """Images beside the scan, by name: untiled ones of which the file says what they are."""
    named: dict[str, Directory] = {}
    for index, image in enumerate(directories[1:], start=1):
        name = None if image.tiled or image.sub else _name(image, whose, index)
        if name:
            named.setdefault(name, image)
    return named


def _name(image: Directory, whose: Vendor, index: int) -> str | None:
    text = image.description.lower()
    if whose == "aperio":
        known = {"thumbnail": index == 1, "label": image.subfile == _LABEL, "macro": image.subfile == _MACRO}
    else:
        known = {name: name in text for name in ("thumbnail", "label", "macro")}
    return next((name for name, found in known.items() if found), None)


def _number(pattern: re.Pattern[str], text: str) -> float | None:
    """The positive number that the pattern finds."""
    found = pattern.search(text)
    return float(found[1]) or None if found else None
