"""New cases: a folder each, predicted by a process of its own, found again after the page or the server has gone.

data/cases/<id>/    request.json (what was asked), the given files under the case's own name, log.txt, lock,
                    ended.json (exit code), result/ (what `python -m core predict` wrote)

A case is running while someone holds its lock: the lock goes with the process, however that ends.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from core.errors import InputError

TAIL_LINES = 12
_started: dict[str, "subprocess.Popen[bytes]"] = {}
"""Own children, kept so that their end is taken note of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked about a case; file names are those inside its folder."""

    run: str
    slide: str | None = None
    expression: str | None = None
    sample: str = ""
    unit: str = ""
    um_per_px: float | None = None
    asked: str = ""
    """When, ISO 8601, UTC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """How a case stands."""

    state: Literal["running", "done", "failed"]
    tail: tuple[str, ...]
    """The last lines the process wrote."""
    problem: str = ""
    """Why it failed, in one sentence."""


class CaseFolder:
    """One case's folder."""

    def __init__(self, data: Path, case: str) -> None:
        self.data = data
        self.id = case
        self.path = data / "cases" / case

    @classmethod
    def new(cls, data: Path) -> "CaseFolder":
        """A fresh folder under a random name, readable by its owner alone."""
        folder = cls(data, uuid.uuid4().hex)
        folder.path.mkdir(parents=True, mode=0o700)
        return folder

    @classmethod
    def find(cls, data: Path, case: str) -> "CaseFolder | None":
        """The folder of that case; None when there is none, or when the name is no case's."""
        folder = cls(data, case)
        is_id = len(case) == 32 and all(letter in "0123456789abcdef" for letter in case)
        return folder if is_id and (folder.path / "request.json").is_file() else None

    @property
    def result(self) -> Path:
        """Where the prediction is written."""
        return self.path / "result"

    def keep(self, content: bytes | memoryview, *, part: str, suffix: str) -> str:
        """Stores a given file under the case's own name; returns that name."""
        name = f"{self.id}-{part}{suffix}"
        with (self.path / name).open("xb") as file:
            file.write(content)
        return name

    def link(self, source: Path, *, part: str, suffix: str) -> str:
        """Names a file of the intake folder without copying it; returns the name."""
        name = f"{self.id}-{part}{suffix}"
        (self.path / name).symlink_to(source.resolve(strict=True))
        return name

    def start(self, request: Request) -> None:
        """Begins the prediction in a process that outlives the page."""
        stamped = asdict(request) | {"asked": datetime.now(UTC).isoformat(timespec="seconds")}
        (self.path / "request.json").write_text(json.dumps(stamped))
        lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process = subprocess.Popen(
                [sys.executable, "-m", "dashboard.case_worker", str(self.path), str(lock), *self._command(request)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                start_new_session=True,
            )
        finally:
            # the child's copy keeps the lock
            os.close(lock)
        _started[self.id] = process
        (self.path / "pid").write_text(str(process.pid))

    def request(self) -> Request:
        """What was asked."""
        return Request(**json.loads((self.path / "request.json").read_text()))

    def status(self) -> Status:
        """How it stands, from what lies on disk."""
        if self.id in _started:
            _started[self.id].poll()
        running, tail = self._running(), self._tail()
        if running:
            return Status(state="running", tail=tail)
        if not (self.path / "ended.json").is_file():
            return Status(
                state="failed", tail=tail, problem="The prediction was stopped before it ended; start it anew."
            )
        code = json.loads((self.path / "ended.json").read_text())["code"]
        if code == 0 and (self.result / "prediction.json").is_file():
            return Status(state="done", tail=tail)
        return Status(state="failed", tail=tail, problem=self._problem(tail, code))

    def prediction(self) -> Mapping[str, object]:
        """What `python -m core predict` wrote.

        Raises:
            InputError: the file is damaged.
        """
        try:
            return json.loads((self.result / "prediction.json").read_text())
        except (OSError, json.JSONDecodeError) as error:
            raise InputError(
                "the prediction of this case cannot be read; delete the case and predict it anew"
            ) from error

    def delete(self) -> None:
        """Stops the process, then removes the folder and the slide's cached features, which hold a thumbnail."""
        if self._running():
            os.killpg(int((self.path / "pid").read_text()), signal.SIGKILL)
        process = _started.pop(self.id, None)
        if process is not None:
            process.wait()
        for bag in (self.data / "features").glob(f"*/{self.id}-*"):
            bag.unlink()
        shutil.rmtree(self.path)

    def _command(self, request: Request) -> list[str]:
        command = [sys.executable, "-m", "core", "predict", "--run", request.run, "--data", str(self.data)]
        command += ["--out", str(self.result)]
        options = {"--sample": request.sample, "--unit": request.unit, "--um-per-px": request.um_per_px}
        command += [part for name, value in options.items() if value for part in (name, str(value))]
        files = {"--slide": request.slide, "--expression": request.expression}
        return command + [part for name, file in files.items() if file for part in (name, str(self.path / file))]

    def _running(self) -> bool:
        try:
            lock = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _problem(self, tail: Sequence[str], code: int) -> str:
        """The sentence the command ended with, with the given files called by what they are; else its exit code."""
        said = [line.removeprefix("error: ") for line in tail if line.startswith("error: ")]
        if not said:
            return f"The prediction failed with exit code {code}; the lines below say where."
        request, sentence = self.request(), said[-1].replace(f"{self.path}/", "")
        for kind, name in (("slide", request.slide), ("expression", request.expression)):
            sentence = sentence.replace(name, f"the {kind} file") if name else sentence
        return sentence

    def _tail(self) -> tuple[str, ...]:
        """The log's last lines; a progress bar writes over its line, of which only the last state is kept."""
        try:
            # bytes, as reading text would turn the returns of a progress bar into lines
            text = (self.path / "log.txt").read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return ()
        lines = [line.rsplit("\r", 1)[-1].strip() for line in text.split("\n")]
        return tuple(line for line in lines if line)[-TAIL_LINES:]
