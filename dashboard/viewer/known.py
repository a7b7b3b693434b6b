"""Which slides may be looked at: those of the newest catalogue, each under an id that tells nothing.

An id is asked for, a file is found: no path, patient or name ever comes from outside.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from jaxtyping import Float32, Int32

from core.errors import InputError
from core.results import RunFolder, Store
from core.results.places import SlideTiles
from core.slides import read_provenance
from core.types import Explanation
from dashboard.views.attention import maps, slide_parts, tile_weights

ID_LENGTH = 24
RUNS_OPEN = 16
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class TileMaps:
    """Attention of one model over the tiles of one slide."""

    tokens: tuple[str, ...]
    """Names of the maps, the mean of all first where there are several."""
    values: Float32[np.ndarray, "tokens tiles"]
    """Share of the patient's attention times the number of their tiles: 1 is an even share."""
    fold: int
    """Which tested the patient; -1 for the mean of all folds, of a new case."""


class KnownSlide(Protocol):
    """A slide that may be looked at."""

    @property
    def version(self) -> str:
        """Changes with what is told of the slide, beside its file."""
        ...

    @property
    def path(self) -> Path | None:
        """The slide file."""
        ...

    @property
    def bag(self) -> Path | None:
        """The HDF5 file of its features, which holds a thumbnail."""
        ...

    def um_per_px(self) -> float | None:
        """Resolution that its tiles were cut by; None where that is not known."""
        ...

    def grid(self) -> tuple[Int32[np.ndarray, "tiles 2"], float] | None:
        """Top-left corners of its tiles and their side, level-0 pixels; None where there are none."""
        ...

    def maps(self, model: str, repeat: int) -> TileMaps | None:
        """Attention over those tiles; None where the model keeps none."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideOfRun:
    """A slide of a patient of a run."""

    data: Path
    generation: int
    run: str
    patient: str
    slide: str

    @property
    def version(self) -> str:
        return str(self.generation)

    @property
    def path(self) -> Path | None:
        return self._mine().source

    @property
    def bag(self) -> Path | None:
        return self._mine().file

    def um_per_px(self) -> float | None:
        bag = self.bag
        stated = _provenance(bag).get("slide_um_per_px") if bag is not None and bag.is_file() else None
        return stated if isinstance(stated, float) else None

    def grid(self) -> tuple[Int32[np.ndarray, "tiles 2"], float] | None:
        mine = self._mine()
        return mine.origins, mine.side_px

    def maps(self, model: str, repeat: int) -> TileMaps | None:
        """Of the fold that tested the patient, hence never trained on them."""
        return _maps(self, model, repeat)

    def _mine(self) -> SlideTiles:
        return next(one for one in slides_of(self) if one.slide == self.slide)


def slide_id(*parts: str | None) -> str:
    """The id of what these words name together; the words cannot be had back from it."""
    return hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:ID_LENGTH]


def ids(store: Store, run: str, patient: str) -> tuple[tuple[str, str], ...]:
    """Name and id of each of a patient's slides, in the order of the attention over them; empty without places."""
    return tuple((key[3], slide_id(*key)) for key in store.slide_keys(run, patient))


def find(data: Path, asked: str) -> KnownSlide | None:
    """The slide of this id; None when the newest catalogue has none.

    Raises:
        InputError: the catalogue is damaged or was built by another version of Acinus.
    """
    generation = Store.generation(data)
    if generation is None:
        return None
    with _ONE_AT_A_TIME:  # a catalogue of 100,000 slides is gone through once, not by everybody who asks meanwhile
        row = _catalogue(data, generation).get(asked)
    if row is None:
        return None
    run, patient, slide = row
    return SlideOfRun(data=data, generation=generation, run=run, patient=patient, slide=slide)


def slides_of(slide: SlideOfRun) -> tuple[SlideTiles, ...]:
    """All slides of its patient."""
    return _slides(slide.data, slide.run, slide.patient, slide.generation)


@lru_cache(maxsize=2)
def _catalogue(data: Path, generation: int) -> Mapping[str, tuple[str, str, str]]:
    """Run, patient and slide by id."""
    assert generation > 0
    store = Store.open(data)
    if store is None:
        return {}
    try:
        return {slide_id(*key): (key[0], key[2], key[3]) for key in store.slide_keys()}
    finally:
        store.close()


@lru_cache(maxsize=RUNS_OPEN)
def _run(data: Path, run: str, generation: int) -> RunFolder:
    """Opened anew with every generation: a run of the same name may be another."""
    assert generation > 0
    return RunFolder.open(data, run)


@lru_cache(maxsize=256)
def _slides(data: Path, run: str, patient: str, generation: int) -> tuple[SlideTiles, ...]:
    found = _run(data, run, generation).slides(patient)
    if not found:
        raise InputError("the places of this patient's tiles are not kept any more; train again to have them")
    return found


@lru_cache(maxsize=1024)
def _provenance(bag: Path) -> Mapping[str, str | int | float]:
    """Written once under its content's name."""
    return read_provenance(bag)


@lru_cache(maxsize=64)
def _maps(slide: SlideOfRun, model: str, repeat: int) -> TileMaps | None:
    run = _run(slide.data, slide.run, slide.generation)
    tested = [fold for fold in run.folds() if fold.repeat == repeat and slide.patient in fold.test]
    if model not in run.record.models or not tested:
        return None
    found = run.explanation(model, slide.patient, repeat)
    return None if found is None else _of_slide(found, slides_of(slide), slide.slide, fold=tested[0].index)


def _of_slide(found: Explanation, slides: tuple[SlideTiles, ...], slide: str, *, fold: int) -> TileMaps | None:
    names = maps(found)
    if not names:
        return None
    place = [one.slide for one in slides].index(slide)
    counts = [len(one.origins) for one in slides]
    values = [slide_parts(tile_weights(found, name), counts)[place] for name in names]
    return TileMaps(tokens=names, values=np.stack(values).astype(np.float32), fold=fold)
