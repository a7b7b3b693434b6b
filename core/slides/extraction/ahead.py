"""Reading ahead: items are made in one thread while another uses them."""

import queue
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")

_PATIENCE_S = 0.1


class _End:
    """The last thing in the queue: nothing more comes, and this is why."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class ReadAhead(Generic[Item]):
    """The same items in the same order, made up to `depth` ahead in a thread of their own.

    An error in making them is raised where they are used. Leaving the `with` block stops the thread.
    """

    def __init__(self, items: Iterable[Item], *, depth: int) -> None:
        self._items = items
        self._waiting: queue.Queue[Item | _End] = queue.Queue(maxsize=depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._make, name="slide reader", daemon=True)

    def __enter__(self) -> "ReadAhead[Item]":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        while not isinstance(item := self._waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def _make(self) -> None:
        try:
            for item in self._items:
                self._put(item)
                if self._stop.is_set():
                    return
        except Exception as error:  # noqa: BLE001 - handed over to the thread that waits for the items
            self._put(_End(error))
        else:
            self._put(_End())

    def _put(self, item: Item | _End) -> None:
        """Waits for room, but not when nobody takes items any more."""
        while not self._stop.is_set():
            try:
                self._waiting.put(item, timeout=_PATIENCE_S)
            except queue.Full:
                continue
            return
