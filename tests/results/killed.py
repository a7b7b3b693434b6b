"""Writes into copies of a data folder and kills itself with SIGKILL at the n-th flush to the disk. Run as a script.

`python -m tests.results.killed fold|publish FOLDER...`: the n-th folder meets its end at the n-th flush. Libraries are
imported once, and each attempt is a fork, so that the kill falls into the writing and not into the start. Prints, one a
line, "killed" or "done".
"""

import os
import signal
import sys
from pathlib import Path

from core.results import RunFolder, publish
from tests.stores import fold_result, small_dataset


def write_fold(data: Path) -> None:
    """Write the last fold of the unfinished run `begun`."""
    run = RunFolder.open(data, "begun")
    with run.lock():
        run.write_fold(fold_result(small_dataset(patients=30), run.folds()[-1], model="image"))


def die_at(flush: int) -> None:
    """Have this process killed at its n-th flush."""
    real, left = os.fsync, [flush]

    def fsync(handle: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        real(handle)

    os.fsync = fsync


def attempt(work, data: Path, flush: int) -> bool:
    """True when the work was killed."""
    child = os.fork()
    if child == 0:
        die_at(flush)
        work(data)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    what, *folders = sys.argv[1:]
    for number, folder in enumerate(folders, start=1):
        died = attempt({"fold": write_fold, "publish": publish}[what], Path(folder), number)
        sys.stdout.write("killed\n" if died else "done\n")
