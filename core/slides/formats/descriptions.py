"""What scanners write about a slide into its TIFF: whose it is, resolution, magnification, the images beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.slides.formats.ome import Ome, read_ome
from core.slides.formats.source import Stated
from core.slides.formats.tiff import Directory

Vendor = Literal["aperio", "hamamatsu", "leica", "mirax", "ome", "philips", "ventana", "none"]

_NUMBER = r"\s*=\s*([0-9]+(?:\.[0-9]*)?)"
_APERIO_UM = re.compile(r"\|\s*MPP" + _NUMBER)
_APERIO_POWER = re.compile(r"\|\s*AppMag" + _NUMBER)
_LEICA = ("http://www.leica-microsystems.com/scn/2010/03/10", "http://www.leica-microsystems.com/scn/2010/10/01")
_BESIDE = ("thumbnail", "label", "macro")
_LABEL, _MACRO = 1, 9
_CHANNELS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """What the directories of a TIFF say of the slide."""

    vendor: Vendor
    stated: Stated
    beside: Mapping[str, Directory]
    """Images beside the scan (label, macro, thumbnail), by name."""
    planes: tuple[tuple[Directory, ...], ...]
    """Of each level the images that hold red, green and blue; empty where one image holds all colours."""


def describe(name: str, directories: Sequence[Directory]) -> Described:
    """What a TIFF of that name says of the slide.

    Raises:
        InputError: it says so in damaged XML.
    """
    whose, first = vendor(directories), directories[0]
    ome = read_ome(name, first.description) if whose == "ome" else None
    tags = (first.um_per_px, first.um_per_px) if first.um_per_px else None
    aperio = _number(_APERIO_UM, first.description) if whose == "aperio" else None
    around = _named_by_ome(directories, ome) if ome else _named(directories, whose)
    return Described(
        vendor=whose,
        stated=Stated(
            um=(aperio, aperio) if aperio else (ome and ome.um) or tags,
            magnification=_power(first, whose, ome),
            associated={name: (image.width, image.height) for name, image in around.items()},
        ),
        beside=around,
        planes=_planes(directories, ome),
    )


def vendor(directories: Sequence[Directory]) -> Vendor:
    """Whose format it is, told by the marks that OpenSlide goes by too."""
    first = directories[0]
    marks: tuple[tuple[Vendor, bool], ...] = (
        ("hamamatsu", any(image.ndpi for image in directories)),
        ("aperio", first.description.startswith("Aperio")),
        ("leica", any(mark in first.description for mark in _LEICA)),
        ("philips", first.software.startswith("Philips")),
        ("ventana", "iScan" in first.xmp),
        ("ome", first.description.rstrip().endswith("OME>")),
    )
    for name, found in marks:
        if found:
            return name
    return "none"


def _power(first: Directory, whose: Vendor, ome: Ome | None) -> float | None:
    if ome:
        return ome.magnification
    return _number(_APERIO_POWER, first.description) if whose == "aperio" else None


def _named(directories: Sequence[Directory], whose: Vendor) -> dict[str, Directory]:
    """Untiled images of which the file says what they are."""
    named: dict[str, Directory] = {}
    for index, image in enumerate(directories[1:], start=1):
        name = None if image.tiled or image.sub else _name(image, whose, index)
        if name:
            named.setdefault(name, image)
    return named


def _name(image: Directory, whose: Vendor, index: int) -> str | None:
    if whose == "aperio":
        known = {"thumbnail": index == 1, "label": image.subfile == _LABEL, "macro": image.subfile == _MACRO}
    else:
        known = {name: name in image.description.lower() for name in _BESIDE}
    return next((name for name, found in known.items() if found), None)


def _named_by_ome(directories: Sequence[Directory], ome: Ome) -> dict[str, Directory]:
    """Images in colour that OME-XML names, by the number of their directory."""
    main = [image for image in directories if not image.sub]
    return {
        name: main[number]
        for name, number in ome.beside.items()
        if 0 < number < len(main) and main[number].samples == _CHANNELS and main[number].bits == 8
    }


def _planes(directories: Sequence[Directory], ome: Ome | None) -> tuple[tuple[Directory, ...], ...]:
    """Levels whose colours lie in an image each: three in a row, each with its reduced copies below it."""
    first = directories[0]
    if ome is None or (first.samples, ome.channels, ome.planes) != (1, _CHANNELS, _CHANNELS):
        return ()
    groups: list[list[Directory]] = []
    for image in directories:
        if image.sub:
            groups[-1].append(image)
        else:
            groups.append([image])
    levels = zip(*groups[:_CHANNELS], strict=False)
    return tuple(level for level in levels if len(level) == _CHANNELS and _alike(level)) if len(groups) >= 3 else ()


def _alike(level: Sequence[Directory]) -> bool:
    """Whether the images of a level differ in nothing but their colour."""
    shapes = {(one.width, one.height, one.tile_width, one.tile_height, one.samples, one.bits) for one in level}
    return len(shapes) == 1


def _number(pattern: re.Pattern[str], text: str) -> float | None:
    """The positive number that the pattern finds."""
    found = pattern.search(text)
    return float(found[1]) or None if found else None
