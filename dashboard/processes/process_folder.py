"""A command in a folder of its own, run by a process that outlives page, browser and server, and found again there.

    log.txt (what it wrote), lock (held while it runs), pid (of its process group), stop (that it was asked to end),
    waiting (that it waits for its turn), ended.json (exit code)

It is running while someone holds the lock: the lock goes with the process, however that ends.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TAIL_LINES = 12
TAIL_BYTES = 64 * 1024
"""Of a long log no more is read, as pages ask every second."""
GRACE_S = 20
"""How long a process may take to end when it is asked to: an extraction ends after the batch it is at."""
_ERROR = "error: "
_started: dict[Path, "subprocess.Popen[bytes]"] = {}
"""Own children, kept so that their end is taken note of."""


class ProcessFolder:
    """The folder of one command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, command: Sequence[str], *, grace_s: int = GRACE_S, turns: str = "") -> None:
        """Begins the command in a process group of its own; with `turns`, when it is its turn (`worker.main`)."""
        lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            # Waits for pages that only look, each for a moment.
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "dashboard.processes.worker"),
                    *(str(self.path), str(lock), str(grace_s), turns),
                    *command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                start_new_session=True,
            )
        finally:
            # the child's copy keeps the lock
            os.close(lock)
        _started[self.path] = process
        (self.path / "pid").write_text(str(process.pid))

    def running(self) -> bool:
        """Whether the process still holds the lock."""
        if self.path in _started:
            _started[self.path].poll()
        try:
            lock = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            # Shared: two pages that look at once must not take each other for the process.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def waiting(self) -> bool:
        """Whether it has not begun because others are before it."""
        return (self.path / "waiting").exists() and self.running()

    def stop(self) -> None:
        """Asks the process to end, which it does at a good moment, or after some seconds in any case."""
        if self.running():
            (self.path / "stop").touch()
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the process at once and waits until it is gone."""
        if self.running():
            self._signal(signal.SIGKILL)
        process = _started.pop(self.path, None)
        if process is not None:
            process.wait()

    def asked_to_stop(self) -> bool:
        """Whether `stop` was called."""
        return (self.path / "stop").exists()

    def code(self) -> int | None:
        """The exit code; None while it runs, or when it was killed before it could be noted."""
        try:
            return int(json.loads((self.path / "ended.json").read_text())["code"])
        except FileNotFoundError:
            return None

    def last_sign(self) -> float | None:
        """When it ended or last wrote something, seconds since 1970; None before it wrote anything."""
        for name in ("ended.json", "log.txt"):
            with contextlib.suppress(FileNotFoundError):
                return (self.path / name).stat().st_mtime
        return None

    def log(self) -> bytes:
        """All that the command wrote."""
        try:
            return (self.path / "log.txt").read_bytes()
        except FileNotFoundError:
            return b""

    def tail(self) -> tuple[str, ...]:
        """The log's last lines; a progress bar writes over its line, of which only the last state is kept."""
        # bytes, as reading text would turn the returns of a progress bar into lines
        text = self._end_of_log().decode(errors="replace")
        lines = [line.rsplit("\r", 1)[-1].strip() for line in text.split("\n")]
        return tuple(line for line in lines if line)[-TAIL_LINES:]

    def _end_of_log(self) -> bytes:
        try:
            with (self.path / "log.txt").open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - TAIL_BYTES))
                return file.read()
        except FileNotFoundError:
            return b""

    def said(self) -> str | None:
        """The sentence about what a user can mend that the command ended with; None when it gave none."""
        found = [line.removeprefix(_ERROR) for line in self.tail() if line.startswith(_ERROR)]
        return found[-1] if found else None

    def _signal(self, number: signal.Signals) -> None:
        # it may end by itself in this moment
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int((self.path / "pid").read_text()), number)
