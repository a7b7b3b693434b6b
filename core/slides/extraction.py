"""Slides -> cached bags of tile features. Reading runs ahead of encoding, and batches are filled across slides.

Resumable: a bag appears under its content key only when it is whole, and is never made twice.
"""

import hashlib
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8
from tqdm import tqdm

from core.config import TileSpec
from core.errors import InputError
from core.slides.ahead import ReadAhead
from core.slides.bags import read_bag, write_bag
from core.slides.reader import Slide, open_slide
from core.slides.tiling import tile_origins
from core.slides.tissue import pen_mask, tissue_mask
from core.types import Bag, Exclusion, Patient, SlideRef

_VERSION = 1
"""Raised when tissue or tiles are found differently: old bags are then made again."""
_WHOLE_HASH_BYTES = 1 << 28
_PART_HASH_BYTES = 1 << 24
_TISSUE_UM = 4.0
_TISSUE_PX = 2048
"""Tissue is looked for at 4 um per pixel, or coarser where the slide would give more pixels than this."""
_THUMBNAIL_PX = 1024
_BATCHES_AHEAD = 3
_ORPHAN_S = 86_400.0


@runtime_checkable
class TileEncoder(Protocol):
    """What turns tiles into features; `core.slides.encoder.Encoder` is one."""

    @property
    def key(self) -> str:
        """Equal for equal numbers."""
        ...

    @property
    def note(self) -> str:
        """In words."""
        ...

    @property
    def dim(self) -> int: ...

    @property
    def batch(self) -> int:
        """Tiles it likes to get at once."""
        ...

    def __call__(self, tiles: UInt8[np.ndarray, "n size size 3"]) -> Float32[np.ndarray, "n dim"]: ...


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Plan:
    """A slide's tiles before they are encoded."""

    ref: SlideRef
    file: Path
    thumbnail: UInt8[np.ndarray, "h w 3"]
    origins: Int32[np.ndarray, "tiles 2"]
    side_px: float
    width: int
    provenance: dict[str, str | int | float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Tile:
    """One tile on its way to the encoder."""

    plan: _Plan
    pixels: UInt8[np.ndarray, "size size 3"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Done:
    """What became of a slide: a bag, or the reason why there is none."""

    ref: SlideRef
    result: Bag | InputError


def extract_bags(
    patients: Sequence[Patient], *, tiles: TileSpec, encoder: TileEncoder, folder: Path, progress: bool = True
) -> tuple[dict[str, tuple[Bag, ...]], tuple[Exclusion, ...]]:
    """The bags of every patient's slides, from the cache where they are there.

    Args:
        patients: whose slides are read.
        tiles: how slides are cut.
        encoder: makes the features.
        folder: the cache; bags go to its sub-folder named by the encoder's key.
        progress: whether to show a bar. A slide that gives no tile is always told on the error stream.

    Returns:
        Patient id to bags, in the order of their slides; and an exclusion at stage "tiles" for each patient none of
        whose slides gives a tile.
    """
    refs = list(dict.fromkeys(ref for patient in patients for ref in patient.slides))
    results: dict[SlideRef, Bag | InputError] = {}
    with tqdm(total=len(refs), desc="slides", unit="slide", disable=not progress) as bar:
        for done in _extracted(refs, tiles=tiles, encoder=encoder, folder=folder):
            results[done.ref] = done.result
            if isinstance(done.result, InputError):
                tqdm.write(f"left out: {done.result}", file=sys.stderr)
            bar.update()
    found = {patient.id: [results[ref] for ref in patient.slides] for patient in patients}
    bags = {id: tuple(one for one in every if isinstance(one, Bag)) for id, every in found.items()}
    lost = tuple(
        Exclusion(patient=id, stage="tiles", reason="; ".join(map(str, found[id])) or "no slide")
        for id, kept in bags.items()
        if not kept
    )
    return {id: kept for id, kept in bags.items() if kept}, lost


def extract_slide(
    path: Path, *, tiles: TileSpec, encoder: TileEncoder, folder: Path, um_per_px: float | None = None
) -> Bag:
    """The bag of one slide, from the cache where it is there.

    Raises:
        InputError: the slide cannot be read or gives no tile; says why.
    """
    ref = SlideRef(id=path.stem, path=path, um_per_px=um_per_px)
    (done,) = _extracted([ref], tiles=tiles, encoder=encoder, folder=folder)
    if isinstance(done.result, InputError):
        raise done.result
    return done.result


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


def _extracted(refs: Sequence[SlideRef], *, tiles: TileSpec, encoder: TileEncoder, folder: Path) -> Iterator[_Done]:
    """What becomes of each slide, as they are finished; nearly in their order."""
    cache = folder / encoder.key
    _sweep(cache)
    steps = _steps(refs, tiles=tiles, encoder=encoder, cache=cache)
    with ReadAhead(steps, depth=_BATCHES_AHEAD * encoder.batch) as ahead:
        yield from _encoded(ahead, encoder)


def _sweep(cache: Path) -> None:
    """Removes what killed jobs left unfinished long ago."""
    for orphan in cache.glob(".*.tmp"):
        if time.time() - orphan.stat().st_mtime > _ORPHAN_S:
            orphan.unlink(missing_ok=True)


def _steps(refs: Sequence[SlideRef], *, tiles: TileSpec, encoder: TileEncoder, cache: Path) -> Iterator[_Tile | _Done]:
    """Runs in the reading thread: what is cached or cannot be read is done, the rest is tiles."""
    for ref in refs:
        try:
            if not ref.path.is_file():
                raise InputError(f"slide {ref.path} is not there; check the folder named in cohort.toml")
            content = content_key(ref.path, tiles=tiles, encoder=encoder.key, um_per_px=ref.um_per_px)
            file = cache / f"{ref.id[:120]}-{content[:16]}.h5"
            if bag := _cached(file, ref):
                yield _Done(ref=ref, result=bag)
            else:
                yield from _tiles(ref, tiles=tiles, file=file, origin={"content_key": content, "note": encoder.note})
        except InputError as error:
            yield _Done(ref=ref, result=error)


def _cached(file: Path, ref: SlideRef) -> Bag | None:
    """The bag that was made before; a damaged one is as good as none, for it can be made again."""
    if not file.is_file():
        return None
    try:
        return replace(read_bag(file), slide=ref.id, source=ref.path)
    except InputError:
        tqdm.write(f"made again, because it was damaged: {file}", file=sys.stderr)
        return None


def _tiles(ref: SlideRef, *, tiles: TileSpec, file: Path, origin: dict[str, str]) -> Iterator[_Tile]:
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
        plan = _Plan(
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
            yield _Tile(plan=plan, pixels=pixels)


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


def _encoded(steps: Iterable[_Tile | _Done], encoder: TileEncoder) -> Iterator[_Done]:
    """Batches filled across slides: a slide of twelve tiles does not leave a batch two thirds empty."""
    waiting: list[_Tile] = []
    rows: dict[SlideRef, list[np.ndarray]] = {}
    for step in steps:
        if isinstance(step, _Done):
            # A slide can break in the middle: what was read of it is forgotten.
            waiting = [tile for tile in waiting if tile.plan.ref != step.ref]
            rows.pop(step.ref, None)
            yield step
            continue
        waiting.append(step)
        if len(waiting) == encoder.batch:
            yield from _finished(waiting, rows, encoder)
            waiting = []
    if waiting:
        yield from _finished(waiting, rows, encoder)


def _finished(
    waiting: Sequence[_Tile], rows: dict[SlideRef, list[np.ndarray]], encoder: TileEncoder
) -> Iterator[_Done]:
    """Encodes a batch; the bags of the slides that this completes."""
    features = encoder(np.stack([tile.pixels for tile in waiting]))
    assert np.isfinite(features).all(), "features are finite"
    for tile, row in zip(waiting, features, strict=True):
        plan = tile.plan
        mine = rows.setdefault(plan.ref, [])
        mine.append(row)
        if len(mine) == len(plan.origins):
            yield _Done(ref=plan.ref, result=_written(plan, np.stack(rows.pop(plan.ref)), encoder.key))


def _written(plan: _Plan, features: Float32[np.ndarray, "tiles dim"], key: str) -> Bag:
    """The bag as it is read back: a new one and a cached one are the same numbers."""
    bag = Bag(
        slide=plan.ref.id,
        features=features,
        origins=plan.origins,
        side_px=plan.side_px,
        encoder=key,
        source=plan.ref.path,
    )
    write_bag(
        plan.file,
        bag=bag,
        thumbnail=plan.thumbnail,
        thumbnail_px=plan.width / plan.thumbnail.shape[1],
        provenance=plan.provenance,
    )
    return replace(read_bag(plan.file), slide=plan.ref.id, source=plan.ref.path)
