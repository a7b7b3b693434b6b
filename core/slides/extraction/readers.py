"""The extracting process's side of its readers: jobs out, messages in, and what becomes of a reader that ends."""

import atexit
import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import cast

import numpy as np

from core.slides.extraction.messages import (
    SLOT_BYTES,
    SLOTS,
    Begun,
    Broken,
    Cached,
    Ended,
    Failed,
    Job,
    Message,
    Parcel,
    Tiles,
)

_WAITING = 2
"""Jobs a reader is given at once: it begins the next one without asking."""
PATIENCE_S = 900.0
"""A reader that says nothing for so long hangs: a huge slide without reduced levels takes some minutes."""
_GRACE_S = 5.0
"""Between a reader's last word and its end."""
_ROOT = Path(__file__).parents[3]
_idle: list["Reader"] = []
"""Readers of this process that wait for work: starting one takes a second or two."""


@atexit.register
def _end_idle() -> None:
    for reader in _idle:
        reader.end()
    _idle.clear()


class Reader:
    """One reader process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        memory = os.memfd_create("tiles")
        os.ftruncate(memory, SLOTS * SLOT_BYTES)
        path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "core.slides.extraction.reader", str(theirs.fileno()), str(memory)],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), memory),
                env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            )
        self.socket = Connection(ours.detach())
        self._memory = mmap.mmap(memory, SLOTS * SLOT_BYTES)
        os.close(memory)
        self.jobs: deque[Job] = deque()
        self.worked = self.begun = False
        """Whether it ever took up a job, and whether it took up the first of those it has now."""
        self.heard = time.monotonic()

    def give(self, job: Job) -> None:
        """One more job. A reader that has ended is noticed when its messages are asked for."""
        if not self.jobs:
            self.heard = time.monotonic()
        self.jobs.append(job)
        try:
            self.socket.send(job)
        except (BrokenPipeError, ConnectionResetError):
            return

    def take(self) -> Message | None:
        """The next message about the first job; None when the process has ended.

        Raises:
            RuntimeError: our own program failed in the reader.
        """
        try:
            message = self.socket.recv()
        except (EOFError, ConnectionResetError):
            return None
        self.heard = time.monotonic()
        if isinstance(message, Broken):
            raise RuntimeError(f"a reader failed:\n{message.trace}")
        if isinstance(message, Parcel):
            return self._unpacked(message)
        if isinstance(message, Begun):
            self.worked = self.begun = True
        if isinstance(message, Cached | Ended | Failed):
            self.jobs.popleft()
            self.begun = False
        return cast(Message, message)

    def end(self, *, grace_s: float = 0.0) -> int:
        """Ends the process, after giving it some time to end by itself; returns its exit code."""
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.socket.close()
        # The memory goes with the last array that looks at it: after an interruption its trace may hold one.
        del self._memory
        return self.process.wait()

    def _unpacked(self, parcel: Parcel) -> Tiles:
        count, offset = int(np.prod(parcel.shape)), parcel.slot * SLOT_BYTES
        pixels = np.frombuffer(self._memory, dtype=np.uint8, count=count, offset=offset).reshape(parcel.shape).copy()
        self.socket.send(parcel.slot)
        return Tiles(numbers=parcel.tiles.numbers, pixels=pixels, sharpness=parcel.tiles.sharpness)


class Readers:
    """Some readers that share jobs. Leaving the `with` block ends those that are not done."""

    def __init__(self, count: int) -> None:
        self._readers: list[Reader] = []
        self._count = count

    def __enter__(self) -> "Readers":
        while len(self._readers) < self._count:
            reader = _idle.pop() if _idle else Reader()
            if reader.process.poll() is None:
                self._readers.append(reader)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in self._readers:
            if reader.jobs or reader.process.poll() is not None:
                reader.end()
            else:
                _idle.append(reader)
        self._readers.clear()

    @property
    def busy(self) -> bool:
        """Whether any job is under way."""
        return any(reader.jobs for reader in self._readers)

    @property
    def room(self) -> bool:
        """Whether a reader can take one more job."""
        return any(len(reader.jobs) < _WAITING for reader in self._readers)

    def give(self, job: Job) -> None:
        """A job for the reader with the fewest."""
        min(self._readers, key=lambda reader: len(reader.jobs)).give(job)

    def messages(self, *, wait_s: float) -> Iterator[tuple[Job, Message]]:
        """What readers say within some time, at most one message each; a reader that ended fails its slide.

        Raises:
            RuntimeError: our own program failed in a reader.
        """
        by_socket = {reader.socket: reader for reader in self._readers if reader.jobs}
        for ready in wait(list(by_socket), timeout=wait_s):
            reader = by_socket[cast(Connection, ready)]
            job = reader.jobs[0]
            message = reader.take()
            if message is not None:
                yield job, message
            elif reader.worked and not reader.begun:
                self._replace(reader, given=list(reader.jobs))  # it died between two slides: no slide's fault
            else:
                yield job, self._ended(reader)
        for reader in [reader for reader in self._readers if reader.jobs and _hangs(reader)]:
            job = reader.jobs[0]
            self._replace(reader, given=list(reader.jobs)[1:])
            yield job, Failed(reason=f"{job.ref.path.name} could not be read within {PATIENCE_S / 60:.0f} minutes")

    def _ended(self, reader: Reader) -> Failed:
        name = reader.jobs[0].ref.path.name
        code = self._replace(reader, given=list(reader.jobs)[1:], grace_s=_GRACE_S)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return Failed(reason=f"{name} cannot be read: the reader {how} over it; copy or export the slide again")

    def _replace(self, reader: Reader, *, given: Sequence[Job], grace_s: float = 0.0) -> int:
        """Ends a reader and gives jobs to a new one in its place; returns the exit code."""
        code = reader.end(grace_s=grace_s)
        self._readers[self._readers.index(reader)] = fresh = Reader()
        for job in given:
            fresh.give(job)
        return code


def _hangs(reader: Reader) -> bool:
    return time.monotonic() - reader.heard > PATIENCE_S
