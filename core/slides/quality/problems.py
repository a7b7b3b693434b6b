"""What is amiss with a slide, in one sentence each: the figure, and what mends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ProblemWord = Literal["no tissue", "blur", "ink", "folds", "border", "little tissue", "pale stain"]

LITTLE_TISSUE_MM2 = 0.1
"""Eight tiles of 112 um; one core of a needle biopsy has 10 mm2."""
MOST_INK, MOST_FOLDS = 0.05, 0.05
"""Shares of what is not glass: the demo's slides with a stroke of ink have 0.05 to 0.09, those without have none."""
MOST_BORDER = 0.5
"""Share of the slide's area: scanners that look for tissue themselves leave a third to half of it unscanned."""
MOST_BLURRED = 0.2
"""Share of the tiles that were read."""
PALE = 0.15
"""Mean optical density of both stains over the tissue. Five TCGA fields have 0.27 to 0.81, the palest of them plainly
washed out; a skin slide has 0.50."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something amiss with a slide."""

    word: ProblemWord
    sentence: str
    """For the user: what is amiss, with the figure, and what mends it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StainStrength:
    """Optical density (base 10) of a slide's tissue, by Ruifrok and Johnston's directions of the two stains."""

    haematoxylin: float
    """Mean over the tissue."""
    haematoxylin_spread: float
    """Standard deviation."""
    eosin: float
    eosin_spread: float


def problems(
    *, area_mm2: Mapping[str, float], tiles: Mapping[str, int], stain: StainStrength | None
) -> tuple[Problem, ...]:
    """What is amiss, worst first.

    Args:
        area_mm2: by surface, in lower case.
        tiles: by verdict, with "blurred" where tiles were read.
        stain: of the tissue; None without tissue.
    """
    if not area_mm2["tissue"]:
        return (Problem(word="no tissue", sentence="No tissue was found; check that it is a stained slide."),)
    found = (_blur(tiles), _ink(area_mm2), _folds(area_mm2), _border(area_mm2), _little(area_mm2), _pale(stain))
    return tuple(problem for problem in found if problem)


def no_tile_reason(
    *, slide: str, area_mm2: Mapping[str, float], tiles: Mapping[str, int], tile_um: float, least_tissue: float
) -> str:
    """Why no tile of a slide is left, in one sentence.

    Args:
        slide: its file name.
        area_mm2: by surface, in lower case.
        tiles: by verdict, with "blurred" where tiles were read.
        tile_um: side of a tile.
        least_tissue: share of a tile, 0 to 1.
    """
    whole = sum(area_mm2.values())
    shown = {"is pen marks": "ink", "was never scanned": "border"}
    spoiled = "".join(f", {area_mm2[key] / whole:.1%} {words}" for words, key in shown.items() if area_mm2[key])
    tissue = area_mm2["tissue"] + area_mm2["fold"]
    if not tissue:
        return f"{slide} shows no tissue (blank glass{spoiled}); check that it is a stained slide"
    has = f"{slide} has tissue on {tissue / whole:.1%} of its area{spoiled}"
    wanted = f"no tile of {tile_um:.0f} um with at least {least_tissue:.0%} tissue"
    if blurred := tiles.get("blurred", 0):
        return f"{has}, but {wanted} is sharp ({blurred} are blurred); scan it again in focus"
    if lost := [f"{words} ({tiles[key]})" for key, words in _SPOILERS.items() if tiles.get(key, 0)]:
        return f"{has}, but {wanted} is free of {' and '.join(lost)}; clean the slide and scan it again, or use another"
    return f"{has}, but {wanted}; lower the least share or use smaller tiles"


_SPOILERS = {"ink": "pen marks", "fold": "folds", "border": "unscanned border"}


def _blur(tiles: Mapping[str, int]) -> Problem | None:
    blurred = tiles.get("blurred", 0)
    read = blurred + tiles["kept"]
    if not read or blurred / read < MOST_BLURRED:
        return None
    return Problem(
        word="blur",
        sentence=f"{blurred} of {read} tiles read ({blurred / read:.0%}) are blurred and left out; "
        "scan the slide again in focus.",
    )


def _ink(area_mm2: Mapping[str, float]) -> Problem | None:
    share = area_mm2["ink"] / _not_glass(area_mm2)
    if share < MOST_INK:
        return None
    return Problem(
        word="ink",
        sentence=f"Pen marks cover {area_mm2['ink']:.2g} mm2 ({share:.0%} of what is not glass); tiles under them are "
        "left out; clean the slide and scan it again if they hide tissue that matters.",
    )


def _folds(area_mm2: Mapping[str, float]) -> Problem | None:
    share = area_mm2["fold"] / _not_glass(area_mm2)
    if share < MOST_FOLDS:
        return None
    return Problem(
        word="folds",
        sentence=f"Tissue lies on itself over {area_mm2['fold']:.2g} mm2 ({share:.0%} of what is not glass); tiles on "
        "folds are left out; use another section if one can be cut.",
    )


def _border(area_mm2: Mapping[str, float]) -> Problem | None:
    share = area_mm2["border"] / sum(area_mm2.values())
    if share < MOST_BORDER:
        return None
    return Problem(
        word="border",
        sentence=f"{share:.0%} of the slide was never scanned; check that the scan holds all of its tissue.",
    )


def _little(area_mm2: Mapping[str, float]) -> Problem | None:
    if area_mm2["tissue"] >= LITTLE_TISSUE_MM2:
        return None
    return Problem(
        word="little tissue",
        sentence=f"Only {area_mm2['tissue']:.2g} mm2 of tissue were found; check the slide's um_per_px, and that it is "
        "the slide meant.",
    )


def _pale(stain: StainStrength | None) -> Problem | None:
    if stain is None or stain.haematoxylin + stain.eosin >= PALE:
        return None
    return Problem(
        word="pale stain",
        sentence=f"The tissue is pale: mean optical density {stain.haematoxylin:.2f} of haematoxylin and "
        f"{stain.eosin:.2f} of eosin; stain the slide again, or use stain normalisation.",
    )


def _not_glass(area_mm2: Mapping[str, float]) -> float:
    """Area of tissue and of what lies on it or in place of it."""
    return area_mm2["tissue"] + area_mm2["fold"] + area_mm2["ink"] + area_mm2["fat"]
