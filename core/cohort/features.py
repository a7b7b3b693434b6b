"""Image features that come as a table: one row a patient, or one row a tile."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32

from core.cohort.barcodes import join_slides, owners, require_some
from core.cohort.sources import FILE_NAME, ImageSource
from core.cohort.tables import Table, read_table
from core.errors import InputError
from core.types import Bag

PLACES = ("x", "y")
"""Columns with a tile's top-left corner, level-0 pixels; both or neither."""
RESERVED = (*PLACES, "slide", "side")
SHOWN = 5
"""Names listed in a note before it says "and more"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureTable:
    """Bags of each patient, reasons for the others, and notes."""

    bags: Mapping[str, tuple[Bag, ...]]
    lost: Mapping[str, str]
    notes: tuple[str, ...]


def read_features(source: ImageSource, patients: Sequence[str]) -> FeatureTable:
    """Read image features. Values stay in their own units: whatever scales them is fitted on training patients.

    The identifier column is the one whose cells belong to patients. A patient with one row has one bag of one row; with
    several, one bag for each value of the `slide` column, or one bag where there is none.

    Raises:
        InputError: no or several identifier columns, no numeric column, or tile places that are no whole numbers.
    """
    table = read_table(source.path)
    column = _identifier(table, source, patients)
    ids = table.text(column)
    join = join_slides(sorted(set(ids)), patients, what="image features", unit="identifier")
    require_some(join, ids, patients, where=source.path.name)
    matrix, notes = _matrix(table.select([name for name in table.columns if name != column]))
    places = _places(table)
    rows = _rows_by_slide(ids, table.text("slide") if "slide" in table.arrays else ids)

    bags = {
        patient: tuple(
            _bag(slide, matrix, np.array(index), places)
            for name in names
            for slide, index in sorted(rows[name].items())
        )
        for patient, names in join.chosen.items()
    }
    lost = {
        patient: "only features of normal tissue" if patient in join.normal_only else "no image features"
        for patient in patients
        if patient not in bags
    }
    return FeatureTable(bags=bags, lost=lost, notes=(*join.notes, *notes))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Matrix:
    columns: tuple[str, ...]
    values: Float32[np.ndarray, "rows columns"]

    @property
    def key(self) -> str:
        """Equal only for tables of the same columns."""
        return "features-" + hashlib.sha256("\n".join(self.columns).encode()).hexdigest()[:12]


def _identifier(table: Table, source: ImageSource, patients: Sequence[str]) -> str:
    """Column whose cells belong to patients; the one with most of them, if it is alone."""
    if source.patient is not None:
        return table.require(source.patient, key=f"{FILE_NAME} [images] patient")
    candidates = [name for name in table.columns if table.is_text(name) and name not in RESERVED]
    known = {name: len(set(owners(set(table.text(name)), patients).values())) for name in candidates}
    most = max(known.values(), default=0)
    best = [name for name, count in known.items() if count == most]
    if not most:
        raise InputError(f"{source.path.name}: no column holds patient identifiers of the clinical table")
    if len(best) > 1:
        raise InputError(
            f"{source.path.name}: the columns {', '.join(best)} all hold patient identifiers; "
            f'name one: {FILE_NAME} [images] patient = "..."'
        )
    return best[0]


def _matrix(table: Table) -> tuple[_Matrix, list[str]]:
    """The numeric columns in alphabetical order; those with text or gaps are left out, and notes name them.

    A gap is not filled: what it would be filled with would have to be fitted on training patients only.
    """
    kept: dict[str, np.ndarray] = {}
    text: list[str] = []
    gaps: list[str] = []
    for name in sorted(set(table.columns) - set(RESERVED)):
        values = table.numbers_or_none(name)
        if values is None:
            text.append(name)
        elif _fits(values):
            kept[name] = values.astype(np.float32)
        else:
            gaps.append(name)
    if not kept:
        raise InputError(f"{table.path.name} has no column of finite numbers; features are numbers in every row")
    notes = [f"image features: {len(kept)} columns used"]
    for why, names in (("as text", text), ("for gaps or infinite values", gaps)):
        if names:
            notes.append(f"image features: {len(names)} left out {why}: {_shown(names)}")
    return _Matrix(columns=tuple(kept), values=np.stack(list(kept.values()), axis=1)), notes


def _fits(values: Float64[np.ndarray, " rows"]) -> bool:
    """Whether every value is finite and stays so in single precision."""
    return bool((np.abs(values) <= np.finfo(np.float32).max).all())


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" and more" if len(names) > SHOWN else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Places:
    """Top-left corners and sides of tiles, level-0 pixels."""

    origins: Int32[np.ndarray, "rows 2"]
    sides: Float64[np.ndarray, " rows"] | None


def _places(table: Table) -> _Places | None:
    """Where the rows' tiles lie; None where the table does not say."""
    stated = [name for name in PLACES if name in table.arrays]
    if len(stated) == 1:
        raise InputError(f'{table.path.name} has a column "{stated[0]}" alone; tiles need x and y, or neither')
    if not stated:
        return None
    corners = np.stack([table.numbers(name) for name in PLACES], axis=1)
    wrong = ~np.isfinite(corners) | (corners != np.round(corners)) | (np.abs(corners) > np.iinfo(np.int32).max)
    if wrong.any():
        row = table.row(int(np.argwhere(wrong)[0, 0]))
        raise InputError(f"{table.path.name}, row {row}: x and y must be whole level-0 pixels; mend that row")
    sides = table.numbers("side") if "side" in table.arrays else None
    if sides is not None and not (np.isfinite(sides) & (sides > 0)).all():
        row = table.row(int(np.argwhere(~(np.isfinite(sides) & (sides > 0)))[0, 0]))
        raise InputError(f"{table.path.name}, row {row}: side must be the tile side in level-0 pixels, above 0")
    return _Places(origins=corners.astype(np.int32), sides=sides)


def _bag(slide: str, matrix: _Matrix, rows: np.ndarray, places: _Places | None) -> Bag:
    if places is None:
        return Bag(slide=slide, features=matrix.values[rows], encoder=matrix.key)
    x, y = places.origins[rows].T
    rows = rows[np.lexsort((x, y))]
    return Bag(
        slide=slide,
        features=matrix.values[rows],
        origins=places.origins[rows],
        side_px=None if places.sides is None else float(places.sides[rows[0]]),
        encoder=matrix.key,
    )


def _rows_by_slide(ids: Sequence[str], slides: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    """Identifier to slide to the rows of both."""
    rows: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, (name, slide) in enumerate(zip(ids, slides, strict=True)):
        rows[name][slide].append(index)
    return rows
