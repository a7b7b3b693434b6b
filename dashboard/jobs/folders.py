"""Jobs: a folder each, which outlives page, browser and server.

data/jobs/<id>/    request.json (what was asked, the command, where it runs), and what `dashboard.processes` keeps
"""

import fcntl
import json
import os
import shlex
import shutil
import socket
import sys
import uuid
from collections import defaultdict
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast, get_args

from core.errors import InputError
from dashboard.jobs.checking import Check
from dashboard.jobs.extraction import Extraction
from dashboard.jobs.reporting import Report
from dashboard.jobs.task import Kind, Task
from dashboard.jobs.training import Training
from dashboard.processes.process_folder import GRACE_S, ProcessFolder

KEPT = 20
"""Jobs of each kind that are not forgotten."""
INTERRUPTED = 130
"""Exit code of a command that ended, resumable, because it was asked to."""
State = Literal["running", "stopping", "done", "stopped", "interrupted", "failed"]
STATES: tuple[State, ...] = get_args(State)
BUSY: tuple[State, ...] = ("running", "stopping")
TASKS: Mapping[Kind, type[Task]] = {one.kind: one for one in (Training, Extraction, Report, Check)}


@dataclass(frozen=True, kw_only=True, slots=True)
class JobStatus:
    """How a job stands."""

    state: State
    """stopped: it was asked to; interrupted: it was not, and ended all the same without saying how."""
    tail: tuple[str, ...]
    """The last lines the process wrote."""
    problem: str = ""
    """Why it failed, in one sentence."""

    @property
    def busy(self) -> bool:
        """Whether its process has not ended."""
        return self.state in BUSY


class Job:
    """One started task.

    Raises:
        OSError, ValueError, KeyError: the folder is no job's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self._process = ProcessFolder(path)
        request = json.loads((path / "request.json").read_text())
        # before there were several kinds there was one
        self.kind: Kind = cast(Kind, request.get("kind", "extraction"))
        task = TASKS[self.kind].of(request[self.kind])
        if task is None:
            raise ValueError("a request says what is asked")
        self.task: Task = task
        self.command: str = str(request["command"])
        """As one types it."""
        self.asked: str = str(request["asked"])
        """When, ISO 8601, UTC."""
        self.host: str = str(request["host"])
        """Where its process runs."""

    @property
    def here(self) -> bool:
        """Whether its process runs on this machine, where it can be stopped."""
        return self.host == socket.gethostname()

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        began = datetime.fromisoformat(self.asked).timestamp()
        last = self._process.last_sign()
        now = datetime.now(UTC).timestamp()
        return max(0.0, (now if last is None or self._process.running() else last) - began)

    @property
    def ended_s_ago(self) -> float:
        """Since it last wrote anything."""
        return max(0.0, datetime.now(UTC).timestamp() - (self._process.last_sign() or 0.0))

    def status(self) -> JobStatus:
        """How it stands, from what lies on disk."""
        process = self._process
        running, tail, stopping = process.running(), process.tail(), process.asked_to_stop()
        if running:
            return JobStatus(state="stopping" if stopping else "running", tail=tail)
        code = process.code()
        if code == 0:
            return JobStatus(state="done", tail=tail)
        if stopping:
            return JobStatus(state="stopped", tail=tail)
        if code in (None, INTERRUPTED):
            return JobStatus(state="interrupted", tail=tail)
        return JobStatus(state="failed", tail=tail, problem=process.said() or _exit_sentence(code))

    def log(self) -> bytes:
        """All that the process wrote."""
        return self._process.log()

    def stop(self) -> None:
        """Asks the process to end after what it is at.

        Raises:
            InputError: it runs on another machine.
        """
        if not self.here:
            raise InputError(f"this runs on {self.host}; stop it from there")
        self._process.stop()

    def delete(self) -> None:
        """Forgets a job that has ended; what it made stays."""
        assert not self._process.running()
        shutil.rmtree(self.path)


def start(data: Path, task: Task, *, grace_s: int = GRACE_S) -> Job:
    """Begins a task in a process of its own.

    Raises:
        InputError: the same one is running already, or something else is in its way.
    """
    with _alone(data):
        if any(job.task.same_as(task) for job in running_jobs(data, task.kind)):
            raise InputError(f"this {task.kind} is running already; follow it on the Jobs page, or stop it first")
        in_the_way = task.refused(data)
        if in_the_way:
            raise InputError(in_the_way)
        path = data / "jobs" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
        path.mkdir(mode=0o700)
        request = {
            "kind": task.kind,
            task.kind: task.settings(),
            "command": command_line(task, data),
            "asked": datetime.now(UTC).isoformat(timespec="seconds"),
            "host": socket.gethostname(),
        }
        (path / "request.json").write_text(json.dumps(request))
        ProcessFolder(path).start(command_of(task, data), grace_s=grace_s)
        _forget_old(data)
    return Job(path)


def jobs(data: Path, *kinds: Kind) -> tuple[Job, ...]:
    """All jobs of these kinds (of every kind when none is named), the newest first; what is no job's is left out."""
    found = (_read(file.parent) for file in (data / "jobs").glob("*/request.json"))
    chosen = (job for job in found if job is not None and (not kinds or job.kind in kinds))
    return tuple(sorted(chosen, key=lambda job: job.id, reverse=True))


def running_jobs(data: Path, *kinds: Kind) -> tuple[Job, ...]:
    """Those whose process has not ended."""
    return tuple(job for job in jobs(data, *kinds) if job.status().busy)


def find(data: Path, task: Task) -> Job | None:
    """The newest job that was asked for the same."""
    return next((job for job in jobs(data, task.kind) if job.task.same_as(task)), None)


def command_line(task: Task, data: Path) -> str:
    """The command as one types it."""
    words = [Path(word).name if word.endswith(".py") else word for word in task.program]
    return shlex.join(["python", *words, *task.options(data)])


def command_of(task: Task, data: Path) -> list[str]:
    """The words that are run."""
    return [sys.executable, *task.program, *task.options(data)]


def _forget_old(data: Path) -> None:
    kept: dict[Kind, int] = defaultdict(int)
    for job in jobs(data):
        kept[job.kind] += 1
        if kept[job.kind] > KEPT and not job.status().busy:
            job.delete()


@contextmanager
def _alone(data: Path) -> Generator[None]:
    """Two visitors who press at once do not both begin."""
    (data / "jobs").mkdir(parents=True, exist_ok=True)
    lock = os.open(data / "jobs" / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _read(path: Path) -> Job | None:
    try:
        return Job(path)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _exit_sentence(code: int | None) -> str:
    if code is not None and code < 0:
        return "The process was killed by the system, most often for lack of memory; resume it with less beside it."
    return f"The process failed with exit code {code}; the lines below say where."
