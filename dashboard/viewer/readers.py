"""Open slides: few at a time, each used by one thread at a time, the longest unused closed first."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.slide_files import ZARR, slide_files
from dashboard.viewer.pixels import Facts, Reader, open_reader
from dashboard.viewer.refusal import RefusedError

MOST = 16
MOST_BYTES = 1 << 30
OF_ONE_SLIDE = 3
FACTS_KEPT = 4096
GONE = "the slide file is not where it was when its features were made; put it back there"
CHANGING = "the slide file is being written; try again when it is whole"


@dataclass(frozen=True, slots=True)
class FileKey:
    """A file as it is now: another one at its place has another key."""

    path: Path
    version: str

    @classmethod
    def of(cls, path: Path | None) -> "FileKey":
        """Of a slide, by the sizes and times of all its files.

        Raises:
            RefusedError: it is gone.
        """
        if path is None:
            raise RefusedError(GONE)
        try:
            seen = [(one.stat().st_size, one.stat().st_mtime_ns) for one in _files(path)]
        except OSError:
            raise RefusedError(GONE) from None
        return cls(path, repr(seen))


class Readers:
    """Open slides, lent to one thread each."""

    def __init__(self, *, most: int = MOST, most_bytes: int = MOST_BYTES, of_one_slide: int = OF_ONE_SLIDE) -> None:
        self._most, self._most_bytes, self._of_one_slide = most, most_bytes, of_one_slide
        self._changed = threading.Condition()
        self._idle: OrderedDict[int, tuple[FileKey, Reader]] = OrderedDict()
        self._open: Counter[FileKey] = Counter()
        self._bytes = 0
        self._facts: OrderedDict[FileKey, Facts] = OrderedDict()

    @property
    def number(self) -> int:
        """Slides that are open, lent ones too."""
        with self._changed:
            return self._open.total()

    def facts(self, key: FileKey) -> Facts:
        """What is known of a slide; it is opened for that once.

        Raises:
            InputError: the file is damaged or of a kind we do not read.
        """
        with self._changed:
            known = self._facts.get(key)
        if known is not None:
            return known
        with self.borrowed(key) as reader:
            return reader.facts

    @contextmanager
    def borrowed(self, key: FileKey) -> Generator[Reader]:
        """An open slide for this thread alone; kept open for the next one, unless something went wrong with it.

        Raises:
            InputError: the file is damaged or of a kind we do not read.
        """
        reader, fine = self._taken(key), False
        try:
            yield reader
            fine = True
        finally:
            self._put_back(key, reader) if fine else self._closed(key, reader)

    def close(self) -> None:
        """Lets go of all that nobody uses."""
        self._close_idle(most=0, most_bytes=0)

    def _taken(self, key: FileKey) -> Reader:
        with self._changed:
            while (idle := self._idle_of(key)) is None and self._open[key] >= self._allowed(key):
                self._changed.wait()
            if idle is not None:
                return self._idle.pop(idle)[1]
            self._open[key] += 1
        self._close_idle(most=self._most, most_bytes=self._most_bytes)
        return self._opened(key)

    def _idle_of(self, key: FileKey) -> int | None:
        return next((place for place, (kept, _) in reversed(self._idle.items()) if kept == key), None)

    def _allowed(self, key: FileKey) -> int:
        """How often a slide may be open: once until it is known what it takes."""
        facts = self._facts.get(key)
        return 1 if facts is None or facts.alone else self._of_one_slide

    def _opened(self, key: FileKey) -> Reader:
        reader: Reader | None = None
        try:
            reader = open_reader(key.path)
            if FileKey.of(key.path) != key:
                reader.close()
                raise RefusedError(CHANGING)
        except BaseException:
            with self._changed:
                self._forget(key, weight=0)
            raise
        with self._changed:
            self._bytes += reader.facts.weight
            self._facts[key] = reader.facts
            while len(self._facts) > FACTS_KEPT:
                self._facts.popitem(last=False)
            self._changed.notify_all()
        self._close_idle(most=self._most, most_bytes=self._most_bytes)
        return reader

    def _put_back(self, key: FileKey, reader: Reader) -> None:
        with self._changed:
            self._idle[id(reader)] = (key, reader)
            self._changed.notify_all()
        self._close_idle(most=self._most, most_bytes=self._most_bytes)

    def _close_idle(self, *, most: int, most_bytes: int) -> None:
        """Closes idle slides until no more are open than that, or none is idle."""
        closing: list[Reader] = []
        with self._changed:
            while self._idle and (self._open.total() > most or self._bytes > most_bytes):
                _, (key, reader) = self._idle.popitem(last=False)
                self._forget(key, weight=reader.facts.weight)
                closing.append(reader)
        for reader in closing:
            reader.close()

    def _closed(self, key: FileKey, reader: Reader) -> None:
        with self._changed:
            self._forget(key, weight=reader.facts.weight)
        reader.close()

    def _forget(self, key: FileKey, *, weight: int) -> None:
        """One less open; for the holder of the lock."""
        self._bytes -= weight
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]
        self._changed.notify_all()


def _files(path: Path) -> tuple[Path, ...]:
    """What tells that a slide changed; of OME-Zarr, which may have 100,000 files, the topmost."""
    if path.suffix.lower() == ZARR:
        return (path, *sorted(path.iterdir()))
    return slide_files(path)
