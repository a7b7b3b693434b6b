"""A slide opened by a named reader: size, resolution, and any region at any finer or coarser scale."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import PIL.Image
from jaxtyping import UInt8
from large_image.exceptions import TileSourceError
from large_image_source_openslide import OpenslideFileTileSource
from large_image_source_pil import PILFileTileSource
from large_image_source_tifffile import TifffileFileTileSource

from core.errors import InputError
from core.slides.probe import WHOLE_READ_PX, Probe, probe

# large_image lifts Pillow's guard against decompression bombs for the whole process when it is imported.
PIL.Image.MAX_IMAGE_PIXELS = WHOLE_READ_PX

TiffFileTileSource: type[Any] | None = None
# Reads 5x faster than OpenSlide, but needs the system's libtiff, which not every machine has.
with contextlib.suppress(ImportError, OSError):
    from large_image_source_tiff import TiffFileTileSource

ReaderName = Literal["tiff", "openslide", "tifffile", "pil"]

PLAUSIBLE_UM = (0.05, 20.0)
"""um/px between an oil-immersion scan and a macro photograph; what lies outside is a screen's or printer's setting."""
_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE = 1, 5, 7, 8, 32946
_DECODED_BY_LIBTIFF = (_UNCOMPRESSED, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE)
_ANISOTROPY = 0.02
_BAND_PX = 1 << 25
"""Most pixels of a stored level that are held at once while a thumbnail is made."""
_WHITE = 255


@dataclass(kw_only=True, slots=True)
class Slide:
    """An open slide. Coordinates are level-0 pixels, (0, 0) at the top left. For one thread at a time.

    Use it in a `with` statement.
    """

    path: Path
    reader: ReaderName
    width: int
    height: int
    um_per_px: float
    um_source: Literal["file", "given"]
    levels: tuple[float, ...]
    """Level-0 pixels per pixel of each stored level, finest first; the first is 1."""
    _source: Any = field(repr=False)
    _whole: UInt8[np.ndarray, "h w 3"] | None = field(repr=False, default=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source = None
        self._whole = None

    def region(
        self, *, x: float, y: float, side_px_w: float, side_px_h: float, out_w: int, out_h: int
    ) -> UInt8[np.ndarray, "out_h out_w 3"]:
        """A rectangle of the slide at another size, resampled from the nearest finer stored level.

        Args:
            x: left edge, level-0 pixels; what lies outside the slide is white.
            y: top edge, level-0 pixels.
            side_px_w: width on the slide, level-0 pixels.
            side_px_h: height on the slide, level-0 pixels.
            out_w: width of the result, pixels.
            out_h: height of the result, pixels.

        Raises:
            InputError: the file's data cannot be decoded there.
        """
        level = self._level(min(side_px_w / out_w, side_px_h / out_h))
        scale = self.levels[level]
        left, top = math.floor(x / scale), math.floor(y / scale)
        right, bottom = math.ceil((x + side_px_w) / scale), math.ceil((y + side_px_h) / scale)
        patch = self._patch(level, left, top, right, bottom)
        box = (x / scale - left, y / scale - top, (x + side_px_w) / scale - left, (y + side_px_h) / scale - top)
        box = (box[0], box[1], min(box[2], float(right - left)), min(box[3], float(bottom - top)))
        # Hamming: as sharp as bicubic when reducing, without its overshoot at tissue edges, exact at 1:1.
        resized = PIL.Image.fromarray(patch).resize((out_w, out_h), PIL.Image.Resampling.HAMMING, box=box)
        return np.asarray(resized)

    def thumbnail(self, max_px: int) -> UInt8[np.ndarray, "h w 3"]:
        """The whole slide, longest side at most `max_px`, never enlarged. Made in bands, to bound memory."""
        shrink = max(1.0, max(self.width, self.height) / max_px)
        out_w, out_h = max(1, round(self.width / shrink)), max(1, round(self.height / shrink))
        scale = self.levels[self._level(min(self.width / out_w, self.height / out_h))]
        rows = max(1, int(_BAND_PX * out_h / (self.width * self.height / scale**2)))
        step = self.height / out_h
        bands = [
            self.region(
                x=0,
                y=top * step,
                side_px_w=self.width,
                side_px_h=(min(top + rows, out_h) - top) * step,
                out_w=out_w,
                out_h=min(top + rows, out_h) - top,
            )
            for top in range(0, out_h, rows)
        ]
        return np.concatenate(bands)

    def _level(self, wanted: float) -> int:
        """The coarsest stored level that is still as fine as `wanted` level-0 pixels per pixel."""
        return max(index for index, scale in enumerate(self.levels) if index == 0 or scale <= wanted * 1.001)

    def _patch(self, level: int, left: int, top: int, right: int, bottom: int) -> UInt8[np.ndarray, "h w 3"]:
        """Pixels of a stored level; white outside it."""
        patch = np.full((bottom - top, right - left, 3), _WHITE, dtype=np.uint8)
        scale = self.levels[level]
        level_w, level_h = math.ceil(self.width / scale), math.ceil(self.height / scale)
        tile_w, tile_h = (level_w, level_h) if self._whole is not None else self._stored_tile()
        columns = range(max(left, 0) // tile_w, -(-min(right, level_w) // tile_w))
        for row in range(max(top, 0) // tile_h, -(-min(bottom, level_h) // tile_h)):
            for column in columns:
                tile_left, tile_top = column * tile_w, row * tile_h
                x0, x1 = max(left, tile_left, 0), min(right, tile_left + tile_w, level_w)
                y0, y1 = max(top, tile_top, 0), min(bottom, tile_top + tile_h, level_h)
                if x0 < x1 and y0 < y1:
                    tile = self._tile(column, row, level)
                    part = tile[y0 - tile_top : y1 - tile_top, x0 - tile_left : x1 - tile_left]
                    patch[y0 - top : y0 - top + part.shape[0], x0 - left : x0 - left + part.shape[1]] = part
        return patch

    def _stored_tile(self) -> tuple[int, int]:
        return int(self._source.tileWidth), int(self._source.tileHeight)

    def _tile(self, column: int, row: int, level: int) -> UInt8[np.ndarray, "h w 3"]:
        if self._whole is not None:
            return self._whole
        z = int(self._source.levels) - 1 - round(math.log2(self.levels[level]))
        what = f"at x {column}, y {row} of level {level}"
        return _rgb(_decoded(self.path, lambda: self._source.getTile(column, row, z, numpyAllowed="always"), what))


def open_slide(path: Path, *, um_per_px: float | None = None) -> Slide:
    """A slide, opened by the reader that suits its structure.

    Args:
        path: the slide file.
        um_per_px: resolution to use where the file states none.

    Raises:
        InputError: the file is damaged or of a kind we do not read, or its resolution is neither stated nor given.
    """
    found = probe(path)
    reader = choose_reader(path, found)
    source = _open(path, reader)
    stated = _stated_um(path, source, found)
    if stated is None and um_per_px is None:
        raise InputError(
            f"{path.name} states no resolution; give it as `um_per_px` under [images] in cohort.toml "
            "(or --um-per-px): about 0.25 for 40x, 0.5 for 20x"
        )
    if um_per_px is not None and not PLAUSIBLE_UM[0] <= um_per_px <= PLAUSIBLE_UM[1]:
        raise InputError(f"um_per_px must lie between {PLAUSIBLE_UM[0]} and {PLAUSIBLE_UM[1]}, got {um_per_px}")
    whole = None
    if reader == "pil":
        whole = _rgb(_decoded(path, lambda: source.getTile(0, 0, 0, numpyAllowed="always"), "in its only piece"))
    return Slide(
        path=path,
        reader=reader,
        width=int(source.sizeX),
        height=int(source.sizeY),
        um_per_px=stated or um_per_px or 0.0,
        um_source="file" if stated else "given",
        levels=_levels(source, reader, found),
        _source=source,
        _whole=whole,
    )


def choose_reader(path: Path, found: Probe) -> ReaderName:
    """The reader that decodes this structure truly: chosen from what is there, never by trying all."""
    if not found.tiled and not any(image.ndpi for image in found.directories):
        return "pil"
    first = found.directories[0]
    if any(image.sub for image in found.directories):
        return "tifffile"  # OpenSlide does not see pyramids below an image
    plain = first.contiguous and first.samples == 3 and first.compression in _DECODED_BY_LIBTIFF
    # Skipped tiles come out black from libtiff; OpenSlide knows them as background.
    whole = not any(image.empty for image in found.directories)
    if plain and whole and not first.ndpi:
        return "tiff" if TiffFileTileSource is not None else _without_libtiff(path)
    return "openslide"


def _without_libtiff(path: Path) -> ReaderName:
    """OpenSlide where it knows the format; else tifffile."""
    return "openslide" if OpenslideFileTileSource.canRead(str(path)) else "tifffile"


def _open(path: Path, reader: ReaderName) -> Any:
    """A large_image source of the named class. `icc` off: one colour policy, in training and serving."""
    options: dict[str, Any] = {"noCache": True, "style": {"icc": False}}
    classes: dict[ReaderName, Any] = {
        "tiff": TiffFileTileSource,
        "openslide": OpenslideFileTileSource,
        "tifffile": TifffileFileTileSource,
        "pil": PILFileTileSource,
    }
    if reader == "pil":
        options["maxSize"] = WHOLE_READ_PX
    try:
        return classes[reader](str(path), **options)
    except (TileSourceError, OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be opened as a slide ({error}); export it as pyramidal TIFF") from error


def _decoded(path: Path, read: Callable[[], np.ndarray], what: str) -> np.ndarray:
    """What a reader returns, its errors turned into ours."""
    try:
        return read()
    except (TileSourceError, OSError, ValueError, RuntimeError, PIL.Image.DecompressionBombError) as error:
        raise InputError(f"{path.name} cannot be decoded {what} ({error}); copy or export the slide again") from error


def _rgb(tile: np.ndarray) -> UInt8[np.ndarray, "h w 3"]:
    """Three channels; transparent pixels, which nothing was scanned for, become white."""
    if tile.shape[2] == 4:
        alpha = tile[:, :, 3:].astype(np.uint16)
        return ((tile[:, :, :3] * alpha + _WHITE * (255 - alpha)) // 255).astype(np.uint8)
    if tile.shape[2] != 3 or tile.dtype != np.uint8:
        raise ValueError(f"{tile.shape[2]} channels of {tile.dtype}")
    return tile


def _stated_um(path: Path, source: Any, found: Probe) -> float | None:
    """Micrometres per level-0 pixel that the file states, when plausible."""
    native = source.getNativeMagnification()
    across, down = native["mm_x"], native["mm_y"]
    um = float(across) * 1000 if across else (found.directories[0].um_per_px if found.directories else None)
    if um is None or not PLAUSIBLE_UM[0] <= um <= PLAUSIBLE_UM[1]:
        return None
    if across and down and abs(float(down) / float(across) - 1) > _ANISOTROPY:
        raise InputError(f"{path.name} has oblong pixels ({um:.4g} by {float(down) * 1000:.4g} um); export it again")
    return um


def _levels(source: Any, reader: ReaderName, found: Probe) -> tuple[float, ...]:
    """Scales of the levels that are stored and not made up on the fly."""
    if reader == "pil":
        return (1.0,)
    every = [2.0**step for step in range(int(source.levels))]
    if reader == "openslide":
        return tuple(every)
    stored = {round(math.log2(found.width / image.width)) for image in found.directories if _same_view(image, found)}
    return tuple(scale for step, scale in enumerate(every) if step == 0 or step in stored)


def _same_view(image: Any, found: Probe) -> bool:
    """Whether a directory is a reduced copy of the full image, at a power of two."""
    if not image.tiled:
        return False
    step = max(0, round(math.log2(found.width / image.width)))
    return abs(found.width / 2**step - image.width) <= 1 and abs(found.height / 2**step - image.height) <= 1
