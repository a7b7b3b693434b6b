"""What the Data page shows of a work list and its extraction: how far it is, how fast, how long still."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal, get_args

from core.slides.extraction.states import SlideState, WorkList
from dashboard.words.wording import counted

Standing = Literal["failed", "running", "interrupted", "queued", "done"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
"""What wants looking at first."""

_LATEST = 50
"""Slides that the speed is told from."""
_PAUSE_S = 600.0
"""When no slide was begun for so long after another had ended, the extraction had been stopped in between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a work list is."""

    counts: dict[Standing, int]
    """Every word is there."""
    per_minute: float | None
    """Slides; None before two have ended since it was last begun."""
    left_s: float | None
    """None when nothing is running, or the speed is not known."""

    @property
    def total(self) -> int:
        """Slides of the list."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Slides that are done or failed."""
        return self.counts["done"] + self.counts["failed"]

    @property
    def running(self) -> bool:
        """Whether somebody works on a slide."""
        return self.counts["running"] > 0

    @property
    def share(self) -> float:
        """Of the slides that have ended, 0 to 1."""
        return self.ended / self.total if self.total else 1.0


def standings(states: Sequence[SlideState], interrupted: Collection[int]) -> tuple[Standing, ...]:
    """How each slide stands; running only while somebody works on it."""
    return tuple("interrupted" if place in interrupted else state.status for place, state in enumerate(states))


def progress(states: Sequence[SlideState], *, interrupted: Collection[int]) -> Progress:
    """How far, how fast and how long still, from what the states say.

    Args:
        states: of all slides of a work list.
        interrupted: places of those that nobody works on, though their state says running.
    """
    found = Counter(standings(states, interrupted))
    counts: dict[Standing, int] = {standing: found[standing] for standing in STANDINGS}
    per_minute = _per_minute(states)
    left = counts["running"] + counts["queued"] + counts["interrupted"]
    known = per_minute is not None and counts["running"] > 0
    return Progress(
        counts=counts, per_minute=per_minute, left_s=60 * left / per_minute if known and per_minute else None
    )


def label(worklist: WorkList) -> str:
    """One line to choose a work list by."""
    written = worklist.written[:16].replace("T", " ")
    # what there is to be said against it stands in the slide's provenance
    encoder = worklist.encoder.partition(":")[0]
    return f"{worklist.name} · {counted(len(worklist.items), noun='slide')} · {written} · {encoder}"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def moment(text: str) -> datetime | None:
    """A time as states hold it; None where none is stated, or none that can be read."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _per_minute(states: Sequence[SlideState]) -> float | None:
    """Slides that ended since the extraction was last begun, by the time they took together."""
    times = [(moment(state.started), moment(state.ended)) for state in states if state.ended]
    spans = sorted(((end, start) for start, end in times if start and end), reverse=True)[:_LATEST]
    burst = spans[:1]
    for (_, began), earlier in pairwise(spans):
        if (began - earlier[0]).total_seconds() > _PAUSE_S:
            break
        burst.append(earlier)
    if len(burst) < 2:
        return None
    seconds = (burst[0][0] - min(start for _, start in burst)).total_seconds()
    return 60 * len(burst) / max(seconds, 1.0)
