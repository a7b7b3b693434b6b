"""Where tissue lies on itself: about twice as dense as tissue of the same hue, elongated, with an abrupt edge."""

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy import ndimage

from core.slides.quality.density import optical_density, stain_density

_SMOOTH_UM = 8.0
"""Wider than a nucleus, narrower than a fold."""
_HUES = 16
"""Groups of equal size that tissue is dealt into by its share of haematoxylin."""
_PLAIN, _FOLLOWED = 1.55, 1.3
"""Density over that of the slide's tissue of the same hue, where a fold is plain and where it is followed. Two layers
have twice the density; a fold of 40 um painted on real skin has 1.5 to 1.9 times after smoothing. Of unfolded skin 95 %
lies below 1.47."""
_LEAST_AREA_UM2 = 4000.0
"""40 by 100 um: of what is smaller a thumbnail has too few pixels to tell its shape."""
_LEAST_ELONGATION = 2.5
"""Area over the square of the greatest width: length over width of a band."""
_LEAST_PLAIN_SHARE, _LEAST_STEP = 0.55, 1.68
"""Share of the followed area that is plain, and its median density over that of the tissue beside it. On the real skin
slide folds painted by us have 0.62 to 0.80 and 1.77 to 2.43; its keratin, the likest thing to a fold, 0.46 and 1.60.
Set on one slide, five fields and the demo, none of which has a fold of its own."""
_BESIDE_UM = (16.0, 48.0)
"""Distance from a fold of the tissue that it is compared with: past the blur of its own edge."""
_LEAST_DENSE = 0.4
"""Density below which there is a closed hole and no tissue to compare with."""
_LEAST_BESIDE = 0.5
"""Share of that ring that is tissue. What has glass on most sides is a thick shred, or one dyed at its margin."""


def fold_mask(
    thumbnail: UInt8[np.ndarray, "h w 3"], tissue: Bool[np.ndarray, "h w"], *, um_per_px: float
) -> Bool[np.ndarray, "h w"]:
    """True on folds of at least 40 um in width.

    A lymph follicle or a tumour nest is dense, yet no denser than its hue is elsewhere on the slide, for haematoxylin
    prevails in it; a fold keeps the hue of what is folded and doubles its density. Folds over half of all tissue of
    one hue would pass for its usual density.
    """
    found = np.zeros_like(tissue)
    if not tissue.any():
        return found
    excess = _excess(thumbnail, tissue, um_per_px=um_per_px)
    labels = np.zeros(tissue.shape, dtype=np.int32)
    ndimage.label(excess > _FOLLOWED, output=labels)
    areas, plain = (np.bincount(labels[mask], minlength=labels.max() + 1) for mask in (labels > 0, excess > _PLAIN))
    likely = (areas * um_per_px**2 >= _LEAST_AREA_UM2) & (plain >= _LEAST_PLAIN_SHARE * areas)
    boxes = ndimage.find_objects(labels)
    for number in np.flatnonzero(likely & (areas > 0)):
        box = _widened(boxes[number - 1], by=int(_BESIDE_UM[1] / um_per_px) + 1)
        part = labels[box] == number
        if _is_fold(part, excess[box], um_per_px=um_per_px):
            found[box] |= part
    return found


def _is_fold(part: Bool[np.ndarray, "h w"], excess: Float32[np.ndarray, "h w"], *, um_per_px: float) -> bool:
    """Whether a dense part is elongated and abruptly denser than the tissue beside it."""
    # padded: a fold that runs out of the slide is not widest at the slide's edge
    width = 2 * float(np.asarray(ndimage.distance_transform_edt(np.pad(part, 1))).max())
    away = np.asarray(ndimage.distance_transform_edt(~part)) * um_per_px
    ring = (away > _BESIDE_UM[0]) & (away < _BESIDE_UM[1])
    beside = excess[ring & (excess > _LEAST_DENSE)]
    if part.sum() < _LEAST_ELONGATION * width**2 or len(beside) < _LEAST_BESIDE * ring.sum() or not len(beside):
        return False
    return float(np.median(excess[part])) >= _LEAST_STEP * float(np.median(beside))


def _excess(
    thumbnail: UInt8[np.ndarray, "h w 3"], tissue: Bool[np.ndarray, "h w"], *, um_per_px: float
) -> Float32[np.ndarray, "h w"]:
    """Density over the median of the slide's tissue of the same hue; 0 outside tissue."""
    smooth = _SMOOTH_UM / um_per_px
    stains = stain_density(optical_density(thumbnail)) * tissue[..., None]
    weight = ndimage.gaussian_filter(tissue.astype(np.float32), smooth)[tissue]
    stains = (ndimage.gaussian_filter(stains, (smooth, smooth, 0))[tissue] / weight[:, None]).clip(1e-3)
    density = stains.sum(axis=1)
    hue = stains[:, 0] / density
    group = np.digitize(hue, np.quantile(hue, np.linspace(0, 1, _HUES + 1)[1:-1]))
    groups = [group == one for one in np.unique(group)]
    # between the groups' middles the usual density is interpolated: no step where one group ends
    usual = np.interp(hue, [np.median(hue[one]) for one in groups], [np.median(density[one]) for one in groups])
    excess = np.zeros(tissue.shape, dtype=np.float32)
    excess[tissue] = density / usual
    return excess


def _widened(box: tuple[slice, ...], *, by: int) -> tuple[slice, ...]:
    return tuple(slice(max(side.start - by, 0), side.stop + by) for side in box)
