"""Spreadsheets and parquet files to columns."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from core.cohort.file_bytes import MAX_BYTES, unpacked_bound
from core.errors import InputError

Columns = tuple[tuple[str, ...], tuple[pa.Array, ...]]


def parse_parquet(data: bytes, *, path: Path) -> Columns:
    """Column names and arrays of a parquet file; an index that pandas stored is a column like any other.

    Raises:
        InputError: the file is damaged, too large, or a column holds nested values.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        groups = range(file.metadata.num_row_groups)
        size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
        if size > MAX_BYTES:
            raise InputError(f"{path} unpacks to more than {MAX_BYTES >> 20} MiB; keep only the columns needed")
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is no readable parquet file; write it again") from error
    for field in table.schema:
        if pa.types.is_nested(field.type):
            raise InputError(f'{path}: column "{field.name}" holds lists; give one number or text a cell')
    names = tuple(str(name) for name in table.column_names)
    if not names:
        raise InputError(f"{path} has no columns; write it again")
    return names, tuple(column.combine_chunks() for column in table.columns)


def parse_workbook(data: bytes, *, path: Path) -> Columns:
    """Column names and text arrays of the only sheet of an xlsx file that holds anything.

    Raises:
        InputError: the file is damaged, too large, or more than one sheet holds rows.
    """
    try:
        _check_unpacked(data, path)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = {str(sheet.title): _rows(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InputError(f"{path} is no readable xlsx file; save the table again as xlsx or csv") from error
    filled = [title for title, rows in sheets.items() if rows]
    if len(filled) != 1:
        named = ", ".join(filled) or "none"
        raise InputError(f"{path} must have exactly one sheet with a table, it has: {named}")
    header, *body = sheets[filled[0]]
    width = len(header)
    columns = tuple(pa.array([row[place] for row in body], pa.string()) for place in range(width))
    return tuple(header), columns


def _check_unpacked(data: bytes, path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > unpacked_bound(len(data)):
        raise InputError(f"{path} unpacks to {size >> 20} MiB, too much for its size; save it again as csv")


def _rows(cells: object) -> list[list[str]]:
    """Rows as text, empty rows at the end and empty columns on the right cut off."""
    rows = [[_text(cell) for cell in row] for row in cells]  # pyright: ignore[reportGeneralTypeIssues]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((_filled(row) for row in rows), default=0)
    return [row[:width] + [""] * (width - len(row)) for row in rows]


def _filled(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell), default=0)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell).strip()
