"""Runs one command and notes how it ended. Started by `dashboard.processes`, in a session and process group of its own.

SIGTERM to the group asks the command to end; what has not ended some seconds later is killed. Pages go before it: it
runs at a lower priority, and where it is told to, it waits for its turn.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType

NICENESS = 10
LOOK_S = 0.1
"""How often one that waits looks whether it is its turn."""
WAITING = "waiting"
"""File that says that it waits for its turn."""


def main(folder: Path, lock: int, grace_s: int, turns: str, command: list[str]) -> None:
    """Runs the command with its messages in log.txt; the lock it inherited stays held until both have ended.

    Args:
        folder: of the command.
        lock: the file descriptor of its lock.
        grace_s: how long it may take to end when it is asked to.
        turns: number of those that may run at once and their folder, as `4:/folder`; empty where all may.
        command: what to run.
    """

    def give_time(*_: int | FrameType | None) -> None:
        # a second SIGTERM gives no more of it
        if not signal.getitimer(signal.ITIMER_REAL)[0]:
            signal.alarm(grace_s)

    # functions, not SIG_IGN, which the command would inherit
    signal.signal(signal.SIGTERM, give_time)
    signal.signal(signal.SIGALRM, _kill_all)
    os.nice(NICENESS)
    with (folder / "log.txt").open("wb") as log, _turn(folder, turns):
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,), check=False)
    fresh = folder / ".ended.json.tmp"
    fresh.write_text(json.dumps({"code": code.returncode}))
    fresh.replace(folder / "ended.json")


@contextlib.contextmanager
def _turn(folder: Path, turns: str) -> Generator[None]:
    """Waits until one of so many places is free; whoever is asked to stop meanwhile needs none."""
    if not turns:
        yield
        return
    number, _, places = turns.partition(":")
    Path(places).mkdir(parents=True, exist_ok=True)
    files = [os.open(f"{places}/{place}", os.O_CREAT | os.O_RDWR, 0o600) for place in range(int(number))]
    waiting = folder / WAITING
    waiting.touch()
    try:
        while not any(_taken(file) for file in files):
            if (folder / "stop").exists():
                sys.exit()
            time.sleep(LOOK_S)
        waiting.unlink()
        yield
    finally:
        waiting.unlink(missing_ok=True)
        for file in files:
            os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _kill_all(*_: int | FrameType | None) -> None:
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
