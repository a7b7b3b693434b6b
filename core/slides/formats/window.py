"""A file seen as numbered bytes, so that a lying offset is an error and not a read elsewhere."""

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A file seen as numbered bytes; nothing outside it is ever asked for."""

    name: str
    descriptor: int
    size: int

    def take(self, offset: int, count: int, *, what: str) -> bytes:
        """`count` bytes from `offset`.

        Raises:
            InputError: they do not lie within the file.
        """
        if offset < 0 or count < 0 or offset + count > self.size:
            raise self.broken(f"{what} would end at byte {offset + count} of {self.size}")
        return os.pread(self.descriptor, count, offset)

    def broken(self, what: str) -> InputError:
        """The error for a file that is cut short or damaged."""
        return InputError(f"{self.name} is cut short or damaged ({what}); copy or export the slide again")


@contextmanager
def open_window(path: Path) -> Generator[Window]:
    """The open file; O_NONBLOCK so that a named pipe is refused, not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise InputError(f"slide {path} cannot be opened ({error.strerror}); check the path and its rights") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"slide {path} is not a regular file; name the slide file itself")
        if status.st_size == 0:
            raise InputError(f"{path.name} is empty; copy or export the slide again")
        yield Window(name=path.name, descriptor=descriptor, size=status.st_size)
    finally:
        os.close(descriptor)
