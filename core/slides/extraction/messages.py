"""What the extracting process and its readers say to each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from core.config import StainName, TileSpec
from core.slides.tiles.planning import TilePlan
from core.types import Json, SlideRef

SLOTS, SLOT_BYTES = 4, 16 << 20
"""Of the memory that a reader shares with the extracting process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One slide to read."""

    ref: SlideRef
    tiles: TileSpec
    stain: StainName
    encoder: str
    """Key of the features, stain included: part of what names the bag."""
    folder: Path
    """Where bags of this encoder lie."""
    threads: int
    """That decode."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """The reader has taken up the job: from here on its end is the slide's fault."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cached:
    """The slide's bag is there already."""

    bag: Path


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Planned:
    """The slide was looked at; its tiles follow."""

    bag: Path
    content: str
    plan: TilePlan
    picture: bytes
    """JPEG of the thumbnail with what was found drawn on it."""
    quality: Mapping[str, Json]
    """As far as it is known before tiles are read."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tiles:
    """Some of the planned tiles."""

    numbers: Int64[np.ndarray, " k"]
    """Which of the planned ones."""
    pixels: UInt8[np.ndarray, "k size size 3"]
    sharpness: Float32[np.ndarray, " k"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """All tiles that are sharp were sent."""

    sent: int
    quality: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """No bag can be made of the slide."""

    reason: str
    quality: Mapping[str, Json] | None = None


Message = Begun | Cached | Planned | Tiles | Ended | Failed
"""About the job that a reader works on; `Cached`, `Ended` and `Failed` are the last about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """Tiles on their way between processes: their pixels lie in a slot of the shared memory."""

    slot: int
    tiles: Tiles
    shape: tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A reader's last word when our own program failed in it."""

    trace: str
