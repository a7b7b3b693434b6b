"""What is known of how good a patient's slides are, in plain words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from core.slides.extraction.states import SlideState
from core.slides.quality.record import SlideQuality
from dashboard.words.wording import counted


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideFlags:
    """One slide's quality."""

    slide: str
    tiles: str
    """How many tiles the models saw."""
    problems: tuple[tuple[str, str], ...]
    """Word and sentence, worst first."""
    unknown: str = ""
    """Why nothing is known; empty when it is."""


def slide_flags(slide: str, provenance: Mapping[str, str | int | float], *, tiles: int) -> SlideFlags:
    """Of a slide whose features are there.

    Args:
        slide: its name.
        provenance: of its bag.
        tiles: in the bag.
    """
    shown, quality = counted(tiles, noun="tile"), _quality(provenance.get("quality"))
    if quality is None:
        return unknown(slide, "its features were made before quality was kept, or elsewhere", tiles=tiles)
    problems = tuple((problem.word, problem.sentence) for problem in quality.problems)
    return SlideFlags(slide=slide, tiles=shown, problems=problems)


def unknown(slide: str, why: str, *, tiles: int) -> SlideFlags:
    """Of a slide about which nothing can be said."""
    return SlideFlags(slide=slide, tiles=counted(tiles, noun="tile"), problems=(), unknown=why)


def spoiled_bags(states: Sequence[SlideState]) -> tuple[str, ...]:
    """File names of the bags of slides with a problem."""
    found = ((PurePath(state.bag).name, _quality_of(state.quality)) for state in states if state.bag)
    return tuple(sorted({bag for bag, quality in found if quality and quality.problems}))


def _quality(stored: str | int | float | None) -> SlideQuality | None:
    """None where none was kept, and for what another version wrote."""
    try:
        return _quality_of(json.loads(stored)) if isinstance(stored, str) else None
    except ValueError:
        return None


def _quality_of(stored: Mapping[str, object] | None) -> SlideQuality | None:
    try:
        return SlideQuality.from_json(stored) if stored else None  # type: ignore[arg-type]
    except (KeyError, TypeError):
        return None
