"""Removes cases that nobody keeps, now and then, also while nobody looks at a page."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

EVERY_S = 600
LOG = logging.getLogger(__name__)


class Sweeper:
    """A thread that goes through the cases of a data folder until the server ends."""

    def __init__(self, data: Callable[[], Path], *, every_s: float = EVERY_S) -> None:
        self._data, self._every_s = data, every_s
        self._over = threading.Event()

    def begin(self) -> None:
        """Starts it; the first time is after the first wait, as a server that starts has enough to do."""
        threading.Thread(target=self._run, daemon=True, name="sweeper").start()

    def end(self) -> None:
        """Lets it end."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            # imported late: a server that starts must not wait for what cases need
            from dashboard.cases import unkept

            try:
                unkept.sweep(self._data())
            except OSError as error:
                # a folder that cannot be written to now may be later; the case's id is no patient's name
                LOG.warning("cases could not be removed: %s", error)
