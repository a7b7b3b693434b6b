"""A thumbnail with what was found drawn on it."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8
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
_OPACITY = 0.55
"""What lies beneath stays readable, and each colour keeps its name over pink, purple, black and white."""
_OUTLINE_SHARE = 1 / 500
"""Width of the outline over the longer side: one pixel of a picture of 500."""


def drawn(thumbnail: UInt8[np.ndarray, "h w 3"], surface_map: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """The thumbnail with tissue outlined, and ink, folds, fat and border coloured."""
    picture = thumbnail.copy()
    for surface in (Surface.INK, Surface.FOLD, Surface.FAT, Surface.BORDER):
        here = surface_map == surface
        mixed = (1 - _OPACITY) * thumbnail[here] + _OPACITY * np.array(COLOURS[surface])
        picture[here] = np.rint(mixed).astype(np.uint8)
    tissue = surface_map == Surface.TISSUE
    width = max(1, round(max(tissue.shape) * _OUTLINE_SHARE))
    # beyond the image there is tissue too: no line along its edge
    inner = ndimage.binary_erosion(tissue, iterations=width, border_value=1)
    picture[tissue > inner] = COLOURS[Surface.TISSUE]
    return picture
