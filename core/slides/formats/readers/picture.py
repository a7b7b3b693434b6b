"""Pictures that are decoded in one piece: PNG, JPEG and untiled TIFF."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image

from core.slides.formats.source import Stated, Tile, decoded

_COLOUR_MODES = ("RGB", "RGBA", "P", "YCbCr", "CMYK")


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that was read whole: a single tile."""

    pixels: Tile
    stated: Stated

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def tile_px(self) -> tuple[int, int]:
        return self.size

    @property
    def levels(self) -> tuple[float, ...]:
        return (1.0,)

    @property
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        return (self.size,)

    @property
    def parallel(self) -> bool:
        return False

    def tile(self, column: int, row: int, *, level: int) -> Tile:
        assert (column, row, level) == (0, 0, 0)
        return self.pixels

    def associated(self, name: str) -> Tile:
        raise AssertionError(f"a picture has no image beside it, asked for {name}")

    def close(self) -> None:
        """Nothing is held: the picture was read whole."""


def open_picture(path: Path, stated: Stated) -> Picture:
    """The picture, decoded.

    Raises:
        InputError: it cannot be decoded, or is not in colour.
    """

    def read() -> np.ndarray:
        with PIL.Image.open(path, formats=("TIFF", "JPEG", "PNG")) as image:
            if image.mode not in _COLOUR_MODES:
                raise ValueError(f"its pixels are {image.mode}, not colours")
            return np.asarray(image if image.mode in ("RGB", "RGBA") else image.convert("RGB"))

    return Picture(pixels=decoded(path, read, "as a picture"), stated=stated)
