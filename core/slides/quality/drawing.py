"""A thumbnail with what was found drawn on it."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, UInt8
from scipy import ndimage

from core.slides.quality.surfaces import Surface

Rgb = tuple[int, int, int]

COLOURS: Mapping[Surface, Rgb] = {
    Surface.TISSUE: (0, 0, 0),
    Surface.INK: (0, 114, 178),
    Surface.FOLD: (213, 94, 0),
    Surface.FAT: (240, 228, 66),
    Surface.BORDER: (0, 158, 115),
}
"""Of tissue's outline, and of what is laid over the rest; glass stays as it is. Black, blue, vermilion, yellow and
bluish green of the palette of Okabe and Ito (2008), told apart with any kind of colour blindness."""
_FILLED = (Surface.INK, Surface.FOLD, Surface.FAT, Surface.BORDER)
_OPACITY = 0.55
"""What lies beneath stays readable, and each colour keeps its name over pink, purple, black and white."""
_OUTLINE_SHARE = 1 / 500
"""Width of the outline over the longer side: one pixel of a picture of 500."""


def painted(surface_map: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 4"]:
    """The same drawing alone, to be laid over the slide at any size: RGBA, transparent where nothing is drawn."""
    picture = np.zeros((*surface_map.shape, 4), dtype=np.uint8)
    for surface in _FILLED:
        picture[surface_map == surface] = (*COLOURS[surface], round(255 * _OPACITY))
    picture[_outline(surface_map)] = (*COLOURS[Surface.TISSUE], 255)
    return picture


def drawn(thumbnail: UInt8[np.ndarray, "h w 3"], surface_map: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """The thumbnail with tissue outlined, and ink, folds, fat and border coloured."""
    picture = thumbnail.copy()
    for surface in _FILLED:
        here = surface_map == surface
        mixed = (1 - _OPACITY) * thumbnail[here] + _OPACITY * np.array(COLOURS[surface])
        picture[here] = np.rint(mixed).astype(np.uint8)
    picture[_outline(surface_map)] = COLOURS[Surface.TISSUE]
    return picture


def _outline(surface_map: UInt8[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Rim of the tissue."""
    tissue = surface_map == Surface.TISSUE
    width = max(1, round(max(tissue.shape) * _OUTLINE_SHARE))
    # beyond the image there is tissue too: no line along its edge
    return tissue > ndimage.binary_erosion(tissue, iterations=width, border_value=1)
