"""Bags that other programs wrote, read into ours: CLAM, TRIDENT and STAMP.

What they write (sources read in November 2026):

CLAM     `features` float32 [n d], `coords` int32 [n 2], level-0 pixels; no attributes
TRIDENT  the same, `coords` int64; `features` carries `encoder`, `coords` carries `patch_size`, `patch_size_level0`,
         `level0_magnification`, `target_magnification`; a slide's own vector is `features` [d]
STAMP    `feats` float16 [n d], `coords` float32 [n 2] in micrometres (before version 2 in other units); the file
         carries `extractor`, `unit`, `tile_size_um`, `tile_size_px`, `feat_type`

A first axis of length 1, which batches leave behind, is taken off. No file is trusted: nothing outside it is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Float, Int32, Shaped

from core.errors import InputError
from core.slides.bags.file import read_bag
from core.types import Bag

_FEATURES = ("features", "feats")
_ENCODER = ("encoder", "extractor", "model_name", "model", "feature_extractor")
_STORES = ("h5_files", "feats_h5")
"""Folders that CLAM makes inside the one that people name."""
_MOST_BYTES = 1 << 33
"""A slide of a million tiles with 2,048 features in single precision; a few bytes of HDF5 can claim far more."""

Facts = Mapping[str, str | int | float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Stored:
    """A file's contents before anything is made of them."""

    name: str
    """Of the dataset of features."""
    features: Shaped[np.ndarray, "..."]
    coords: Shaped[np.ndarray, "..."] | None
    whole: Facts
    """Attributes of the file."""
    of_features: Facts
    of_coords: Facts


def read_foreign_bag(file: Path) -> Bag:
    """A bag in any of the known layouts, our own among them.

    Returns:
        Features as they were stored, or in single precision where they were wider; places and tile side in level-0
        pixels where the file tells them, else None: micrometres are none without the slide's resolution. The encoder is
        the one the file names, else the folder.

    Raises:
        InputError: not there, damaged, of no known layout, or holding numbers that are none; says which.
    """
    stored = _read(file)
    if "sha256" in stored.whole:
        return read_bag(file)
    features = _features(stored.features, file)
    origins = _origins(stored, len(features), file) if stored.features.ndim > 1 else None
    return Bag(
        slide=file.stem,
        features=features,
        origins=origins,
        side_px=None if origins is None else _side_px(stored.of_coords),
        encoder=_encoder(stored, file),
    )


def _read(file: Path) -> _Stored:
    if not file.is_file():
        raise InputError(f"feature file {file} is not there; check the folder of bags")
    try:
        with h5py.File(file, "r") as hdf:
            names = [name for name in _FEATURES if name in hdf.keys()]  # noqa: SIM118 - `in hdf` would follow links
            if not names:
                raise _unlike(file, f"it has no dataset {' or '.join(_FEATURES)}")
            features = _dataset(hdf, names[0], file)
            coords = _dataset(hdf, "coords", file) if "coords" in hdf.keys() else None  # noqa: SIM118
            return _Stored(
                name=names[0],
                features=np.asarray(features),
                coords=None if coords is None else np.asarray(coords),
                whole=_facts(hdf.attrs),
                of_features=_facts(features.attrs),
                of_coords={} if coords is None else _facts(coords.attrs),
            )
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise InputError(f"feature file {file} is damaged or no HDF5 file; copy it or make it again") from error


def _dataset(hdf: h5py.File, name: str, file: Path) -> h5py.Dataset:
    """A dataset of numbers whose data lie in this very file."""
    if not isinstance(hdf.get(name, getlink=True), h5py.HardLink):
        raise _unlike(file, f"its {name} are a link to elsewhere")
    found = hdf[name]
    if not isinstance(found, h5py.Dataset):
        raise _unlike(file, f"its {name} are no dataset")
    if found.external or found.is_virtual:
        raise _unlike(file, f"its {name} lie in another file")
    kind = _dtype(found)
    if kind is None or kind.kind not in "fiu":
        raise _unlike(file, f"its {name} are of type {kind}, not numbers")
    if found.size is None:
        raise _unlike(file, f"its {name} are empty")
    if found.size * kind.itemsize > _MOST_BYTES:
        raise _unlike(file, f"its {name} claim to be {found.shape}")
    return found


def _dtype(dataset: h5py.Dataset) -> np.dtype | None:
    """None for what HDF5 knows and numpy does not, such as times."""
    try:
        return dataset.dtype
    except TypeError:
        return None


def _features(stored: Shaped[np.ndarray, "..."], file: Path) -> Float[np.ndarray, "tiles dim"]:
    rows = stored[None] if stored.ndim == 1 else _unbatched(stored)
    if rows.ndim != 2 or not rows.size:
        raise _unlike(file, f"its features have the shape {stored.shape}, not tiles x features")
    if rows.dtype.name not in ("float16", "float32"):
        with np.errstate(over="ignore"):
            rows = rows.astype(np.float32)
    if not np.isfinite(rows).all():
        raise _unlike(file, "some of its features are not finite in single precision")
    return rows


def _origins(stored: _Stored, tiles: int, file: Path) -> Int32[np.ndarray, "tiles 2"] | None:
    if stored.coords is None:
        return None
    coords = _unbatched(stored.coords)
    if coords.shape != (tiles, 2):
        raise _unlike(file, f"its coords have the shape {stored.coords.shape} for {tiles} tiles")
    if not (np.isfinite(coords) & (np.abs(coords.astype(np.float64)) <= np.iinfo(np.int32).max)).all():
        raise _unlike(file, "some of its coords are no places on a slide")
    if stored.name == "feats" or stored.whole.get("unit") == "um" or "tile_size_um" in stored.whole:
        return None
    return np.rint(coords).astype(np.int32)


def _unbatched(stored: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    return stored[0] if stored.ndim == 3 and len(stored) == 1 else stored


def _side_px(facts: Facts) -> float | None:
    """TRIDENT's side at level 0, or what CLAM's patching wrote; None where neither tells."""
    if side := _number(facts, "patch_size_level0"):
        return side
    size, source, target = (
        _number(facts, name) for name in ("patch_size", "level0_magnification", "target_magnification")
    )
    if size and source and target:
        return size * source / target
    if size and facts.get("patch_level") == 0:
        return size * (_number(facts, "custom_downsample") or 1)
    return None


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, float | int) and 0 < value < float("inf") else None


def _encoder(stored: _Stored, file: Path) -> str:
    for facts in (stored.of_features, stored.whole):
        for name in _ENCODER:
            if (value := str(facts.get(name, "")).strip()) not in ("", "None"):
                return value
    folder = file.resolve().parent
    return folder.parent.name if folder.name in _STORES else folder.name


def _facts(attrs: h5py.AttributeManager) -> dict[str, str | int | float]:
    """Attributes that are one text or one number."""
    found: dict[str, str | int | float] = {}
    for name in attrs:
        # an attribute without extent, or of a type that numpy does not know, tells nothing here
        if attrs.get_id(name).get_type().get_class() not in (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING):
            continue
        value: object = attrs[name]
        if isinstance(value, np.generic | np.ndarray) and value.size == 1:
            value = value.item()
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str | int | float):
            found[name] = value
    return found


def _unlike(file: Path, why: str) -> InputError:
    return InputError(
        f"feature file {file} is laid out like none of ours, CLAM's, TRIDENT's or STAMP's: {why}; make it again, or "
        "leave it out"
    )
