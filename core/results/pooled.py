"""Predictions of a run averaged over its repeats: one row a model, mode and patient."""

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Float64, Int64

from core.results.tables import ARROW


def answers(predictions: pa.Table) -> pa.Table:
    """The table `answers` without its run, in the order in which patients first occur.

    Args:
        predictions: rows of `Prediction`, all with the same number of classes.
    """
    group, first = _groups(predictions)
    heads = predictions.take(pa.array(first))
    mean = _means(predictions["probabilities"], group, count=len(first))
    order = np.lexsort((predictions["repeat"].to_numpy(), group))
    edges = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=len(first)))])
    return pa.table(
        {
            **{name: heads[name].combine_chunks() for name in ("model", "mode", "patient", "label")},
            "predicted": pa.array(mean.argmax(axis=1) if len(mean) else [], pa.int64()),
            "confidence": pa.array(mean.max(axis=1) if len(mean) else [], pa.float64()),
            **{
                f"{name}s": _lists(predictions[name].to_numpy()[order], edges=edges, kind="BIGINT[]")
                for name in ("repeat", "fold")
            },
            "probabilities": _rows(mean),
            "uncalibrated": _rows(_means(predictions["uncalibrated"], group, count=len(first))),
        }
    )


def spread(rows: pa.Table) -> pd.DataFrame:
    """Rows of `answers` with a plain column for each class: p0, p1, ... and u0, u1, ..."""
    lists = {"p": "probabilities", "u": "uncalibrated"}
    plain = rows.drop_columns(list(lists.values())).to_pandas()
    for letter, name in lists.items():
        joined = rows[name].combine_chunks()
        values = joined.flatten().to_numpy(zero_copy_only=False)
        width = len(values) // len(rows) if len(rows) else 0
        for place, column in enumerate(values.reshape(len(rows), width).T):
            plain[f"{letter}{place}"] = column
    return plain


def _groups(predictions: pa.Table) -> tuple[Int64[np.ndarray, " rows"], Int64[np.ndarray, " groups"]]:
    """Which answer each prediction belongs to, and the first prediction of each answer."""
    codes = np.zeros(len(predictions), dtype=np.int64)
    for name in ("model", "mode", "patient"):
        coded = predictions[name].combine_chunks().dictionary_encode()
        codes = codes * (len(coded.dictionary) + 1) + coded.indices.to_numpy()
    _, first, group = np.unique(codes, return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[group], np.sort(first).astype(np.int64)


def _means(
    column: pa.ChunkedArray, group: Int64[np.ndarray, " rows"], *, count: int
) -> Float64[np.ndarray, "groups classes"]:
    """Mean of the rows of each group; no columns where a row is empty."""
    joined = column.combine_chunks()
    lengths = joined.value_lengths().to_numpy(zero_copy_only=False)
    if not len(lengths) or lengths.min() != lengths.max():
        return np.zeros((count, 0))
    values = joined.flatten().to_numpy(zero_copy_only=False).reshape(len(group), -1)
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, group, values)
    return total / np.bincount(group, minlength=count)[:, None]


def _rows(values: Float64[np.ndarray, "rows columns"]) -> pa.Array:
    edges = np.arange(len(values) + 1) * values.shape[1]
    return _lists(values.reshape(-1), edges=edges, kind="DOUBLE[]")


def _lists(values: np.ndarray, *, edges: np.ndarray, kind: str) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(edges, pa.int32()), pa.array(values, ARROW[kind].value_type))
