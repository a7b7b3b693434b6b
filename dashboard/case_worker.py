"""Runs the prediction of one case and notes how it ended. Started by `dashboard.cases`, in a session of its own."""

import json
import subprocess
import sys
from pathlib import Path


def main(folder: Path, lock: int, command: list[str]) -> None:
    """Runs the command with its messages in log.txt; the lock it inherited stays held until both have ended."""
    with (folder / "log.txt").open("wb") as log:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,), check=False)
    fresh = folder / ".ended.json.tmp"
    fresh.write_text(json.dumps({"code": code.returncode}))
    fresh.replace(folder / "ended.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
