"""What is kept of how good a slide is: what covers it, what became of its tiles, its stain, and what is amiss."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float32, UInt8

from core.slides.quality.density import WHITE, White, optical_density, stain_density
from core.slides.quality.problems import Problem, StainStrength, problems
from core.slides.quality.surfaces import Surface
from core.types import Json

_QUANTILES = (0.1, 0.5, 0.9)
_LEAST_GLASS_SHARE = 0.01
"""Of the slide: with less, its few pixels are the rims of tissue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideQuality:
    """How good one slide is. Lost in no way by `as_json` and `from_json`."""

    um_per_px: float
    """Of the thumbnail that it was judged on."""
    area_mm2: Mapping[str, float]
    """By surface, in lower case."""
    tiles: Mapping[str, int]
    """By verdict, with "blurred" and "not sampled" taken out of "kept"."""
    sharpness: tuple[float, float, float] | None
    """Quantiles 10, 50 and 90 % over the tiles that were read; None where none was."""
    stain: StainStrength | None
    """None where there is no tissue."""
    glass: float | None
    """Brightness of the glass, 0 to 255: median of the mean of its channels; None where there is none."""
    problems: tuple[Problem, ...]
    """Worst first."""

    def as_json(self) -> dict[str, Json]:
        """In values that JSON holds."""
        values = asdict(self)
        lists = {key: list(values[key]) for key in ("sharpness", "problems") if values[key] is not None}
        return {**values, **lists}

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "SlideQuality":
        """From what `as_json` gave."""
        kept = cast(dict[str, Any], dict(stored))
        sharpness, stain = kept["sharpness"], kept["stain"]
        kept["sharpness"] = tuple(sharpness) if sharpness else None
        kept["stain"] = StainStrength(**stain) if stain else None
        kept["problems"] = tuple(Problem(**problem) for problem in kept["problems"])
        return cls(**kept)


def slide_quality(
    *,
    thumbnail: UInt8[np.ndarray, "h w 3"],
    surface_map: UInt8[np.ndarray, "h w"],
    um_per_px: float,
    tiles: Mapping[str, int],
    sharpness: Float32[np.ndarray, " n"],
) -> SlideQuality:
    """How good a slide is.

    Args:
        thumbnail: that the surface map was made from.
        surface_map: `Surface` numbers.
        um_per_px: of the thumbnail.
        tiles: count by verdict; of those kept at first, "blurred" and "not sampled" are counted by themselves.
        sharpness: of the tiles read, blurred ones too; may be empty.
    """
    counts = np.bincount(surface_map.ravel(), minlength=len(Surface))
    area_mm2 = {surface.name.lower(): float(counts[surface] * um_per_px**2 / 1e6) for surface in Surface}
    glass = thumbnail[surface_map == Surface.GLASS]
    glass = glass if len(glass) >= _LEAST_GLASS_SHARE * surface_map.size else glass[:0]
    stain = _strength(thumbnail[surface_map == Surface.TISSUE], white=_white(glass))
    low, middle, high = np.quantile(sharpness, _QUANTILES).tolist() if len(sharpness) else (0.0, 0.0, 0.0)
    return SlideQuality(
        um_per_px=um_per_px,
        area_mm2=area_mm2,
        tiles=dict(tiles),
        sharpness=(low, middle, high) if len(sharpness) else None,
        stain=stain,
        glass=float(np.median(glass.mean(axis=1))) if len(glass) else None,
        problems=problems(area_mm2=area_mm2, tiles=tiles, stain=stain),
    )


def _white(glass: UInt8[np.ndarray, "n 3"]) -> White:
    """Colour of the brighter half of the glass: where tissue is pale, the rest may be its rims."""
    if not len(glass):
        return WHITE
    red, green, blue = np.quantile(glass, 0.75, axis=0).tolist()
    return red, green, blue


def _strength(tissue: UInt8[np.ndarray, "n 3"], *, white: White) -> StainStrength | None:
    """Mean and spread of both stains over pixels of tissue."""
    if not len(tissue):
        return None
    stains = stain_density(optical_density(tissue, white=white)).astype(np.float64)
    (haematoxylin, eosin), (haematoxylin_spread, eosin_spread) = (
        stains.mean(axis=0).tolist(),
        stains.std(axis=0).tolist(),
    )
    return StainStrength(
        haematoxylin=haematoxylin, haematoxylin_spread=haematoxylin_spread, eosin=eosin, eosin_spread=eosin_spread
    )
