"""How each slide of a work list stands, on disk beside its bag: small JSON files that other processes may read.

    data/features/<encoder key>/<slide>-<job>.json    state and quality of one slide
                                <slide>-<job>.jpg     its thumbnail with what was found drawn on it
                                <slide>-<job>.lock    held while a process works on it
                                <slide>-<content>.h5  the bag
                                worklists/<name>.json which slides belong together, and what was asked of them

Losing a state loses nothing: the bag is the truth, and a slide without a state counts as queued.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from core.config import TileSpec
from core.slides.tiles.planning import VERSION
from core.slides.whole_files import write_whole
from core.types import Json, SlideRef

Status = Literal["queued", "running", "done", "failed"]
MOST_ATTEMPTS = 3
"""A slide that failed so often is not tried again unless asked for, as long as its file stays the same."""
_WORKLISTS = "worklists"
_STEM_CHARACTERS = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideState:
    """How one slide stands."""

    slide: str
    source: str
    """Path of the slide file."""
    status: Status = "queued"
    attempt: int = 0
    """How often it was begun since its file last changed."""
    failures: int = 0
    """How often it failed by itself since its file last changed; a killed job is no failure."""
    reason: str = ""
    """Why it failed, in one sentence."""
    signature: str = ""
    """Names, sizes and times of the slide's files when it was last looked at."""
    bag: str = ""
    """File name of the bag."""
    tiles: int = 0
    """Tiles in the bag."""
    started: str = ""
    """ISO 8601, UTC."""
    ended: str = ""
    owner: str = ""
    """Host and process that worked on it."""
    quality: Mapping[str, Json] | None = None
    """`SlideQuality` as JSON; None until the slide was looked at."""

    def begun(self, *, owner: str, signature: str) -> "SlideState":
        """The next attempt; a changed file starts to count anew."""
        fresh = self if signature == self.signature else SlideState(slide=self.slide, source=self.source)
        return replace(
            fresh,
            status="running",
            attempt=fresh.attempt + 1,
            reason="",
            signature=signature,
            started=now(),
            ended="",
            owner=owner,
        )

    def failed(self, reason: str, *, quality: Mapping[str, Json] | None) -> "SlideState":
        """After it could not be read."""
        return replace(
            self,
            status="failed",
            reason=reason,
            failures=self.failures + 1,
            ended=now(),
            quality=quality,
            tiles=0,
            bag="",
        )

    def done(self, *, bag: Path, tiles: int, quality: Mapping[str, Json] | None) -> "SlideState":
        """After its bag was written."""
        return replace(
            self, status="done", reason="", failures=0, bag=bag.name, tiles=tiles, ended=now(), quality=quality
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItem:
    """One slide of a work list."""

    slide: str
    patient: str
    stem: str
    """Name of its state file without the suffix."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkList:
    """Slides that were asked for together."""

    name: str
    folder: str
    """Where the states lie, relative to the folder of all features."""
    encoder: str
    """Of the features, in words."""
    written: str
    settings: Mapping[str, Json]
    items: tuple[WorkItem, ...]


def job_stem(ref: SlideRef, *, tiles: TileSpec, encoder: str) -> str:
    """Name under which a slide's state is kept: told by its path and what is asked of it, without opening it."""
    asked = (VERSION, str(ref.path.absolute()), sorted(asdict(tiles).items()), encoder, ref.um_per_px, ref.um_override)
    return f"{ref.id[:_STEM_CHARACTERS]}-{hashlib.sha256(repr(asked).encode()).hexdigest()[:16]}"


def state_file(folder: Path, stem: str) -> Path:
    """Where a slide's state lies."""
    return folder / f"{stem}.json"


def picture_file(folder: Path, stem: str) -> Path:
    """Where a slide's thumbnail lies, with what was found drawn on it."""
    return folder / f"{stem}.jpg"


def read_state(folder: Path, stem: str) -> SlideState | None:
    """A slide's state; None when there is none, or none that can be read: it is then found out anew."""
    try:
        stored = json.loads(state_file(folder, stem).read_text())
        return SlideState(**stored)
    except (OSError, ValueError, TypeError):
        return None


def write_state(folder: Path, stem: str, state: SlideState) -> None:
    """Replaces a slide's state; a reader sees the old one or the new one.

    Raises:
        InputError: the disk is full or the folder is not to be written to.
    """
    write_whole(state_file(folder, stem), json.dumps(asdict(state)).encode(), lasting=False)


def write_worklist(features: Path, worklist: WorkList) -> None:
    """Notes which slides belong together, under a name of its own.

    Raises:
        InputError: the disk is full or the folder is not to be written to.
    """
    safe = re.sub(r"[^\w.-]+", "-", worklist.name)[:60]
    asked = repr((worklist.name, worklist.folder, sorted(worklist.settings.items(), key=str)))
    file = features / worklist.folder / _WORKLISTS / f"{safe}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}.json"
    write_whole(file, json.dumps(asdict(worklist)).encode(), lasting=False)


def read_worklists(features: Path) -> tuple[WorkList, ...]:
    """All work lists, the newest first; those that cannot be read are left out."""
    found = [_worklist(file) for file in features.glob(f"*/{_WORKLISTS}/*.json")]
    return tuple(sorted((one for one in found if one), key=lambda one: one.written, reverse=True))


def read_states(features: Path, worklist: WorkList) -> tuple[SlideState, ...]:
    """The state of each slide of a work list, in its order; queued where nothing is known."""
    folder = features / worklist.folder
    return tuple(read_state(folder, item.stem) or SlideState(slide=item.slide, source="") for item in worklist.items)


def _worklist(file: Path) -> WorkList | None:
    try:
        stored = json.loads(file.read_text())
        items: Sequence[Mapping[str, str]] = stored.pop("items")
        return WorkList(**stored, items=tuple(WorkItem(**item) for item in items))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def now() -> str:
    """The present moment as it is written into states."""
    return datetime.now(UTC).isoformat(timespec="seconds")
