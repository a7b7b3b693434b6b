"""HDF5 files of arrays laid end to end, with a JSON index that says where each one starts.

One long array per kind is written and read many times faster than a dataset per patient.
"""

import io
import json
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
from jaxtyping import Float


def hdf5(index: object, arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of such a file: made in memory, as HDF5 itself fails on a full disk in ways that cannot be caught."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["index"] = json.dumps(index)
        for name, values in arrays.items():
            file[name] = values
    return buffer.getvalue()


def read_index(file: h5py.File) -> Any:
    """What says where each array starts."""
    return json.loads(array(file, "index")[()])


def array(file: h5py.File, name: str) -> h5py.Dataset:
    """One of the long arrays, still on the disk."""
    found = file[name]
    assert isinstance(found, h5py.Dataset)
    return found


class End:
    """Arrays laid end to end, and where the next one starts."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []
        self._length = 0

    def add(self, values: Float[np.ndarray, "..."]) -> int:
        """Lay an array down; returns where it starts."""
        start = self._length
        self._parts.append(values.ravel())
        self._length += values.size
        return start

    def add_or_none(self, values: Float[np.ndarray, "..."] | None) -> tuple[int, int] | None:
        """Start and length of an array that may be missing."""
        return None if values is None else (self.add(values), values.size)

    def joined(self, dtype: np.dtype[Any]) -> Float[np.ndarray, " _"]:
        """All of them as one."""
        return np.concatenate([np.zeros(0, dtype), *self._parts], dtype=dtype, casting="same_kind")
