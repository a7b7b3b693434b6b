"""What the Data page shows of slides: the table, what is chosen of it, and one slide in full."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, get_args

import pandas as pd

from core.slides.extraction.states import SlideState, WorkItem, WorkList
from core.slides.quality.problems import ProblemWord
from core.slides.quality.record import SlideQuality
from dashboard.views.extraction import STANDINGS, Standing, duration, moment
from dashboard.words.wording import NOT_STATED, percent, significant

FAILED = "failed"
PROBLEMS: tuple[str, ...] = (FAILED, *get_args(ProblemWord))
"""What slides can be chosen by, beside how they stand."""

TILE_WORDS = {
    "kept": "kept",
    "not sampled": "good, but beyond the most tiles of a slide",
    "edge": "too little tissue",
    "blurred": "blurred",
    "ink": "pen marks",
    "fold": "folds",
    "fat": "fat",
    "border": "never scanned",
    "glass": "glass",
}
SURFACE_WORDS = {
    "tissue": "tissue",
    "ink": "pen marks",
    "fold": "folds",
    "fat": "fat and lumina",
    "border": "never scanned",
    "glass": "glass",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which slides are listed; an empty choice leaves none out."""

    text: str = ""
    """Found in the slide's or the patient's name, in any case; site codes are part of TCGA's."""
    standings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """At least one of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TileCount:
    """Tiles of a slide that became the same."""

    word: str
    tiles: int
    kept: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideView:
    """One slide in full."""

    slide: str
    patient: str
    standing: Standing
    reason: str
    problems: tuple[tuple[str, str], ...]
    """Word and sentence, worst first."""
    tiles: tuple[TileCount, ...]
    """By what became of them; empty before the slide was looked at."""
    areas: pd.DataFrame
    """Surface, its area and share; without rows before the slide was looked at."""
    measured: Mapping[str, str]
    provenance: Mapping[str, str]


def table(items: Sequence[WorkItem], states: Sequence[SlideState], standings: Sequence[Standing]) -> pd.DataFrame:
    """One row a slide, in the list's order: `place` leads back to it, `problems` holds a tuple of words."""
    rows = [
        _row(place, item, state, standing)
        for place, (item, state, standing) in enumerate(zip(items, states, standings, strict=True))
    ]
    kinds = {"place": int, "tiles": "Int64", "tissue_mm2": float, "sharpness": float, "attempt": int}
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(kinds)


def wanted(rows: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    """The rows that are listed."""
    keep = pd.Series(True, index=rows.index)
    if wanted.text.strip():
        text = wanted.text.strip().lower()
        keep &= (rows["slide"] + "\n" + rows["patient"]).str.lower().str.contains(text, regex=False)
    if wanted.standings:
        keep &= rows["status"].isin(list(wanted.standings))
    if wanted.problems:
        asked = set(wanted.problems)
        keep &= pd.Series([not asked.isdisjoint(one) for one in rows["problems"]], index=rows.index, dtype=bool)
    return rows[keep].reset_index(drop=True)


def standing_counts(rows: pd.DataFrame) -> dict[str, int]:
    """Slides by how they stand; only what occurs."""
    found = Counter(rows["status"])
    return {standing: found[standing] for standing in STANDINGS if found[standing]}


def problem_counts(rows: pd.DataFrame) -> dict[str, int]:
    """Slides by what is amiss; only what occurs, and a slide may have several."""
    found = Counter(word for words in rows["problems"] for word in words)
    return {word: found[word] for word in PROBLEMS if found[word]}


def exported(rows: pd.DataFrame) -> pd.DataFrame:
    """The table as it is written to a file."""
    words = rows["problems"].map(lambda words: "; ".join(words))
    return rows.assign(problems=words).drop(columns="place")


def neighbours(rows: pd.DataFrame, slide: str) -> tuple[str | None, str | None]:
    """The slides listed before and after this one; the first of the list after one that is not listed."""
    listed = rows["slide"].tolist()
    if slide not in listed:
        return None, listed[0] if listed else None
    place = listed.index(slide)
    return listed[place - 1] if place else None, listed[place + 1] if place + 1 < len(listed) else None


def view(worklist: WorkList, place: int, state: SlideState, standing: Standing) -> SlideView:
    """One slide in full."""
    quality, item = _quality(state.quality), worklist.items[place]
    return SlideView(
        slide=item.slide,
        patient=item.patient,
        standing=standing,
        reason=state.reason,
        problems=tuple((problem.word, problem.sentence) for problem in quality.problems) if quality else (),
        tiles=_tiles(quality.tiles) if quality else (),
        areas=_areas(quality.area_mm2 if quality else {}),
        measured=_measured(quality) if quality else {},
        provenance=_provenance(worklist, state),
    )


_COLUMNS = (
    "place",
    "patient",
    "slide",
    "status",
    "tiles",
    "tissue_mm2",
    "problems",
    "sharpness",
    "reason",
    "attempt",
    "started",
    "ended",
)


def _row(place: int, item: WorkItem, state: SlideState, standing: Standing) -> tuple[object, ...]:
    quality = _quality(state.quality)
    words = tuple(problem.word for problem in quality.problems) if quality else ()
    return (
        place,
        item.patient,
        item.slide,
        standing,
        state.tiles if state.status == "done" else None,
        quality.area_mm2.get("tissue") if quality else None,
        (FAILED, *words) if standing == "failed" else words,
        quality.sharpness[1] if quality and quality.sharpness else None,
        state.reason,
        state.attempt,
        state.started,
        state.ended,
    )


def _quality(stored: Mapping[str, Any] | None) -> SlideQuality | None:
    """None before the slide was looked at, and for what another version wrote."""
    try:
        return SlideQuality.from_json(stored) if stored else None
    except (KeyError, TypeError):
        return None


def _tiles(counts: Mapping[str, int]) -> tuple[TileCount, ...]:
    order = [*TILE_WORDS, *(word for word in counts if word not in TILE_WORDS)]
    return tuple(
        TileCount(word=TILE_WORDS.get(word, word), tiles=counts[word], kept=word == "kept")
        for word in order
        if counts.get(word)
    )


def _areas(area_mm2: Mapping[str, float]) -> pd.DataFrame:
    whole = sum(area_mm2.values())
    rows = [
        (SURFACE_WORDS[name], area_mm2[name], percent(area_mm2[name], whole=whole))
        for name in SURFACE_WORDS
        if area_mm2.get(name)
    ]
    return pd.DataFrame(rows, columns=["Surface", "Area (mm²)", "Share"])


def _measured(quality: SlideQuality) -> dict[str, str]:
    """Figures that problems are told from."""
    found: dict[str, str] = {}
    if quality.sharpness:
        low, middle, high = quality.sharpness
        found["Sharpness of the tiles"] = (
            f"{significant(middle)} (80 % of them: {significant(low)} to {significant(high)})"
        )
    if quality.stain:
        stain = quality.stain
        found["Haematoxylin (optical density)"] = f"{stain.haematoxylin:.2f} ± {stain.haematoxylin_spread:.2f}"
        found["Eosin (optical density)"] = f"{stain.eosin:.2f} ± {stain.eosin_spread:.2f}"
    if quality.glass is not None:
        found["Brightness of the glass"] = f"{quality.glass:.0f} of 255"
    return found | {"Judged at": f"{significant(quality.um_per_px)} µm per pixel"}


def _provenance(worklist: WorkList, state: SlideState) -> dict[str, str]:
    tiles = worklist.settings.get("tiles")
    cut: dict[str, Any] = dict(tiles) if isinstance(tiles, Mapping) else {}
    began, ended = moment(state.started), moment(state.ended)
    took = duration((ended - began).total_seconds()) if began and ended else NOT_STATED
    failures = f", {state.failures} of them failed" if state.failures else ""
    return {
        "Slide file": state.source or NOT_STATED,
        "Features": PurePath(state.bag).name or "none yet",
        "Encoder": worklist.encoder,
        "Stain brought to a reference": str(worklist.settings.get("stain") or NOT_STATED),
        "Tiles": f"{cut['size_px']} px at {significant(float(cut['um_per_px']))} µm per pixel"
        if {"size_px", "um_per_px"} <= set(cut)
        else NOT_STATED,
        "Attempts": f"{state.attempt}{failures}",
        "Begun": began.strftime("%Y-%m-%d %H:%M:%S UTC") if began else "not yet",
        "Took": took,
        "Worked on by": state.owner or "nobody yet",
    }
