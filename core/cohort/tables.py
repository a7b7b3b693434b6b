"""One reader for every table a user brings: csv, tsv, their gzip forms, xlsx and parquet.

Text stays text until a column is asked for as numbers, because guessing types loses things: a gene called NA becomes a
missing value, a repeated sample is renamed, and `1,5` under a semicolon header becomes two cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float64

from core.cohort import cells
from core.cohort.delimited import parse_delimited
from core.cohort.file_bytes import read_bounded
from core.cohort.missing import MISSING
from core.cohort.workbooks import parse_parquet, parse_workbook
from core.errors import InputError

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table as it was written: unique column names, one array a column, all of one length."""

    path: Path
    arrays: Mapping[str, pa.Array]
    """Column name to cells: text, or numbers where the file itself states types (parquet)."""
    first_row: int = 2
    """Row of the file that holds the first data row; the header is row 1 unless comments stand above it."""
    decimal: Literal[".", ","] = "."

    def __post_init__(self) -> None:
        assert len({len(array) for array in self.arrays.values()}) == 1

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in the order of the file."""
        return tuple(self.arrays)

    def text(self, column: str) -> tuple[str, ...]:
        """Cells of a column with the space around them removed; a null is an empty cell."""
        return tuple(_as_text(self.arrays[column]).to_pylist())

    def numbers(self, column: str) -> Float64[np.ndarray, " rows"]:
        """Cells of a column as numbers; NaN where a missing-value token stands. Infinite values pass: callers refuse.

        Raises:
            InputError: a cell is neither a number nor a missing-value token; the message names row and column.
        """
        array = self.arrays[column]
        if _is_numeric(array):
            return _dense(pc.cast(array, pa.float64()))
        text = _as_text(array)
        if self.decimal == ",":
            text = cells.replaced(text, ",", ".")
        try:
            return _dense(pc.cast(text, pa.float64()))
        except pa.ArrowInvalid:
            return self._numbers_with_gaps(column, text)

    def numbers_or_none(self, column: str) -> Float64[np.ndarray, " rows"] | None:
        """Cells as numbers, or None where some cell is text that means neither a number nor a gap."""
        try:
            return self.numbers(column)
        except InputError:
            return None

    def is_text(self, column: str) -> bool:
        """Whether the file states the column as text; always so in csv, tsv and xlsx."""
        return not _is_numeric(self.arrays[column])

    def select(self, columns: Sequence[str]) -> "Table":
        """This table with some of its columns, in the order given."""
        return replace(self, arrays={column: self.arrays[column] for column in columns})

    def row(self, index: int) -> int:
        """Row of the file, as a spreadsheet counts, of a data row."""
        return index + self.first_row

    def require(self, column: str, *, key: str) -> str:
        """The column itself, if there is one of that name; otherwise an `InputError` naming the manifest's key."""
        if column in self.arrays:
            return column
        shown = ", ".join(self.columns[:12]) + (", ..." if len(self.columns) > 12 else "")
        raise InputError(f'{key} names the column "{column}", but {self.path.name} has: {shown}')

    def _numbers_with_gaps(self, column: str, text: pa.Array) -> Float64[np.ndarray, " rows"]:
        gaps = cells.among(text, MISSING)
        wrong = cells.first_true(cells.neither(gaps, cells.matching(text, NUMBER)))
        if wrong is not None:
            raise InputError(
                f'{self.path.name}, row {self.row(wrong)}, column "{column}": expected a number; '
                "write numbers with a decimal point and nothing else in the cell"
            )
        # arrow's parser knows no leading plus sign
        return _dense(pc.cast(cells.blanked(cells.replaced(text, r"^\+", ""), gaps), pa.float64()))


def read_table(path: Path) -> Table:
    """Read a table whatever its format, told by its content.

    Raises:
        InputError: unreadable, damaged, ragged, ambiguous, or with repeated or empty column names.
    """
    data = read_bounded(path)
    decimal: Literal[".", ","] = "."
    first_row = 2
    if data[:4] == b"PAR1":
        columns, arrays = parse_parquet(data, path=path)
    elif data[:4] == b"PK\x03\x04":
        columns, arrays = parse_workbook(data, path=path)
    else:
        parsed = parse_delimited(data, path=path)
        columns, arrays, first_row, decimal = parsed.columns, parsed.arrays, parsed.first_row, parsed.decimal
    _check_names(columns, path)
    if not len(arrays[0]):
        raise InputError(f"{path} has a header but no rows; give at least one row")
    return Table(path=path, arrays=dict(zip(columns, arrays, strict=True)), first_row=first_row, decimal=decimal)


def _check_names(columns: tuple[str, ...], path: Path) -> None:
    seen: dict[str, int] = {}
    for place, name in enumerate(columns, start=1):
        # the first column often holds row names and has none itself
        if not name and place > 1:
            raise InputError(f"{path}: column {place} has no name; name it in the header row, or remove it")
        if name in seen:
            raise InputError(
                f'{path}: two columns are called "{name}" (columns {seen[name]} and {place}); rename or remove one'
            )
        seen[name] = place


def _is_numeric(array: pa.Array) -> bool:
    kind = array.type
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _as_text(array: pa.Array) -> pa.Array:
    if pa.types.is_floating(array.type):
        # 55.0 in a parquet table and 55.0 in a csv are the same cell
        return pa.array(["" if value is None else str(value) for value in array.to_pylist()], pa.string())
    return pc.fill_null(cells.trimmed(array), "")


def _dense(array: pa.Array) -> Float64[np.ndarray, " rows"]:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
