"""Slides -> cached bags of tile features. Reading runs ahead of encoding, and batches are filled across slides.

Every slide is worked on under its lock, by one process of however many share the folder; what becomes of it is kept in
its state file. A bag appears under its content key only when it is whole, and is never made twice.
"""

import contextlib
import json
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from tqdm import tqdm

from core.config import ShardSpec, StainName, TileSpec
from core.errors import InputError
from core.slides.bags import read_bag, read_provenance, write_bag
from core.slides.encoders import TileEncoder
from core.slides.extraction import states
from core.slides.extraction.locks import Locks
from core.slides.extraction.messages import Begun, Cached, Ended, Failed, Job, Message, Planned, Tiles
from core.slides.extraction.readers import Readers
from core.slides.extraction.states import MOST_ATTEMPTS, SlideState
from core.slides.tiles.planning import signature
from core.slides.whole_files import write_whole
from core.types import Bag, Json, SlideRef

_WAIT_S = 1.0
_ORPHAN_S = 86_400.0
_QUALITY = "quality"


def features_key(encoder: TileEncoder, stain: StainName) -> str:
    """Equal for equal features of equal tiles: the encoder's key, and how stains are brought to one reference."""
    return encoder.key if stain == "none" else f"{encoder.key}-{stain}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is asked of slides."""

    tiles: TileSpec
    encoder: TileEncoder
    stain: StainName = "none"
    features: Path
    """Folder of all features; bags go to its sub-folder named by `key`."""
    shard: ShardSpec | None = None
    """Which slides to begin with when several processes share the work; then slides of others are not waited for."""
    retry: bool = False
    """Whether slides that failed too often are tried again."""
    device: str = "cpu"
    """Where stains are brought to their reference."""
    readers: int = 1
    """Processes that read slides."""
    threads: int = 1
    """That decode in each of them."""

    @property
    def key(self) -> str:
        """Of the features: equal for equal numbers."""
        return features_key(self.encoder, self.stain)

    @property
    def note(self) -> str:
        """What makes the features, in words."""
        words = {"none": "", "macenko": ", stain by Macenko", "reinhard": ", stain by Reinhard"}
        return self.encoder.note + words[self.stain]

    @property
    def folder(self) -> Path:
        """Where bags and states lie."""
        return self.features / self.key


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Done:
    """What became of a slide: a bag, or the reason why there is none."""

    ref: SlideRef
    result: Bag | InputError
    fresh: bool
    """Whether it was worked on now; otherwise it was done, or given up, before."""


@dataclass(kw_only=True, slots=True, eq=False)
class _Work:
    """A slide on its way."""

    ref: SlideRef
    stem: str
    state: SlideState
    planned: Planned | None = None
    ended: Ended | None = None
    rows: dict[int, np.ndarray] = field(default_factory=dict[int, np.ndarray])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Tile:
    """One tile that waits to be encoded."""

    work: _Work
    number: int
    pixels: UInt8[np.ndarray, "size size 3"]


def extracted(refs: Sequence[SlideRef], order: Order) -> Iterator[Done]:
    """What becomes of each slide, as they are finished; nearly in their order.

    With a shard, slides that another process works on are left to it and do not appear.

    Raises:
        InputError: the disk is full or the folder is not to be written to; what is done stays done.
    """
    _sweep(order.folder)
    with Locks(order.folder) as locks, Readers(order.readers) as readers:
        yield from _Extraction(refs, order, locks, readers).run()


class _Extraction:
    """The slides of one call, each waiting, under way, or left to another process."""

    def __init__(self, refs: Sequence[SlideRef], order: Order, locks: Locks, readers: Readers) -> None:
        self._order, self._locks, self._readers = order, locks, readers
        self._queue = deque(_in_turn(refs, order.shard))
        self._elsewhere: deque[SlideRef] = deque()
        self._works: dict[SlideRef, _Work] = {}
        self._tiles: list[_Tile] = []
        for ref in self._queue:
            self._queued(ref)

    def run(self) -> Iterator[Done]:
        """Until every slide is done, or left to others."""
        try:
            while self._queue or self._works or self._waits:
                yield from self._begin()
                yield from self._listen()
                if not self._readers.busy:
                    yield from self._encode()
        finally:
            self._put_back()

    def _begin(self) -> Iterator[Done]:
        """Gives slides to readers that have room; those that need no reading are done at once."""
        while self._queue and self._readers.room:
            ref = self._queue.popleft()
            done = self._claim(ref)
            if done is not None:
                yield done
        if not self._queue and not self._works and self._waits:
            time.sleep(_WAIT_S)
            self._queue, self._elsewhere = self._elsewhere, deque()

    @property
    def _waits(self) -> bool:
        """Whether slides that others work on are waited for."""
        return bool(self._elsewhere) and self._order.shard is None

    def _claim(self, ref: SlideRef) -> Done | None:
        """What is known of a slide; else its work is begun, unless another process does it."""
        stem = states.job_stem(ref, tiles=self._order.tiles, encoder=self._order.key)
        try:
            seen = signature(ref.path)
        except InputError as error:
            return self._lost(ref, stem, error)
        known = self._known(ref, self._state(ref, stem), seen)
        if known is not None:
            return known
        if not self._locks.take(stem):
            self._elsewhere.append(ref)
            return None
        state = self._state(ref, stem)
        known = self._known(ref, state, seen)  # another process may have done it before we held the lock
        if known is not None:
            self._locks.give_back(stem)
            return known
        begun = state.begun(owner=str(self._locks.owner), signature=seen)
        states.write_state(self._order.folder, stem, begun)
        self._works[ref] = _Work(ref=ref, stem=stem, state=begun)
        self._readers.give(self._job(ref))
        return None

    def _known(self, ref: SlideRef, state: SlideState, seen: str) -> Done | None:
        """What a slide's state says, if it is about the file as it is now."""
        if state.signature != seen:
            return None
        if state.status == "failed" and state.failures >= MOST_ATTEMPTS and not self._order.retry:
            reason = f"{state.reason} (it failed {state.failures} times and was not tried again; --retry tries it)"
            return Done(ref=ref, result=InputError(reason), fresh=False)
        bag = _read(self._order.folder / state.bag, ref) if state.status == "done" else None
        return Done(ref=ref, result=bag, fresh=False) if bag else None

    def _listen(self) -> Iterator[Done]:
        for job, message in self._readers.messages(wait_s=_WAIT_S if self._readers.busy else 0.0):
            yield from self._heard(self._works[job.ref], message)

    def _heard(self, work: _Work, message: Message) -> Iterator[Done]:
        match message:
            case Cached(bag=file):
                yield from self._cached(work, file)
            case Planned():
                work.planned = message
                write_whole(states.picture_file(self._order.folder, work.stem), message.picture, lasting=False)
            case Tiles():
                yield from self._arrived(work, message)
            case Ended():
                work.ended = message
                yield from self._finished([work])
            case Failed(reason=reason, quality=quality):
                yield self._failed(work, reason, quality)
            case Begun():
                pass

    def _cached(self, work: _Work, file: Path) -> Iterator[Done]:
        bag = _read(file, work.ref)
        if bag is not None:
            yield replace(self._done(work, bag, quality=_kept_quality(file)), fresh=False)
            return
        tqdm.write(f"made again, because it was damaged: {file}", file=sys.stderr)
        file.unlink(missing_ok=True)
        self._readers.give(self._job(work.ref))

    def _arrived(self, work: _Work, tiles: Tiles) -> Iterator[Done]:
        for number, pixels in zip(tiles.numbers.tolist(), tiles.pixels, strict=True):
            self._tiles.append(_Tile(work=work, number=number, pixels=pixels))
        while len(self._tiles) >= self._order.encoder.batch:
            yield from self._encode()

    def _encode(self) -> Iterator[Done]:
        """One batch; the bags that this completes."""
        batch, self._tiles = self._tiles[: self._order.encoder.batch], self._tiles[self._order.encoder.batch :]
        if not batch:
            return
        features = self._order.encoder(self._restained(batch))
        assert np.isfinite(features).all(), "features are finite"
        for tile, row in zip(batch, features, strict=True):
            tile.work.rows[tile.number] = row
        yield from self._finished(list(dict.fromkeys(tile.work for tile in batch)))

    def _restained(self, batch: Sequence[_Tile]) -> UInt8[np.ndarray, "n size size 3"]:
        pixels = np.stack([tile.pixels for tile in batch])
        fits = [tile.work.planned.plan.stain for tile in batch if tile.work.planned]
        if self._order.stain == "none":
            return pixels
        from core.slides.stain.normalisation import normalise  # torch: only where it is asked for

        own = [fit for fit in fits if fit is not None]
        return normalise(pixels, own, device=self._order.device)

    def _finished(self, works: Sequence[_Work]) -> Iterator[Done]:
        for work in works:
            if work.ended is not None and len(work.rows) == work.ended.sent:
                yield self._done(work, self._written(work), quality=work.ended.quality)

    def _written(self, work: _Work) -> Bag:
        """The bag as it is read back: a new one and a cached one are the same numbers."""
        assert work.planned is not None
        plan, numbers = work.planned.plan, sorted(work.rows)
        bag = Bag(
            slide=work.ref.id,
            features=np.stack([work.rows[number] for number in numbers]),
            origins=plan.origins[numbers],
            side_px=plan.side_px,
            encoder=self._order.key,
            source=work.ref.path,
        )
        write_bag(
            work.planned.bag,
            bag=bag,
            thumbnail=plan.thumbnail,
            thumbnail_px=plan.thumbnail_px,
            provenance={
                **plan.facts,
                "content_key": work.planned.content,
                "note": self._order.note,
                "stain": self._order.stain,
                _QUALITY: json.dumps(work.ended.quality if work.ended else None),
            },
        )
        return replace(read_bag(work.planned.bag), slide=work.ref.id, source=work.ref.path)

    def _done(self, work: _Work, bag: Bag, *, quality: Mapping[str, Json] | None) -> Done:
        assert bag.file is not None
        self._end(work, work.state.done(bag=bag.file, tiles=len(bag.features), quality=quality))
        return Done(ref=work.ref, result=bag, fresh=True)

    def _failed(self, work: _Work, reason: str, quality: Mapping[str, Json] | None) -> Done:
        """A slide can break in the middle: what was read of it is forgotten."""
        self._tiles = [tile for tile in self._tiles if tile.work is not work]
        known = quality if quality is not None else (work.planned.quality if work.planned else None)
        self._end(work, work.state.failed(reason, quality=known))
        return Done(ref=work.ref, result=InputError(reason), fresh=True)

    def _lost(self, ref: SlideRef, stem: str, error: InputError) -> Done:
        """A slide whose file is gone."""
        state = self._state(ref, stem).begun(owner=str(self._locks.owner), signature="")
        states.write_state(self._order.folder, stem, state.failed(str(error), quality=None))
        return Done(ref=ref, result=error, fresh=True)

    def _end(self, work: _Work, state: SlideState) -> None:
        states.write_state(self._order.folder, work.stem, state)
        self._locks.give_back(work.stem)
        del self._works[work.ref]

    def _put_back(self) -> None:
        """What was begun and not ended waits for the next start."""
        for work in self._works.values():
            # On a full disk this is not the first fault to be told; a state left as it is does no harm.
            with contextlib.suppress(InputError):
                states.write_state(self._order.folder, work.stem, replace(work.state, status="queued", owner=""))
        self._works.clear()

    def _queued(self, ref: SlideRef) -> None:
        stem = states.job_stem(ref, tiles=self._order.tiles, encoder=self._order.key)
        if not states.state_file(self._order.folder, stem).is_file():
            states.write_state(self._order.folder, stem, SlideState(slide=ref.id, source=str(ref.path)))

    def _state(self, ref: SlideRef, stem: str) -> SlideState:
        return states.read_state(self._order.folder, stem) or SlideState(slide=ref.id, source=str(ref.path))

    def _job(self, ref: SlideRef) -> Job:
        return Job(
            ref=ref,
            tiles=self._order.tiles,
            stain=self._order.stain,
            encoder=self._order.key,
            folder=self._order.folder,
            threads=self._order.threads,
        )


def _in_turn(refs: Sequence[SlideRef], shard: ShardSpec | None) -> list[SlideRef]:
    """A shard's own slides first, then those of the next shards: who is done early takes over from the others."""
    once = list(dict.fromkeys(refs))
    if shard is None:
        return once
    return [ref for turn in range(shard.count) for ref in once[(shard.index - 1 + turn) % shard.count :: shard.count]]


def _read(file: Path, ref: SlideRef) -> Bag | None:
    """The bag that was made before; a damaged one is as good as none, for it can be made again."""
    try:
        return replace(read_bag(file), slide=ref.id, source=ref.path) if file.is_file() else None
    except InputError:
        return None


def _kept_quality(file: Path) -> Mapping[str, Json] | None:
    """The slide's quality as its bag has it: a state may be lost, or its slide copied."""
    return json.loads(str(read_provenance(file).get(_QUALITY, "null")))


def _sweep(folder: Path) -> None:
    """Removes what killed jobs left unfinished long ago."""
    for orphan in folder.glob(".*.tmp"):
        # Those of living processes come and go while we look.
        with contextlib.suppress(FileNotFoundError):
            if time.time() - orphan.stat().st_mtime > _ORPHAN_S:
                orphan.unlink()
