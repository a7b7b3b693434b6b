"""Predictions, scores and differences as Parquet, and back to equal values."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.types import Difference, Prediction, Score

ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR[]": pa.list_(pa.string()),
    "DOUBLE[]": pa.list_(pa.float64()),
    "JSON": pa.string(),
}
"""Arrow's name for each column type that is used."""

PREDICTIONS = {
    "model": "VARCHAR",
    "repeat": "BIGINT",
    "fold": "BIGINT",
    "patient": "VARCHAR",
    "label": "BIGINT",
    "mode": "VARCHAR",
    "probabilities": "DOUBLE[]",
}
ESTIMATE = {
    "metric": "VARCHAR",
    "value": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "n": "BIGINT",
    "how": "VARCHAR",
}
SCORES = {"model": "VARCHAR", "mode": "VARCHAR", "repeat": "BIGINT", "fold": "BIGINT", **ESTIMATE}
DIFFERENCES = {"model": "VARCHAR", "baseline": "VARCHAR", **ESTIMATE}

Row = Prediction | Score | Difference


def table(rows: Sequence[Row], *, columns: dict[str, str]) -> pa.Table:
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


def from_parquet(raw: bytes) -> pa.Table:
    """The table that was written."""
    return pq.ParquetFile(pa.BufferReader(raw)).read(use_threads=False)


def predictions(content: pa.Table) -> tuple[Prediction, ...]:
    """Rows of a predictions table."""
    rows: list[dict[str, Any]] = content.to_pylist()
    for row in rows:
        row["probabilities"] = tuple(row["probabilities"])
    return tuple(Prediction(**row) for row in rows)


def scores(content: pa.Table) -> tuple[Score, ...]:
    """Rows of a scores table."""
    return tuple(Score(**row) for row in content.to_pylist())


def differences(content: pa.Table) -> tuple[Difference, ...]:
    """Rows of a differences table."""
    return tuple(Difference(**row) for row in content.to_pylist())
