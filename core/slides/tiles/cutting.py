"""Tiles cut out of an open slide and brought to their exact resolution, many at a time."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int32, Int64, UInt8

from core.slides.formats import Slide

_EVEN = 0.01
"""Pixels over a whole tile: below this a stored level already has the resolution that is asked for."""
_STRIP = 64
"""Columns of tiles that are walked down together: what two neighbouring rows share is still decoded then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutter:
    """Cuts square tiles from the nearest finer stored level of a slide, resampling only where the scales differ."""

    slide: Slide
    size_px: int
    """Side of the tiles that come out."""
    level: int
    scale: float
    """Level-0 pixels per pixel of the stored level."""
    reduction: float
    """Pixels of the stored level per pixel of the tile."""
    threads: int = 1
    """That decode; the pixels do not depend on it."""
    patch_px: int = field(init=False)
    """Side of what is read for one tile, pixels of the stored level."""

    def __post_init__(self) -> None:
        side = self.size_px * self.reduction
        even = abs(side - round(side)) < _EVEN
        object.__setattr__(self, "patch_px", round(side) if even else math.ceil(side))

    @classmethod
    def of(cls, slide: Slide, *, side_px: float, size_px: int, threads: int = 1) -> "Cutter":
        """For tiles of a side in level-0 pixels."""
        level = slide.level_for(side_px / size_px)
        scale = slide.levels[level]
        return cls(
            slide=slide,
            size_px=size_px,
            level=level,
            scale=scale,
            reduction=side_px / size_px / scale,
            threads=threads,
        )

    @property
    def resamples(self) -> bool:
        """Whether tiles differ in scale from the stored level."""
        return abs(self.size_px - self.patch_px) > 0 or abs(self.reduction - 1) * self.size_px >= _EVEN

    def cut(self, origins: Int32[np.ndarray, "n 2"]) -> UInt8[np.ndarray, "n size size 3"]:
        """The tiles at these corners, level-0 pixels, to the nearest pixel of the stored level.

        Raises:
            InputError: the file's data cannot be decoded there.
        """
        patches = np.empty((len(origins), self.patch_px, self.patch_px, 3), dtype=np.uint8)
        for patch, (x, y) in zip(patches, self._corners(origins).tolist(), strict=True):
            self.slide.read_level(self.level, x, y, into=patch)
        return self._resampled(patches) if self.resamples else patches

    def in_parts(
        self, origins: Int32[np.ndarray, "n 2"], *, most: int
    ) -> Iterator[tuple[Int64[np.ndarray, " k"], UInt8[np.ndarray, "k size size 3"]]]:
        """All tiles, at most `most` at a time: their numbers and pixels. The next part is decoded meanwhile.

        Raises:
            InputError: the file's data cannot be decoded.
        """
        parts = [*reading_order(origins, side_px=self.size_px * self.reduction * self.scale, most=most)]
        for place, here in enumerate(parts):
            # The first two, then one ahead: what is cut now was begun before.
            for ahead in parts[place + 1 : place + 2] if place else parts[:2]:
                self._decode(origins[ahead])
            yield here, self.cut(origins[here])

    def _decode(self, origins: Int32[np.ndarray, "n 2"]) -> None:
        corners = self._corners(origins)
        self.slide.decode_ahead(self.level, corners, side_px=self.patch_px, threads=self.threads)

    def _corners(self, origins: Int32[np.ndarray, "n 2"]) -> Int64[np.ndarray, "n 2"]:
        return np.rint(origins / self.scale).astype(np.int64)

    def _resampled(self, patches: UInt8[np.ndarray, "n p p 3"]) -> UInt8[np.ndarray, "n size size 3"]:
        """Bilinear with antialiasing at the exact scale; torch does it ten times faster than Pillow."""
        import torch  # only where something has to be resampled: it takes seconds to import

        with torch.inference_mode():
            pixels = torch.from_numpy(patches).permute(0, 3, 1, 2)
            size = [self.size_px, self.size_px]
            step = 1 / self.reduction
            tiles = torch.ops.aten._upsample_bilinear2d_aa(pixels, size, False, step, step)
            return tiles.permute(0, 2, 3, 1).contiguous().numpy()


def reading_order(origins: Int32[np.ndarray, "n 2"], *, side_px: float, most: int) -> Iterator[Int64[np.ndarray, " k"]]:
    """Numbers of the tiles in the order that decodes each stored tile once, at most `most` at a time."""
    columns, rows = np.floor(origins / side_px + 0.5).astype(int).T
    order = np.lexsort((columns, rows, columns // _STRIP))
    for start in range(0, len(order), most):
        yield order[start : start + most]
