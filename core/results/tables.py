"""Rows that runs are made of, as Parquet and back to equal values: one column a field of their type."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR[]": pa.list_(pa.string()),
    "DOUBLE[]": pa.list_(pa.float64()),
    "BIGINT[]": pa.list_(pa.int64()),
    "JSON": pa.string(),
}
"""Arrow's name for each column type that is used."""

_KINDS: Mapping[type[Any], str] = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN"}

Row = TypeVar("Row")


@cache
def columns_of(kind: type[Any]) -> dict[str, str]:
    """Name and SQL type of each field of a row type."""
    hints = get_type_hints(kind)
    return {field.name: _sql(hints[field.name]) for field in fields(kind)}


def _sql(hint: Any) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _KINDS[type(parts[0])]
    if origin in (Union, UnionType):
        return _sql(next(part for part in parts if part is not NoneType))
    if origin is tuple:
        return f"{_sql(parts[0])}[]"
    return _KINDS[hint]


def table(rows: Sequence[Any], *, columns: dict[str, str]) -> pa.Table:
    """The rows' fields of these names, column by column."""
    return table_of({name: [getattr(row, name) for row in rows] for name in columns}, columns=columns)


def table_of(values: dict[str, list[Any]], *, columns: dict[str, str]) -> pa.Table:
    """A table of these columns with their types stated, so that an empty one has them too."""
    return pa.table(
        {name: pa.array(values[name], type=ARROW[kind]) for name, kind in columns.items()},
    )


def to_parquet(content: pa.Table) -> bytes:
    """The same bytes for the same table."""
    sink = pa.BufferOutputStream()
    pq.write_table(content, sink)
    return sink.getvalue().to_pybytes()


def rows_to_parquet(rows: Sequence[Any], kind: type[Any]) -> bytes:
    """Rows of one type."""
    return to_parquet(table(rows, columns=columns_of(kind)))


def from_parquet(raw: bytes) -> pa.Table:
    """The table that was written."""
    return pq.ParquetFile(pa.BufferReader(raw)).read(use_threads=False)


def rows_of(content: pa.Table, kind: type[Row]) -> tuple[Row, ...]:
    """The rows that were written."""
    columns = {name: content[name].to_pylist() for name in columns_of(kind)}
    for name, sql in columns_of(kind).items():
        if sql.endswith("[]"):
            columns[name] = [tuple(values) for values in columns[name]]
    return tuple(kind(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True))
