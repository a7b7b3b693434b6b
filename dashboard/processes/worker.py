"""Runs one command and notes how it ended. Started by `dashboard.processes`, in a session and process group of its own.

SIGTERM to the group asks the command to end; what has not ended some seconds later is killed.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType


def main(folder: Path, lock: int, grace_s: int, command: list[str]) -> None:
    """Runs the command with its messages in log.txt; the lock it inherited stays held until both have ended."""

    def give_time(*_: int | FrameType | None) -> None:
        # a second SIGTERM gives no more of it
        if not signal.getitimer(signal.ITIMER_REAL)[0]:
            signal.alarm(grace_s)

    # functions, not SIG_IGN, which the command would inherit
    signal.signal(signal.SIGTERM, give_time)
    signal.signal(signal.SIGALRM, _kill_all)
    with (folder / "log.txt").open("wb") as log:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,), check=False)
    fresh = folder / ".ended.json.tmp"
    fresh.write_text(json.dumps({"code": code.returncode}))
    fresh.replace(folder / "ended.json")


def _kill_all(*_: int | FrameType | None) -> None:
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
