"""What a slide's stain is: found on a sample of its pixels. numpy only.

Light falls off exponentially with the amount of dye (Beer and Lambert), so stains add up in optical density,
-ln(pixel / 255); white glass has none.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from core.config import StainName
from core.errors import InputError

_GLASS_DENSITY = 0.15
"""Macenko's threshold beta: what is paler in any channel tells little about the stains."""
_EXTREME = 1.0
"""Macenko's alpha, percent of pixels beyond either extreme stain."""
_FULL = 99.0
"""Percentile taken for the full amount of a stain; the very last pixels are dust and folds."""
_LEAST_PIXELS = 500
_LEAST_ANGLE_DEG = 14.0
"""Between the two stains. Ruifrok's lie 40 degrees apart, those of real slides 15 to 45; noise of one stain 2."""
_LEAST_SPREAD = 2e-3
"""Of log10 cone responses: tissue of one flat colour."""
_INK_SHARE = 0.75
"""Haematoxylin and eosin both absorb green most; what absorbs it less than this share of its strongest is ink."""

TO_CONES = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
"""RGB to cone responses LMS, Reinhard et al. 2001 (doi:10.1109/38.946629), equation 4."""
TO_LAB = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, -2.0], [1.0, -1.0, 0.0]]) / np.sqrt([[3.0], [6.0], [2.0]])
"""Logarithmic LMS to l-alpha-beta, equation 6 of the same."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MacenkoFit:
    """Directions and amounts of two stains, Macenko et al. 2009 (doi:10.1109/ISBI.2009.5193250)."""

    stains: Float64[np.ndarray, "3 2"]
    """Optical density of red, green, blue for one unit of haematoxylin and of eosin; columns have length 1."""
    full: Float64[np.ndarray, "2"]
    """Amount of either stain that one pixel in a hundred exceeds."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReinhardFit:
    """Mean and spread of tissue colours in l-alpha-beta (log10), Reinhard et al. 2001 (doi:10.1109/38.946629)."""

    mean: Float64[np.ndarray, "3"]
    std: Float64[np.ndarray, "3"]


StainFit = MacenkoFit | ReinhardFit
"""A slide's own stain, told by either method."""


def fit(name: StainName, pixels: UInt8[np.ndarray, "n 3"]) -> StainFit:
    """A slide's stain.

    Args:
        name: the method; "none" has nothing to fit.
        pixels: RGB from all over the slide's tissue, some ten thousand; glass and ink among them are left out.

    Raises:
        InputError: too little tissue, or only one stain in it.
    """
    assert name != "none", "without normalisation nothing is fitted"
    density = optical_density(pixels)
    tissue = density[_is_tissue(density)]
    if len(tissue) < _LEAST_PIXELS:
        raise _untold(f"{len(tissue)} of {len(pixels)} pixels show stained tissue, at least {_LEAST_PIXELS} are needed")
    return _macenko(tissue) if name == "macenko" else _reinhard(tissue)


def optical_density(pixels: UInt8[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    """-ln(pixel / 255); black counts as 1."""
    return -np.log(np.maximum(pixels, 1) / 255)


def log_cones(density: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    """log10 of the cone responses to pixels of an optical density."""
    return np.log10(np.exp(-density) @ TO_CONES.T)


def _is_tissue(density: Float64[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
    strongest = density.max(axis=1)
    return (density.min(axis=1) > 0) & (strongest > _GLASS_DENSITY) & (density[:, 1] >= _INK_SHARE * strongest)


def _macenko(tissue: Float64[np.ndarray, "n 3"]) -> MacenkoFit:
    """The two extreme directions in the plane that holds most of the optical density."""
    _, vectors = np.linalg.eigh(tissue.T @ tissue)
    plane = vectors[:, [2, 1]] * np.where(vectors[:, [2, 1]].sum(axis=0) < 0, -1, 1)
    across = tissue @ plane
    angles = np.percentile(np.arctan2(across[:, 1], across[:, 0]), [_EXTREME, 100 - _EXTREME])
    apart = float(np.degrees(angles[1] - angles[0]))
    if apart < _LEAST_ANGLE_DEG:
        raise _untold(f"its two stains are {apart:.1f} degrees apart, at least {_LEAST_ANGLE_DEG:g} are needed")
    stains = plane @ np.stack([np.cos(angles), np.sin(angles)])
    # Haematoxylin is the one that absorbs more red.
    stains = stains[:, np.argsort(-stains[0])]
    amounts = tissue @ np.linalg.pinv(stains).T
    full = np.percentile(amounts, _FULL, axis=0)
    if full.min() <= 0:
        raise _untold("one of its two stains is nowhere")
    return MacenkoFit(stains=stains, full=full)


def _reinhard(tissue: Float64[np.ndarray, "n 3"]) -> ReinhardFit:
    lab = log_cones(tissue) @ TO_LAB.T
    mean, std = lab.mean(axis=0), lab.std(axis=0)
    if std.min() < _LEAST_SPREAD:
        raise _untold("its tissue has one flat colour")
    return ReinhardFit(mean=mean, std=std)


def _untold(why: str) -> InputError:
    return InputError(f"its stain cannot be told apart ({why}); leave the slide out, or use no stain normalisation")
