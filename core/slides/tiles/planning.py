"""One slide before its tiles are read: its content, what covers it, and which tiles to read."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int32, UInt8

from core.config import StainName, TileSpec
from core.errors import InputError
from core.slide_files import slide_files
from core.slides.formats import Slide
from core.slides.quality.surfaces import surfaces
from core.slides.stain import StainFit, fit
from core.slides.tiles.cutting import Cutter
from core.slides.tiles.grid import TileGrid, spread, tile_grid
from core.slides.tiles.verdicts import VERDICTS, verdict_counts, verdicts
from core.types import SlideRef

VERSION = 2
"""Raised when tissue or tiles are found or cut differently: old bags are then made again."""
NOT_SAMPLED = "not sampled"
_WHOLE_HASH_BYTES = 1 << 28
_PART_HASH_BYTES = 1 << 24
_TISSUE_UM = 4.0
_TISSUE_PX = 2048
"""Tissue is looked for at 4 um per pixel, or coarser where the slide would give more pixels than this."""
_THUMBNAIL_PX = 1024
_STAIN_TILES = 24
"""Tiles, spread over the slide, that its stain is found on."""
_STAIN_STEP = 7
"""Of their pixels every so many are used; neighbours tell the same."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TilePlan:
    """What is to be read of a slide."""

    thumbnail: UInt8[np.ndarray, "h w 3"]
    thumbnail_px: float
    """Level-0 pixels per pixel of the thumbnail."""
    looked_at: UInt8[np.ndarray, "r c 3"]
    """The larger thumbnail that surfaces were told on."""
    looked_at_um: float
    surface_map: UInt8[np.ndarray, "r c"]
    origins: Int32[np.ndarray, "tiles 2"]
    """Of the tiles to read, row by row; none where no tile is left."""
    side_px: float
    counts: Mapping[str, int]
    """Tiles of the grid by verdict; those kept but not sampled by themselves."""
    stain: StainFit | None
    """The slide's own stain, where it is to be brought to the reference."""
    facts: Mapping[str, str | int | float]


def content_key(ref: SlideRef, *, tiles: TileSpec, encoder: str) -> str:
    """SHA-256 over what decides a bag: the slide's bytes, its given resolution, how it is cut, the encoder.

    Files over 256 MiB give their size and their first and last 16 MiB in place of all bytes: those hold the
    directories and what the scanner wrote about itself.

    Raises:
        InputError: a file cannot be read.
    """
    asked = (VERSION, sorted(asdict(tiles).items()), encoder, ref.um_per_px, ref.um_override)
    digest = hashlib.sha256(repr(asked).encode())
    try:
        for file in slide_files(ref.path):
            digest.update(_file_digest(file))
    except OSError as error:
        raise InputError(
            f"slide {ref.path} cannot be read ({error.strerror}); check the path and its rights"
        ) from error
    return digest.hexdigest()


def signature(path: Path) -> str:
    """Changes when a file of the slide is replaced: a digest of their sizes and times, quick to take.

    Raises:
        InputError: the slide is not there.
    """
    try:
        seen = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in slide_files(path)]
    except OSError as error:
        raise InputError(f"slide {path} is not there; check the folder named in cohort.toml") from error
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def planned(slide: Slide, *, tiles: TileSpec, stain: StainName) -> TilePlan:
    """Which tiles of an open slide to read.

    Raises:
        InputError: the slide is smaller than one tile, too coarse, or cannot be decoded; its stain cannot be told.
    """
    grid = _grid(slide, tiles)
    looked_at = slide.thumbnail(_looked_at_px(slide))
    um = slide.width * slide.um_per_px / looked_at.shape[1]
    surface_map = surfaces(looked_at, um_per_px=um)
    found = verdicts(surface_map, grid, width=slide.width, height=slide.height, least_tissue=tiles.min_tissue)
    kept = np.flatnonzero(found == VERDICTS.index("kept"))
    chosen = spread(kept, columns=grid.columns, most=tiles.max_tiles)
    origins = grid.origins[chosen]
    thumbnail = slide.thumbnail(_THUMBNAIL_PX)
    counts = {**verdict_counts(found), "kept": len(chosen), NOT_SAMPLED: len(kept) - len(chosen)}
    return TilePlan(
        thumbnail=thumbnail,
        thumbnail_px=slide.width / thumbnail.shape[1],
        looked_at=looked_at,
        looked_at_um=um,
        surface_map=surface_map,
        origins=origins,
        side_px=grid.side_px,
        counts=counts,
        stain=_stain(slide, origins, grid.side_px, tiles, stain) if stain != "none" and len(origins) else None,
        facts={**_facts(slide), **asdict(tiles)},
    )


def _grid(slide: Slide, tiles: TileSpec) -> TileGrid:
    wanted = tiles.um_per_px / slide.um_per_px
    try:
        return tile_grid(
            width=slide.width,
            height=slide.height,
            um_per_px=slide.um_per_px,
            spec=tiles,
            step_px=slide.levels[slide.level_for(wanted)],
        )
    except InputError as error:
        raise InputError(f"{slide.path.name} cannot be cut into tiles: {error}") from error


def _looked_at_px(slide: Slide) -> int:
    longest = max(slide.width, slide.height) * slide.um_per_px / _TISSUE_UM
    return max(1, min(_TISSUE_PX, math.ceil(longest)))


def _stain(
    slide: Slide, origins: Int32[np.ndarray, "tiles 2"], side_px: float, tiles: TileSpec, stain: StainName
) -> StainFit:
    """The slide's stain, found on pixels of tiles all over it."""
    some = origins[np.linspace(0, len(origins) - 1, min(_STAIN_TILES, len(origins))).astype(int)]
    pixels = Cutter.of(slide, side_px=side_px, size_px=tiles.size_px).cut(some)
    try:
        return fit(stain, np.ascontiguousarray(pixels.reshape(-1, 3)[::_STAIN_STEP]))
    except InputError as error:
        raise InputError(f"{slide.path.name}: {error}") from error


def _facts(slide: Slide) -> dict[str, str | int | float]:
    """What was found out about a slide; `um_per_px` of the tiles goes by that name, the slide's own by this."""
    return {
        "reader": slide.reader,
        "slide_um_per_px": slide.um_per_px,
        "slide_um_source": slide.um_source,
        "slide_width": slide.width,
        "slide_height": slide.height,
        "extraction": VERSION,
    }


def _file_digest(file: Path) -> bytes:
    size = file.stat().st_size
    digest = hashlib.sha256(size.to_bytes(8, "big"))
    with file.open("rb") as stream:
        if size <= _WHOLE_HASH_BYTES:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
        else:
            digest.update(stream.read(_PART_HASH_BYTES))
            stream.seek(-_PART_HASH_BYTES, 2)
            digest.update(stream.read())
    return digest.digest()
