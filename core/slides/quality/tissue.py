"""Where on a slide there is tissue, seen on its thumbnail: not glass, not fat, not ink.

Thresholds are in units of saturation and value, 0 to 1 (HSV); hue in degrees.
"""

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy import ndimage

_GLASS, _PALE = 0.05, 0.12
"""Otsu's threshold of saturation is held between these: glass stays below the first on every scanner, stained tissue
lies above the second, so that neither a blank slide nor one covered by tissue is cut in its middle."""
_SMOOTH_PX = 1.0
_SPECK_SHARE, _HOLE_SHARE = 2e-4, 1e-3
"""Specks and holes below these shares of the thumbnail are closed."""
_INK_SPECK_SHARE = 3e-4
_INK_MARGIN_PX = 3
_LEAST_CONTRAST = 0.06
"""Two groups of pixels closer than this are not glass and tissue but the noise of one of them."""


def tissue_mask(
    thumbnail: UInt8[np.ndarray, "h w 3"], *, ink: Bool[np.ndarray, "h w"] | None = None
) -> Bool[np.ndarray, "h w"]:
    """True where the thumbnail shows stained tissue.

    Otsu's threshold (doi:10.1109/TSMC.1979.4310076) on the smoothed saturation; ink is taken out, specks and small
    holes are closed. Works best at 4 to 20 um per pixel, where fat is white between its cell walls.

    Args:
        thumbnail: of a whole slide.
        ink: its `pen_mask`, where it is known already.
    """
    ink = pen_mask(thumbnail) if ink is None else ink
    _, saturation, value = _hsv(thumbnail)
    smooth = ndimage.gaussian_filter(saturation, _SMOOTH_PX)
    seen = smooth[~ink]
    if seen.size == 0:
        return np.zeros(ink.shape, dtype=bool)
    threshold = float(np.clip(_otsu(seen), _GLASS, _PALE))
    mask = (smooth > threshold) & (value > 0.1) & ~ink
    return _tidy(mask, specks=_SPECK_SHARE, holes=_HOLE_SHARE) & ~ink


def pen_mask(thumbnail: UInt8[np.ndarray, "h w 3"]) -> Bool[np.ndarray, "h w"]:
    """True on marker strokes: blue, green, red or black ink.

    Haematoxylin and eosin span hues of about 235 to 355 degrees; ink lies outside, or is far purer, or is dark grey.
    Over tissue a stroke takes on the tissue's hue: there it is followed from where it is plain, as long as it is
    darker, bluer or redder than tissue is.
    """
    hue, saturation, value = _hsv(ndimage.gaussian_filter(thumbnail, (_SMOOTH_PX, _SMOOTH_PX, 0)))
    green = (hue > 70) & (hue < 180) & (saturation > 0.2)
    blue = (hue >= 180) & (hue < 235) & (saturation > 0.35) | (hue >= 235) & (hue < 247) & (saturation > 0.55)
    red = ((hue < 20) | (hue > 345)) & (saturation > 0.72) & (value > 0.5)
    black = (value < 0.35) & (saturation < 0.35)
    plain = _tidy(green | blue | red | black, specks=_INK_SPECK_SHARE, holes=0.0)
    over_tissue = (hue >= 180) & (hue < 255) & (saturation > 0.5) & (value < 0.62)
    # of red strokes painted over the epidermis of a real slide 0.77 was found without this, all with it
    over_tissue |= ((hue < 20) | (hue > 340)) & (saturation > 0.75)
    over_tissue |= (value < 0.3) & (saturation < 0.6) | (value < 0.2)
    ink = ndimage.binary_propagation(plain, mask=plain | over_tissue)
    return ndimage.binary_dilation(ink, iterations=_INK_MARGIN_PX) if ink.any() else ink


def _hsv(
    image: UInt8[np.ndarray, "h w 3"],
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Hue in degrees, saturation and value from 0 to 1."""
    red, green, blue = np.moveaxis(image.astype(np.float32) / 255, -1, 0)
    value = np.maximum(np.maximum(red, green), blue)
    chroma = value - np.minimum(np.minimum(red, green), blue)
    safe = np.where(chroma > 0, chroma, 1)
    sector = np.where(
        value == red,
        (green - blue) / safe % 6,
        np.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = np.where(chroma > 0, 60 * sector, 0).astype(np.float32)
    saturation = np.where(value > 0, chroma / np.where(value > 0, value, 1), 0).astype(np.float32)
    return hue, saturation, value


def _otsu(values: Float32[np.ndarray, " n"]) -> float:
    """The value that splits the histogram into the two most different groups; 1 when there is but one group."""
    counts, edges = np.histogram(values, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    contrast = (sums[-1] - sums) / np.maximum(above, 1) - sums / np.maximum(below, 1)
    best = int(np.argmax(below * above * contrast**2))
    # glass of one single colour has an empty group below, as far from the other as zero is
    parted = below[best] > 0 and above[best] > 0 and contrast[best] >= _LEAST_CONTRAST
    return float(centres[best]) if parted else 1.0


def _tidy(mask: Bool[np.ndarray, "h w"], *, specks: float, holes: float) -> Bool[np.ndarray, "h w"]:
    """Without connected specks, then without holes, that are smaller than these shares of the image."""
    kept = mask & ~_smaller(mask, specks * mask.size)
    return kept | _smaller(~kept, holes * mask.size) if holes else kept


def _smaller(mask: Bool[np.ndarray, "h w"], least: float) -> Bool[np.ndarray, "h w"]:
    """The connected parts of a mask with fewer than `least` pixels."""
    labels = np.zeros(mask.shape, dtype=np.int32)
    ndimage.label(mask, output=labels)
    return (np.bincount(labels.ravel()) < least)[labels] & mask
