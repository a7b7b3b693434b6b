"""Delimited text to columns of text: encoding, delimiter and decimal sign are found out, never assumed."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv as pacsv

from core.cohort import cells
from core.errors import InputError

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma"}
LOOK_AHEAD = 50
"""Rows looked at when the header alone does not tell the delimiter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delimited:
    """The parsed text: unchecked column names, one text array a column."""

    columns: tuple[str, ...]
    arrays: tuple[pa.Array, ...]
    first_row: int
    decimal: Literal[".", ","]


def parse_delimited(data: bytes, *, path: Path) -> Delimited:
    """Columns of a comma, semicolon or tab separated text, every cell kept as text.

    Lines that start with `#` above the header are comments. Under a semicolon header, decimal commas are understood.

    Raises:
        InputError: not UTF-8 or UTF-16, no delimiter or two possible ones, ragged rows, or an open quotation mark.
    """
    text, comments = _without_comments(_decode(data, path))
    _check_quotes(text, path, skipped=comments)
    delimiter = _delimiter(text, path)
    columns = tuple(name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=delimiter)))
    table = _columns_of_text(text, path, delimiter=delimiter, width=len(columns), skipped=comments)
    arrays = tuple(column.combine_chunks() for column in table.columns)
    decimal = _decimal(arrays, path) if delimiter == ";" else "."
    return Delimited(columns=columns, arrays=arrays, first_row=comments + 2, decimal=decimal)


def _decode(data: bytes, path: Path) -> str:
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, row {row}: the text is not UTF-8; save the table as CSV UTF-8") from error
    if "\0" in text:
        raise InputError(f"{path} is no text table: it holds NUL bytes; give csv, tsv, xlsx or parquet")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def _without_comments(text: str) -> tuple[str, int]:
    skipped = start = 0
    while text.startswith("#", start):
        start = text.index("\n", start) + 1
        skipped += 1
    return text[start:], skipped


def _check_quotes(text: str, path: Path, *, skipped: int) -> None:
    """Every row is one line: an open quotation mark would swallow the patients below it."""
    if '"' not in text:
        return
    for row, line in enumerate(text.split("\n"), start=1 + skipped):
        if line.count('"') % 2:
            raise InputError(
                f"{path}, row {row}: a quotation mark is not closed on its line; "
                "close it, or remove line breaks inside cells"
            )


def _delimiter(text: str, path: Path) -> str:
    first = text.split("\n", 1)[0]
    bare = re.sub(r'"[^"]*"', "", first)
    found = [delimiter for delimiter in DELIMITERS if delimiter in bare]
    if len(found) > 1:
        found = [delimiter for delimiter in found if _even(text, delimiter)]
    if not found:
        raise InputError(f"{path}: no single comma, semicolon or tab separates the columns of its header row")
    if len(found) > 1:
        named = " and ".join(DELIMITERS[delimiter] for delimiter in found)
        raise InputError(f"{path}: {named} could both separate its columns; quote the names that hold one of them")
    return found[0]


def _even(text: str, delimiter: str) -> bool:
    """Whether the first rows all have as many cells as the header."""
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    return len({len(row) for row in islice(rows, LOOK_AHEAD)}) == 1


def _columns_of_text(text: str, path: Path, *, delimiter: str, width: int, skipped: int) -> pa.Table:
    ragged: list[tuple[int, int]] = []

    def note(row: pacsv.InvalidRow) -> str:
        ragged.append((row.number + skipped, row.actual_columns))
        return "skip"

    # the header is read as a row, so that repeated names do not matter here; one thread, so that rows are counted
    names = [str(place) for place in range(width)]
    table = pacsv.read_csv(
        pa.py_buffer(text.encode()),
        read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 24),
        parse_options=pacsv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=note),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    if ragged:
        row, cells = ragged[0]
        hint = "; its first column has no name, give it one" if cells == width + 1 and len(ragged) >= len(table) else ""
        raise InputError(f"{path}, row {row}: {cells} cells where the header names {width}{hint or '; mend that row'}")
    return table.slice(1)


def _decimal(arrays: tuple[pa.Array, ...], path: Path) -> Literal[".", ","]:
    """Decimal sign of a semicolon table: the comma where cells such as `1,5` stand and none such as `1.5`."""
    if not _any_matches(arrays, r"^\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*$"):
        return "."
    if _any_matches(arrays, r"^\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*$"):
        raise InputError(f"{path} mixes decimal commas and decimal points; write all numbers with one of them")
    return ","


def _any_matches(arrays: tuple[pa.Array, ...], pattern: str) -> bool:
    return any(cells.first_true(cells.matching(array, pattern)) is not None for array in arrays)
