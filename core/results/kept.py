"""Small tables that were read already: a generation of the catalogue never changes, and pages ask the same again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import pandas as pd

MOST = 128
"""Tables that are kept."""
MOST_ROWS = 5000
"""Of a table that is kept; copying larger ones costs about as much as reading them."""


class Kept:
    """The last answers, each handed out as a copy. Safe to share between threads."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, pd.DataFrame] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, question: Hashable, ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """What `ask` said when this was asked before, else what it says now."""
        with self._lock:
            found = self._answers.get(question)
            if found is not None:
                self._answers.move_to_end(question)
        if found is None:
            found = ask()
            if len(found) > MOST_ROWS:
                return found
            with self._lock:
                self._answers[question] = found
                while len(self._answers) > MOST:
                    self._answers.popitem(last=False)
        return found.copy()
