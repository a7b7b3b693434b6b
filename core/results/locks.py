"""Locks that end with their process, however it ends."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from core.errors import InputError
from core.results.artefacts import disk_errors


@contextmanager
def exclusive(path: Path, *, busy: str = "") -> Generator[None]:
    """Hold the lock file for the block.

    Args:
        path: lock file; stays behind, empty. The kernel frees the lock when the holder dies.
        busy: message for when another holds it, with `{pid}` for the holder; empty to wait instead.

    Raises:
        InputError: another holds it and `busy` is given, or the file cannot be made.
    """
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(handle, busy)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def held(path: Path) -> bool:
    """Whether a process holds the lock file, which may be on another machine.

    Looking takes a shared lock for a moment: only for files whose holders wait for it (`exclusive` without `busy`).
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _take(handle: int, busy: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
    except BlockingIOError:
        pid = os.pread(handle, 32, 0).decode() or "unknown"
        raise InputError(busy.format(pid=pid)) from None
