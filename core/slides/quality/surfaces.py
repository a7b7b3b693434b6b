"""What covers each place of a slide, seen on its thumbnail: exactly one of glass, tissue and what spoils either."""

from enum import IntEnum

import numpy as np
from jaxtyping import Bool, UInt8
from scipy import ndimage

from core.slides.quality.folds import fold_mask
from core.slides.quality.tissue import pen_mask, tissue_mask


class Surface(IntEnum):
    """One number per pixel of a surface map."""

    GLASS = 0
    TISSUE = 1
    INK = 2
    FOLD = 3
    """Tissue lying on itself."""
    FAT = 4
    """White, yet enclosed by tissue: adipose, lumina, cysts."""
    BORDER = 5
    """Never scanned."""


_BORDER_LEVEL = 20
"""Brightest channel, 0 to 255, of what was never scanned. Readers fill it with 0 and JPEG rings by a few levels; the
black of a marker lies at 30 to 60, for light passes round its grains."""
_BORDER_EDGE_SHARE, _BORDER_INNER_SHARE = 1e-3, 5e-3
"""Least share of the thumbnail: at its edge, and inside, where only rectangles count."""
_RECTANGULAR = 0.95
"""Least share of its bounding box that an inner part fills: a gap between scanned fields does, a stroke does not."""
_BORDER_MARGIN_PX = 2
"""Resampling mixes the border with what lies beside it, this far."""
_SAMPLED = 4
"""Of so many rows and columns one is enough to know the colour of the glass."""
_WALL_COLOUR = 0.03
"""Largest less smallest channel, as shares of the glass: the walls of fat cells, 1 px thin at 4 um per pixel, have 0.1;
glass with the noise of JPEG has 0.02."""
_WALL_PX = 3
"""Half a wall with its blur: fat reaches this far from its white to the next fat cell or the tissue."""
_LEAST_LUMEN_UM, _MOST_LUMEN_UM = 25.0, 1500.0
"""Diameter of an enclosed white area: from the smallest fat cell that a thumbnail shows to a dilated duct; what is
wider is glass between two pieces of tissue."""


def surfaces(thumbnail: UInt8[np.ndarray, "h w 3"], *, um_per_px: float) -> UInt8[np.ndarray, "h w"]:
    """The `Surface` of each pixel.

    Border goes before ink, ink before folds, all three before tissue; fat is looked for on what is left.

    Args:
        thumbnail: of a whole slide, best at 4 um per pixel.
        um_per_px: of the thumbnail.
    """
    border = _border(thumbnail)
    seen = np.where(border[..., None], _glass(thumbnail, border), thumbnail)
    ink = pen_mask(seen) & ~border
    tissue = tissue_mask(seen, ink=ink) & ~border
    found = np.full(border.shape, Surface.GLASS, dtype=np.uint8)
    found[_fat(seen, tissue, um_per_px=um_per_px)] = Surface.FAT
    found[tissue] = Surface.TISSUE
    found[fold_mask(seen, tissue, um_per_px=um_per_px)] = Surface.FOLD
    found[ink] = Surface.INK
    found[border] = Surface.BORDER
    return found


def _border(thumbnail: UInt8[np.ndarray, "h w 3"]) -> Bool[np.ndarray, "h w"]:
    """What was never scanned: black areas at the thumbnail's edge, and black rectangles."""
    dark = thumbnail.max(axis=-1) <= _BORDER_LEVEL
    if dark.mean() < _BORDER_EDGE_SHARE:
        return np.zeros_like(dark)
    labels = np.zeros(dark.shape, dtype=np.int32)
    ndimage.label(dark, output=labels)
    areas = np.bincount(labels.ravel())
    boxes = [(0, 0), *((side.stop - side.start for side in box) for box in ndimage.find_objects(labels))]
    filled = areas >= _RECTANGULAR * np.array([height * width for height, width in boxes])
    at_edge = np.zeros(len(areas), dtype=bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        at_edge[edge] = True
    kept = at_edge & (areas >= _BORDER_EDGE_SHARE * dark.size) | filled & (areas >= _BORDER_INNER_SHARE * dark.size)
    kept[0] = False
    return ndimage.binary_dilation(kept[labels], iterations=_BORDER_MARGIN_PX) if kept.any() else kept[labels]


def _glass(thumbnail: UInt8[np.ndarray, "h w 3"], border: Bool[np.ndarray, "h w"]) -> UInt8[np.ndarray, " 3"]:
    """Colour of the brightest tenth of what was scanned."""
    seen = thumbnail[::_SAMPLED, ::_SAMPLED][~border[::_SAMPLED, ::_SAMPLED]]
    if not len(seen):
        return np.full(3, 255, dtype=np.uint8)
    brightness = seen.min(axis=1)
    return np.median(seen[brightness >= np.quantile(brightness, 0.9)], axis=0).astype(np.uint8)


def _fat(
    seen: UInt8[np.ndarray, "h w 3"], tissue: Bool[np.ndarray, "h w"], *, um_per_px: float
) -> Bool[np.ndarray, "h w"]:
    """White areas enclosed by tissue, or by the faint walls of fat cells that hang on tissue."""
    glass = _glass(seen, np.zeros_like(tissue)).astype(np.float32)
    # colour relative to the glass, so that tinted glass has none
    relative = seen / glass.clip(1)
    walls = tissue | (relative.max(axis=-1) - relative.min(axis=-1) > _WALL_COLOUR)
    lumina = _lumina(tissue, um_per_px=um_per_px) | _lumina(walls, um_per_px=um_per_px)
    with_walls = np.asarray(ndimage.binary_dilation(lumina, iterations=_WALL_PX))
    with_walls &= np.asarray(ndimage.binary_fill_holes(walls))
    on_tissue = np.asarray(ndimage.binary_dilation(tissue, iterations=_WALL_PX))
    return np.asarray(ndimage.binary_propagation(on_tissue & with_walls, mask=with_walls)) & ~tissue


def _lumina(walls: Bool[np.ndarray, "h w"], *, um_per_px: float) -> Bool[np.ndarray, "h w"]:
    """Holes in walls, from the smallest fat cell to the widest duct."""
    holes = np.asarray(ndimage.binary_fill_holes(walls)) & ~walls
    labels = np.zeros(walls.shape, dtype=np.int32)
    ndimage.label(holes, output=labels)
    diameter = 2 * um_per_px * np.sqrt(np.bincount(labels.ravel()) / np.pi)
    return ((diameter >= _LEAST_LUMEN_UM) & (diameter <= _MOST_LUMEN_UM))[labels] & holes
