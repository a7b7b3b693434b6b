"""How a patient's slides were made, in numbers: nothing here is biology, and all of it may tell the hospital."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float64

from core.slides.bags import read_provenance
from core.slides.quality.record import SlideQuality
from core.types import Bag, Dataset

SUMMED: Mapping[str, tuple[str, ...]] = {
    "slide and tissue size": ("slides", "slide_mm2", "tissue_mm2", "tiles"),
}
"""Facts that add up over the slides of a patient, by control."""
AVERAGED: Mapping[str, tuple[str, ...]] = {
    "sharpness": ("sharpness_10", "sharpness_50", "sharpness_90", "blurred_share"),
    "stain": ("haematoxylin", "haematoxylin_spread", "eosin", "eosin_spread", "glass"),
    "resolution": ("slide_um_per_px", "side_px"),
}
"""Facts of which the mean over the slides is taken, by control."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Acquisition:
    """Facts of one kind, of all patients."""

    name: str
    values: Float64[np.ndarray, "patients facts"]
    """NaN where a fact is not known."""


def acquisition(dataset: Dataset) -> tuple[Acquisition, ...]:
    """What is known of how slides were made; facts that are the same for all patients are left out.

    Empty for ready-made features, which come without slides.

    Raises:
        InputError: a bag's file is gone or damaged.
    """
    if dataset.bags is None:
        return ()
    slides = [[_facts(bag) for bag in dataset.bags[patient.id]] for patient in dataset.cohort.patients]
    kinds = [
        *((name, facts, np.nansum) for name, facts in SUMMED.items()),
        *((name, facts, np.nanmean) for name, facts in AVERAGED.items()),
    ]
    made: list[Acquisition] = []
    for name, facts, over in kinds:
        values = np.array([[_over(over, mine, fact) for fact in facts] for mine in slides])
        varies = np.array([len(np.unique(column[~np.isnan(column)])) > 1 for column in values.T])
        if varies.any():
            made.append(Acquisition(name=name, values=values[:, varies]))
    return tuple(made)


def _over(over: Any, slides: Sequence[Mapping[str, float]], fact: str) -> float:
    known = [slide[fact] for slide in slides if fact in slide]
    return float(over(known)) if known else float("nan")


def _facts(bag: Bag) -> dict[str, float]:
    stored = read_provenance(bag.file) if bag.file is not None else {}
    found: dict[str, float] = {"slides": 1.0}
    if bag.origins is not None:
        found["tiles"] = float(len(bag.features))
    if bag.side_px is not None:
        found["side_px"] = bag.side_px
    if isinstance(um := stored.get("slide_um_per_px"), float):
        found["slide_um_per_px"] = um
    judged = json.loads(str(stored.get("quality", "null")))
    return found if judged is None else found | _of_quality(SlideQuality.from_json(cast(dict[str, Any], judged)))


def _of_quality(quality: SlideQuality) -> dict[str, float]:
    found = {"slide_mm2": sum(quality.area_mm2.values()), "tissue_mm2": quality.area_mm2["tissue"]}
    # all sharp tiles, also those beyond the most that are encoded
    found["tiles"] = float(quality.tiles.get("kept", 0) + quality.tiles.get("not sampled", 0))
    read = quality.tiles.get("kept", 0) + quality.tiles.get("blurred", 0)
    if read:
        found["blurred_share"] = quality.tiles.get("blurred", 0) / read
    if quality.sharpness is not None:
        found |= dict(zip(("sharpness_10", "sharpness_50", "sharpness_90"), quality.sharpness, strict=True))
    if quality.stain is not None:
        found |= {fact: getattr(quality.stain, fact) for fact in AVERAGED["stain"] if fact != "glass"}
    if quality.glass is not None:
        found["glass"] = quality.glass
    return found
