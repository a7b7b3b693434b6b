"""Files that are whole or absent, and that say when they have changed.

A file is written under a temporary name, flushed to the disk and renamed. Facts are kept as sealed JSON, a text that
begins with the SHA-256 of the rest; other files have their SHA-256 in a sealed JSON next to them.
"""

import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from core.errors import InputError
from core.types import Json

SEAL = ('{"sha256": "', '", "content": ', "}\n")
DIGEST_LENGTH = 64


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file of any size, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(content: Json) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return digest(json.dumps(content, sort_keys=True).encode())


def sealed(content: Json) -> bytes:
    """JSON text of the content with its own SHA-256 in front."""
    body = json.dumps(content).encode()
    head, middle, tail = (part.encode() for part in SEAL)
    return head + digest(body).encode() + middle + body + tail


def read_sealed(path: Path, *, mend: str) -> dict[str, Json]:
    """Content of a sealed JSON object.

    Raises:
        InputError: it is missing or any byte of it changed; `mend` says what to do then.
    """
    raw = read_bytes(path, mend=mend)
    head, middle, tail = (part.encode() for part in SEAL)
    body = raw[len(head) + DIGEST_LENGTH + len(middle) : -len(tail)]
    if raw != head + digest(body).encode() + middle + body + tail:
        raise damaged(path, mend=mend)
    return json.loads(body)


def read_bytes(path: Path, *, mend: str) -> bytes:
    """All bytes of a file; an InputError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {mend}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); {mend}") from error


def read_verified(path: Path, *, sha256: str, mend: str) -> bytes:
    """All bytes of a file whose SHA-256 is known; an InputError when it is another."""
    raw = read_bytes(path, mend=mend)
    if digest(raw) != sha256:
        raise damaged(path, mend=mend)
    return raw


def verify(path: Path, *, sha256: str, mend: str) -> None:
    """An InputError unless the file has this SHA-256; hashed once a process while the file stays as it is."""
    try:
        stat = path.stat()
        found = _digest_once(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {mend}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); {mend}") from error
    if found != sha256:
        raise damaged(path, mend=mend)


def damaged(path: Path, *, mend: str) -> InputError:
    """The error for a file that is not what was written."""
    return InputError(f"{path} is damaged: it is not what was written; {mend}")


def write_file(path: Path, content: bytes) -> str:
    """Write a file that nobody reads yet, flush it to the disk, and return its SHA-256."""
    with written(path):
        path.write_bytes(content)
    return digest(content)


def replace_file(path: Path, content: bytes) -> str:
    """Put a file in place at once, so that a reader meets the old or the new one; returns its SHA-256."""
    fresh = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    stated = write_file(fresh, content)
    put_in_place(fresh, path)
    return stated


def put_in_place(fresh: Path, path: Path) -> None:
    """Rename a flushed file or folder to its final name, and flush the name too."""
    with disk_errors(path):
        fresh.replace(path)
        flush(path.parent)


@contextmanager
def written(path: Path) -> Generator[None]:
    """Flush what the block writes to `path`; a full disk becomes an InputError."""
    with disk_errors(path):
        yield
        flush(path)


def flush(path: Path) -> None:
    """Have the disk hold this file's bytes, or this folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def disk_errors(path: Path) -> Generator[None]:
    """An InputError in place of what the system says about a full or closed disk."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(f"{path} cannot be written ({why}); free space there or choose another --data") from error


@lru_cache(maxsize=4096)
def _digest_once(path: Path, size: int, mtime_ns: int, inode: int) -> str:
    del size, mtime_ns, inode  # only there so that a changed file is hashed again
    return file_digest(path)
