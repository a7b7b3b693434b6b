"""Reading a whole file into memory with a bound, so that a compressed bomb is refused before it fills the machine."""

import gzip
import zlib
from pathlib import Path

from core.errors import InputError

MAX_BYTES = 1 << 30
"""Most bytes of one table, unpacked; 20,000 genes of 5,000 samples as text fit."""
MAX_RATIO = 200
"""Most unpacked bytes per packed byte; real tables reach 10, an all-zero count matrix 100, bombs 1,000."""
RATIO_FLOOR = 1 << 26
"""Unpacked size below which the ratio is not looked at."""


def read_bounded(path: Path) -> bytes:
    """Bytes of a file, unpacked where it is gzip (told by its content, not its name).

    Raises:
        InputError: the file cannot be read, is empty, is damaged, or unpacks to more than the bound.
    """
    data = _raw(path)
    if data[:2] == b"\x1f\x8b":
        data = _unpack(path, packed=len(data))
    if not data:
        raise InputError(f"{path} is empty; give a table with a header row")
    return data


def unpacked_bound(packed: int) -> int:
    """Most bytes that `packed` compressed bytes may unpack to."""
    return min(MAX_BYTES, max(RATIO_FLOOR, MAX_RATIO * packed))


def _raw(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError(f"there is no file {path}; check the path")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES >> 20} MiB; keep only the columns and rows needed")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions") from error


def _unpack(path: Path, *, packed: int) -> bytes:
    bound = unpacked_bound(packed)
    try:
        with gzip.open(path) as stream:
            data = stream.read(bound + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} is damaged: its gzip stream cannot be unpacked; copy the file again") from error
    if len(data) > bound:
        raise InputError(
            f"{path} unpacks to more than {bound >> 20} MiB, too much for {packed:,} packed bytes; "
            "check the file, or give it unpacked"
        )
    return data
