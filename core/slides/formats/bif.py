"""BIF of Ventana scanners: areas of overlapping tiles, whose number OpenSlide believes."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from core.errors import InputError
from core.slides.formats.tiff import Directory

_MAX_TILES = 1 << 20
"""Of all areas; a slide at 40x has 10,000 of 1024 px."""


def check_areas(name: str, directories: Sequence[Directory]) -> None:
    """Look at what the XML of the finest level says of its areas.

    Raises:
        InputError: it is damaged, or states more tiles than any slide has.
    """
    for image in directories:
        if "level=0" not in image.description or not image.xmp:
            continue
        try:
            areas = ElementTree.fromstring(image.xmp).findall(".//ImageInfo")
            sides = [(int(area.get("NumRows", "0")), int(area.get("NumCols", "0"))) for area in areas]
        except (ElementTree.ParseError, ValueError) as error:
            raise InputError(f"{name} has damaged XML of its areas ({error}); export the slide again") from error
        if any(min(side) < 0 for side in sides) or sum(rows * columns for rows, columns in sides) > _MAX_TILES:
            raise InputError(f"{name} states areas of more than {_MAX_TILES:,} tiles; export the slide again")
