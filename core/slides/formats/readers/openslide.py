"""Vendors' own formats through OpenSlide: levels as they are stored, at the places that OpenSlide gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
import openslide

from core.errors import InputError
from core.slides.formats.probe import LEVEL0_PX, WHOLE_READ_PX
from core.slides.formats.source import Stated, Tile, decoded, place, scale_of

_CACHE_BYTES = 96 << 20
"""Decoded stored tiles that OpenSlide keeps."""
_TILE_PX = 512
"""Side of the pieces that are read where the stored ones are strips, or far too small or large."""
_SIDES = range(128, 2049)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSlideTiles:
    """An open slide of a vendor's format."""

    path: Path
    slide: openslide.OpenSlide
    corner: tuple[int, int]
    """Where the scanned part begins on OpenSlide's canvas, level-0 pixels."""
    size: tuple[int, int]
    levels: tuple[float, ...]
    steps: tuple[float, ...]
    """OpenSlide's own scales: what it divides places by, so what places are multiplied with."""
    tile_px: tuple[int, int]
    stated: Stated

    @property
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        return tuple((ceil(self.size[0] / scale), ceil(self.size[1] / scale)) for scale in self.levels)

    @property
    def parallel(self) -> bool:
        return True

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        width, height = self.tile_px
        x, y = (round(at * self.steps[level]) for at in (column * width, row * height))
        at = (self.corner[0] + x, self.corner[1] + y)
        return decoded(self.path, lambda: self._pixels(at, level), place(column, row, level))

    def _pixels(self, at: tuple[int, int], level: int) -> np.ndarray:
        try:
            return np.asarray(self.slide.read_region(at, level, self.tile_px))
        except openslide.OpenSlideError as error:
            raise ValueError(str(error)) from error

    def associated(self, name: str) -> Tile:
        def read() -> np.ndarray:
            try:
                return np.asarray(self.slide.associated_images[name])
            except openslide.OpenSlideError as error:
                raise ValueError(str(error)) from error

        return decoded(self.path, read, f"in its image {name}")

    def close(self) -> None:
        self.slide.close()


def open_openslide(path: Path, stated: Stated, *, expected: Sequence[str]) -> OpenSlideTiles:
    """The slide, opened by OpenSlide.

    Args:
        path: the slide file.
        stated: used where OpenSlide knows nothing.
        expected: OpenSlide's names for the format. It finds the format by itself; one other than our look at the file
            found might read files that nobody looked at.

    Raises:
        InputError: OpenSlide refuses it, or takes it for something else.
    """
    try:
        slide = openslide.OpenSlide(path)
    except (openslide.OpenSlideError, OSError) as error:
        raise InputError(f"{path.name} cannot be opened as a slide ({error}); export it as pyramidal TIFF") from error
    if slide.properties.get(openslide.PROPERTY_NAME_VENDOR) not in expected:
        slide.close()
        raise InputError(f"{path.name} is no {expected[0]} slide for OpenSlide; export it as pyramidal TIFF")
    slide.set_cache(openslide.OpenSlideCache(_CACHE_BYTES))
    facts = slide.properties
    corner, size = _bounds(slide.dimensions, facts)
    if not (min(size) > 0 and size[0] * size[1] <= LEVEL0_PX):
        slide.close()
        raise InputError(f"{path.name} states a size of {size[0]} x {size[1]} px; export the slide again")
    steps = slide.level_downsamples
    return OpenSlideTiles(
        path=path,
        slide=slide,
        corner=corner,
        size=size,
        levels=tuple(scale_of(slide.dimensions, size) for size in slide.level_dimensions),
        steps=steps,
        tile_px=_piece(facts),
        stated=Stated(
            um=_pair(facts, openslide.PROPERTY_NAME_MPP_X, openslide.PROPERTY_NAME_MPP_Y) or stated.um,
            magnification=_number(facts, openslide.PROPERTY_NAME_OBJECTIVE_POWER) or stated.magnification,
            associated=_associated(slide, facts),
        ),
    )


def _bounds(canvas: tuple[int, int], facts: Mapping[str, str]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Corner and size of the scanned part of the canvas; the whole canvas where none is stated."""
    names = (
        openslide.PROPERTY_NAME_BOUNDS_X,
        openslide.PROPERTY_NAME_BOUNDS_Y,
        openslide.PROPERTY_NAME_BOUNDS_WIDTH,
        openslide.PROPERTY_NAME_BOUNDS_HEIGHT,
    )
    x, y, width, height = (int(_number(facts, name) or 0) for name in names)
    inside = min(x, y) >= 0 and min(width, height) > 0 and x + width <= canvas[0] and y + height <= canvas[1]
    return ((x, y), (width, height)) if inside else ((0, 0), canvas)


def _piece(facts: Mapping[str, str]) -> tuple[int, int]:
    """Size of the stored tiles at level 0, where that is a sensible amount to read at once."""
    stored = _pair(facts, "openslide.level[0].tile-width", "openslide.level[0].tile-height")
    if stored is None or not all(int(side) in _SIDES for side in stored):
        return _TILE_PX, _TILE_PX
    return int(stored[0]), int(stored[1])


def _associated(slide: openslide.OpenSlide, facts: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Names and sizes of the images beside the scan; those too large to decode in one piece are passed over."""
    sizes: dict[str, tuple[int, int]] = {}
    for name in slide.associated_images:
        size = _pair(facts, f"openslide.associated.{name}.width", f"openslide.associated.{name}.height")
        if size is not None and 0 < size[0] * size[1] <= WHOLE_READ_PX:
            sizes[name] = (int(size[0]), int(size[1]))
    return sizes


def _pair(facts: Mapping[str, str], first: str, second: str) -> tuple[float, float] | None:
    across, down = _number(facts, first), _number(facts, second)
    return (across, down) if across is not None and down is not None else None


def _number(facts: Mapping[str, str], name: str) -> float | None:
    """A property that is a positive number; None when it is absent or something else."""
    try:
        value = float(facts.get(name, ""))
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
