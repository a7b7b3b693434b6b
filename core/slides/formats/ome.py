"""What the OME-XML of an OME-TIFF says: resolution, objective, planes, and which further images it names."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import InputError

_MAX_XML = 1 << 22
"""Characters; the OME-XML of a slide takes some thousands, that of thousands of planes a million."""
_UM = {"m": 1e6, "cm": 1e4, "mm": 1e3, "µm": 1.0, "\u03bcm": 1.0, "um": 1.0, "nm": 1e-3, "Å": 1e-4, "pm": 1e-6}
_BESIDE = ("label", "macro", "thumbnail")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ome:
    """OME-XML, as far as a slide needs it."""

    um: tuple[float, float] | None
    magnification: float | None
    planes: int
    """Colour channels of the first image times the depths and times that it was taken at."""
    channels: int
    beside: Mapping[str, int]
    """Number of the directory of each image that is named label, macro or thumbnail."""


def read_ome(name: str, description: str) -> Ome:
    """The OME-XML of a file of that name; entities were refused when it was read.

    Raises:
        InputError: it is damaged or too long.
    """
    if len(description) > _MAX_XML:
        raise InputError(f"{name} holds {len(description):,} characters of OME-XML; export the slide alone")
    try:
        root = ElementTree.fromstring(description)
        images = root.findall("{*}Image")
        pixels = images[0].find("{*}Pixels") if images else None
        if pixels is None:
            raise InputError(f"{name} describes no image in its OME-XML; export the slide again")
        sizes = [int(pixels.get(f"Size{axis}", "1")) for axis in "CZT"]
        return Ome(
            um=_um(pixels),
            magnification=_power(root, images[0]),
            planes=sizes[0] * sizes[1] * sizes[2],
            channels=sizes[0],
            beside=_beside(images[1:]),
        )
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"{name} has damaged OME-XML ({error}); export the slide again") from error


def _um(pixels: ElementTree.Element) -> tuple[float, float] | None:
    """Micrometres per pixel across and down; None when no length is stated."""
    across, down = (_length(pixels, f"PhysicalSize{axis}") for axis in "XY")
    return (across, down or across) if across else None


def _length(pixels: ElementTree.Element, name: str) -> float | None:
    value, scale = float(pixels.get(name, "0")), _UM.get(pixels.get(f"{name}Unit", "µm"))
    return value * scale if scale and 0 < value < float("inf") else None


def _power(root: ElementTree.Element, image: ElementTree.Element) -> float | None:
    """Power of the objective that the image refers to, or of the only one."""
    settings = image.find("{*}ObjectiveSettings")
    objectives = root.findall("{*}Instrument/{*}Objective")
    used = settings.get("ID") if settings is not None else None
    chosen = [one for one in objectives if used is None or one.get("ID") == used]
    power = float(chosen[0].get("NominalMagnification", "0")) if len(chosen) == 1 else 0.0
    return power or None


def _beside(images: list[ElementTree.Element]) -> dict[str, int]:
    found: dict[str, int] = {}
    for image in images:
        title = image.get("Name", "").lower()
        data = image.find("{*}Pixels/{*}TiffData")
        known = next((name for name in _BESIDE if name in title), None)
        if known and data is not None:
            found.setdefault(known, int(data.get("IFD", "0")))
    return found
