"""Cases that nobody keeps: how long they stay, and how they go."""

import shutil
import time
from pathlib import Path

from dashboard.cases.folder import all_cases

UNKEPT_HOURS = 24
"""How long a case that nobody keeps stays after something was last done with it."""


def sweep(data: Path, *, hours: float = UNKEPT_HOURS) -> int:
    """Removes cases that nobody keeps, that do not run and that nothing was done with for so long; returns how many."""
    for gone in (data / "cases").glob(".gone-*"):
        shutil.rmtree(gone, ignore_errors=True)
    before = time.time() - hours * 3600
    unkept = [case for case in all_cases(data) if case.kept is None and case.touched < before]
    old = [case for case in unkept if not case.running]
    for case in old:
        case.delete()
    return len(old)
