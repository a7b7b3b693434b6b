"""A reader: the process that opens slides, so that one that crashes, hangs or fills the memory costs itself alone.

`python -m core.slides.extraction.reader SOCKET MEMORY`, started by `core.slides.extraction.readers`. Jobs and messages
go through the socket; pixels through a piece of memory that both processes see, in slots that are given back.
"""

import ctypes
import mmap
import os
import resource
import signal
import sys
import traceback
from collections import deque
from multiprocessing.connection import Connection

import numpy as np

from core.slides.allocator import keep_memory
from core.slides.extraction.messages import SLOT_BYTES, SLOTS, Begun, Broken, Failed, Job, Message, Parcel, Tiles
from core.slides.extraction.reading import read_slide

MOST_TILES = 32
"""Of one slot."""
DATA_BYTES = 8 << 30
"""Most memory of its own that a reader may take."""
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class _Desk:
    """The reader's side of the socket."""

    def __init__(self, socket: Connection, memory: mmap.mmap) -> None:
        self._socket, self._memory = socket, memory
        self._jobs: deque[Job] = deque()
        self._free = deque(range(SLOTS))

    def job(self) -> Job:
        """The next job; waits for one."""
        while not self._jobs:
            self._receive()
        return self._jobs.popleft()

    def send(self, message: Message) -> None:
        """Waits for a free slot where there are pixels."""
        if not isinstance(message, Tiles):
            self._socket.send(message)
            return
        while not self._free:
            self._receive()
        slot = self._free.popleft()
        pixels = message.pixels
        place = np.frombuffer(self._memory, dtype=np.uint8, count=pixels.size, offset=slot * SLOT_BYTES)
        place.reshape(pixels.shape)[:] = pixels
        empty = Tiles(numbers=message.numbers, pixels=pixels[:0], sharpness=message.sharpness)
        self._socket.send(Parcel(slot=slot, tiles=empty, shape=pixels.shape))

    def broken(self, trace: str) -> None:
        """Says that this program is at fault."""
        self._socket.send(Broken(trace=trace))

    def _receive(self) -> None:
        got = self._socket.recv()
        if isinstance(got, Job):
            self._jobs.append(got)
        else:
            self._free.append(got)


def main(socket: int, memory: int) -> None:
    """Reads slides until the other side is gone."""
    desk = _Desk(Connection(socket), mmap.mmap(memory, SLOTS * SLOT_BYTES))
    try:
        while True:
            _read(desk, desk.job())
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception:  # noqa: BLE001 - handed over to the process that waits for the messages, which raises it
        desk.broken(traceback.format_exc())


def _read(desk: _Desk, job: Job) -> None:
    most = min(MOST_TILES, SLOT_BYTES // (job.tiles.size_px**2 * 3))
    desk.send(Begun())
    try:
        for message in read_slide(job, most=most):
            desk.send(message)
    except MemoryError:
        reason = f"{job.ref.path.name} needs more than {DATA_BYTES >> 30} GiB of memory to read; export it as a pyramid"
        desk.send(Failed(reason=reason))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise  # the other side is gone
    except Exception as error:  # noqa: BLE001 - told with its trace, and as the slide's failure: the others go on
        traceback.print_exc()
        name, fault = job.ref.path.name, f"{type(error).__name__}: {error}"
        desk.send(Failed(reason=f"{name} cannot be read ({fault}); export it again, and tell us about this slide"))


def bounded() -> None:
    """Bounds this process's memory, offers it to the kernel first, and ties it to its parent's life."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, allowed = resource.getrlimit(resource.RLIMIT_DATA)
    most = DATA_BYTES if allowed == resource.RLIM_INFINITY else min(DATA_BYTES, allowed)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    with open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - no Path before the bounds are set
        score.write("900")


if __name__ == "__main__":
    # Interrupting a command is its own business: it ends its readers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bounded()
    keep_memory()
    main(int(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)
