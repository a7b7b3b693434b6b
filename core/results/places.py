"""Where the tiles of every slide of a run lie, as tiles.h5."""

from dataclasses import astuple, dataclass
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Int32

from core.results.arrays import array, hdf5, read_index
from core.types import Bag, Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideTiles:
    """Where the tiles of one slide lie, in the order of the attention over them."""

    slide: str
    source: Path | None
    """The slide file."""
    file: Path | None
    """The cached HDF5 bag, which also holds the thumbnail."""
    origins: Int32[np.ndarray, "tiles 2"]
    """Top-left corners (x, y), level-0 pixels."""
    side_px: float
    """Tile side, level-0 pixels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideEntry:
    """A slide in the index of tiles.h5; paths inside the data folder are relative to it, so that it can be moved."""

    patient: str
    slide: str
    source: str | None
    file: str | None
    side_px: float
    start: int
    """Row of its first tile."""
    tiles: int


def places_file(dataset: Dataset, *, data: Path) -> bytes:
    """The places of all tiles, slide after slide; none for features that come without places."""
    entries, origins = _places(dataset, data)
    rows = [astuple(entry) for entry in entries]
    return hdf5(rows, {"origins": np.concatenate([np.zeros((0, 2), dtype=np.int32), *origins])})


def read_entries(path: Path) -> tuple[SlideEntry, ...]:
    """The index, without the places."""
    names = SlideEntry.__dataclass_fields__
    with h5py.File(path, "r") as file:
        return tuple(SlideEntry(**dict(zip(names, row, strict=True))) for row in read_index(file))


def read_places(path: Path, *, patient: str, data: Path) -> tuple[SlideTiles, ...]:
    """The slides of one patient, in the order their features have in a bag."""
    mine = [entry for entry in read_entries(path) if entry.patient == patient]
    with h5py.File(path, "r") as file:
        return tuple(
            SlideTiles(
                slide=entry.slide,
                source=_resolved(data, entry.source),
                file=_resolved(data, entry.file),
                origins=np.asarray(array(file, "origins")[entry.start : entry.start + entry.tiles]),
                side_px=entry.side_px,
            )
            for entry in mine
        )


def _places(dataset: Dataset, data: Path) -> tuple[list[SlideEntry], list[np.ndarray]]:
    """All slides whose places are known, one after the other."""
    entries: list[SlideEntry] = []
    origins: list[np.ndarray] = []
    start = 0
    for patient, bags in (dataset.bags or {}).items():
        # attention runs over all bags of a patient: with one of unknown place, the places of none would match it
        for bag in bags if all(bag.origins is not None for bag in bags) else ():
            assert bag.origins is not None and bag.side_px is not None, "places come with the side of a tile"
            entries.append(_entry(patient, bag, data=data, start=start))
            origins.append(bag.origins)
            start += len(bag.origins)
    return entries, origins


def _entry(patient: str, bag: Bag, *, data: Path, start: int) -> SlideEntry:
    assert bag.side_px is not None
    return SlideEntry(
        patient=patient,
        slide=bag.slide,
        source=_stored(data, bag.source),
        file=_stored(data, bag.file),
        side_px=bag.side_px,
        start=start,
        tiles=len(bag.features),
    )


def _stored(data: Path, path: Path | None) -> str | None:
    """Paths inside the data folder are kept relative to it, so that it can be moved."""
    if path is None:
        return None
    absolute, home = path.absolute(), data.absolute()
    return str(absolute.relative_to(home) if absolute.is_relative_to(home) else absolute)


def _resolved(data: Path, path: str | None) -> Path | None:
    return None if path is None else data / path
