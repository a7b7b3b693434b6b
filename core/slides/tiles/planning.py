"""One slide read for the encoder: its content key, its tissue, its tiles, or why it has none."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int32, UInt8

from core.config import TileSpec
from core.errors import InputError
from core.slides.formats.reader import Slide, open_slide
from core.slides.quality.tissue import pen_mask, tissue_mask
from core.slides.tiles.grid import tile_origins
from core.types import SlideRef

_VERSION = 1
"""Raised when tissue or tiles are found differently: old bags are then made again."""
_WHOLE_HASH_BYTES = 1 << 28
_PART_HASH_BYTES = 1 << 24
_TISSUE_UM = 4.0
_TISSUE_PX = 2048
"""Tissue is looked for at 4 um per pixel, or coarser where the slide would give more pixels than this."""
_THUMBNAIL_PX = 1024


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TilePlan:
    """A slide's tiles before they are encoded."""

    ref: SlideRef
    file: Path
    thumbnail: UInt8[np.ndarray, "h w 3"]
    origins: Int32[np.ndarray, "tiles 2"]
    side_px: float
    width: int
    provenance: dict[str, str | int | float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PlannedTile:
    """One tile on its way to the encoder."""

    plan: TilePlan
    pixels: UInt8[np.ndarray, "size size 3"]


def content_key(path: Path, *, tiles: TileSpec, encoder: str, um_per_px: float | None) -> str:
    """SHA-256 over what decides a bag: the slide's bytes, how it is cut, the encoder's key.

    Slides over 256 MiB give their size and their first and last 16 MiB in place of all bytes: those hold the
    directories and what the scanner wrote about itself.

    Raises:
        InputError: the file cannot be read.
    """
    digest = hashlib.sha256(repr((_VERSION, sorted(asdict(tiles).items()), encoder, um_per_px)).encode())
    try:
        size = path.stat().st_size
        digest.update(size.to_bytes(8, "big"))
        with path.open("rb") as slide:
            if size <= _WHOLE_HASH_BYTES:
                digest.update(hashlib.file_digest(slide, "sha256").digest())
            else:
                digest.update(slide.read(_PART_HASH_BYTES))
                slide.seek(-_PART_HASH_BYTES, 2)
                digest.update(slide.read())
    except OSError as error:
        raise InputError(f"slide {path} cannot be read ({error.strerror}); check the path and its rights") from error
    return digest.hexdigest()


def planned_tiles(ref: SlideRef, *, tiles: TileSpec, file: Path, origin: dict[str, str]) -> Iterator[PlannedTile]:
    """A slide's tissue tiles, row by row."""
    with open_slide(ref.path, um_per_px=ref.um_per_px) as slide:
        mask, looked_at = _tissue(slide)
        try:
            origins, side = tile_origins(
                mask, width=slide.width, height=slide.height, um_per_px=slide.um_per_px, spec=tiles
            )
        except InputError as error:
            raise InputError(f"{ref.path.name} cannot be cut into tiles: {error}") from error
        if not len(origins):
            raise _no_tile(ref, mask, looked_at, tiles)
        plan = TilePlan(
            ref=ref,
            file=file,
            thumbnail=slide.thumbnail(_THUMBNAIL_PX),
            origins=origins,
            side_px=side,
            width=slide.width,
            provenance={**origin, **_facts(slide), **asdict(tiles)},
        )
        for x, y in origins.tolist():
            size = tiles.size_px
            pixels = slide.region(x=x, y=y, side_px_w=side, side_px_h=side, out_w=size, out_h=size)
            yield PlannedTile(plan=plan, pixels=pixels)


def _tissue(slide: Slide) -> tuple[Bool[np.ndarray, "h w"], UInt8[np.ndarray, "h w 3"]]:
    """The tissue mask, and the thumbnail that it was found on."""
    longest = max(slide.width, slide.height) * slide.um_per_px / _TISSUE_UM
    thumbnail = slide.thumbnail(max(1, min(_TISSUE_PX, math.ceil(longest))))
    return tissue_mask(thumbnail), thumbnail


def _no_tile(
    ref: SlideRef, mask: Bool[np.ndarray, "h w"], thumbnail: UInt8[np.ndarray, "h w 3"], tiles: TileSpec
) -> InputError:
    """Why a slide gives no tile."""
    ink = pen_mask(thumbnail).mean()
    inked = f", {ink:.1%} is pen marks" if ink > 0 else ""
    if not mask.any():
        return InputError(f"{ref.path.name} shows no tissue (blank glass{inked}); check that it is a stained slide")
    return InputError(
        f"{ref.path.name} has tissue on {mask.mean():.1%} of its area{inked}, but no tile of "
        f"{tiles.size_px * tiles.um_per_px:.0f} um with at least {tiles.min_tissue:.0%} tissue; lower the least share "
        "or use smaller tiles"
    )


def _facts(slide: Slide) -> dict[str, str | int | float]:
    """What was found out about a slide; `um_per_px` of the tiles goes by that name, the slide's own by this."""
    return {
        "reader": slide.reader,
        "slide_um_per_px": slide.um_per_px,
        "slide_um_source": slide.um_source,
        "slide_width": slide.width,
        "slide_height": slide.height,
        "extraction": _VERSION,
    }
