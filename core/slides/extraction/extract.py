"""Slides -> cached bags of tile features. Reading runs ahead of encoding, and batches are filled across slides.

Resumable: a bag appears under its content key only when it is whole, and is never made twice.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8
from tqdm import tqdm

from core.config import TileSpec
from core.errors import InputError
from core.slides.bags.file import read_bag, write_bag
from core.slides.extraction.ahead import ReadAhead
from core.slides.tiles.planning import PlannedTile, TilePlan, content_key, planned_tiles
from core.types import Bag, Exclusion, Patient, SlideRef

_BATCHES_AHEAD = 3
_ORPHAN_S = 86_400.0


@runtime_checkable
class TileEncoder(Protocol):
    """What turns tiles into features; `core.slides.encoders.Encoder` is one."""

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


def _steps(
    refs: Sequence[SlideRef], *, tiles: TileSpec, encoder: TileEncoder, cache: Path
) -> Iterator[PlannedTile | _Done]:
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
                yield from planned_tiles(
                    ref, tiles=tiles, file=file, origin={"content_key": content, "note": encoder.note}
                )
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


def _encoded(steps: Iterable[PlannedTile | _Done], encoder: TileEncoder) -> Iterator[_Done]:
    """Batches filled across slides: a slide of twelve tiles does not leave a batch two thirds empty."""
    waiting: list[PlannedTile] = []
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
    waiting: Sequence[PlannedTile], rows: dict[SlideRef, list[np.ndarray]], encoder: TileEncoder
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


def _written(plan: TilePlan, features: Float32[np.ndarray, "tiles dim"], key: str) -> Bag:
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
