"""Feature extractions started from the page: a folder each, which outlives page, browser and server.

data/jobs/<id>/    request.json (what was asked, the command, where it runs), and what `dashboard.processes` keeps

What becomes of each slide is told by the states beside the bags, whoever extracts them.
"""

import fcntl
import json
import os
import shlex
import shutil
import socket
import sys
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from core.config import EncoderSpec, TileSpec
from core.errors import InputError
from dashboard.processes import GRACE_S, ProcessFolder

KEPT = 20
"""Jobs that are not forgotten."""
INTERRUPTED = 130
"""Exit code of a command that ended, resumable, because it was asked to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """What is asked of `python -m core features`."""

    cohort: str
    """Folder with cohort.toml."""
    encoder_weights: str = "imagenet"
    trunk: str = "resnet50"
    stain: str = "none"
    tiles: TileSpec = field(default_factory=TileSpec)
    retry: bool = False
    """Whether slides that failed too often are tried once more."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Extraction | None":
        """What a work list or a job was asked for with; None when it does not tell."""
        plain, known = EncoderSpec(), {one.name for one in fields(TileSpec)}
        try:
            tiles = {name: value for name, value in dict(settings.get("tiles") or {}).items() if name in known}
            return cls(
                cohort=str(settings["cohort"]),
                encoder_weights=str(settings.get("encoder_weights") or plain.weights),
                trunk=str(settings.get("trunk") or plain.trunk),
                stain=str(settings.get("stain") or plain.stain),
                tiles=TileSpec(**tiles),
                retry=settings.get("retry") is True,
            )
        except (KeyError, TypeError, ValueError, InputError):
            return None

    def same_as(self, other: "Extraction | None") -> bool:
        """Whether both give the same bags."""
        return other is not None and self._key() == other._key()

    def options(self, data: Path) -> list[str]:
        """The command's words after `python -m core features`; what is as by default is left out."""
        weights = self.encoder_weights
        words = ["--cohort", _path(self.cohort), "--data", _path(str(data))]
        words += ["--encoder-weights", weights if weights in ("imagenet", "random") else _path(weights)]
        plain = EncoderSpec()
        words += ["--trunk", self.trunk] if self.trunk != plain.trunk else []
        words += ["--stain", self.stain] if self.stain != plain.stain else []
        for name, value in asdict(self.tiles).items():
            if value != getattr(TileSpec(), name):
                words += [f"--tiles.{name.replace('_', '-')}", str(value)]
        return [*words, "--retry"] if self.retry else words

    def words(self, data: Path) -> str:
        """The command as one types it."""
        return shlex.join(["python", "-m", "core", "features", *self.options(data)])

    def _key(self) -> tuple[object, ...]:
        weights = self.encoder_weights
        file = weights if weights in ("imagenet", "random") else str(Path(weights).resolve())
        return (Path(self.cohort).resolve(), file, self.trunk, self.stain, self.tiles)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobStatus:
    """How a job stands."""

    state: Literal["running", "stopping", "done", "stopped", "failed"]
    tail: tuple[str, ...]
    """The last lines the process wrote."""
    problem: str = ""
    """Why it failed, in one sentence."""


class Job:
    """One started extraction.

    Raises:
        OSError, ValueError, KeyError: the folder is no job's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self._process = ProcessFolder(path)
        request = json.loads((path / "request.json").read_text())
        extraction = Extraction.of(request["extraction"])
        if extraction is None:
            raise ValueError("a request names its cohort")
        self.extraction = extraction
        self.asked: str = request["asked"]
        """When, ISO 8601, UTC."""
        self.host: str = request["host"]
        """Where its process runs."""

    @property
    def here(self) -> bool:
        """Whether its process runs on this machine, where it can be stopped."""
        return self.host == socket.gethostname()

    def status(self) -> JobStatus:
        """How it stands, from what lies on disk."""
        process = self._process
        running, tail, stopping = process.running(), process.tail(), process.asked_to_stop()
        if running:
            return JobStatus(state="stopping" if stopping else "running", tail=tail)
        code = process.code()
        if code == 0:
            return JobStatus(state="done", tail=tail)
        if code in (None, INTERRUPTED) or stopping:
            return JobStatus(state="stopped", tail=tail)
        return JobStatus(state="failed", tail=tail, problem=process.said() or _exit_sentence(code))

    def stop(self) -> None:
        """Asks the process to end after what it is at.

        Raises:
            InputError: it runs on another machine.
        """
        if not self.here:
            raise InputError(f"this extraction runs on {self.host}; stop it from there")
        self._process.stop()

    def delete(self) -> None:
        """Forgets a job that has ended; states and bags stay."""
        assert not self._process.running()
        shutil.rmtree(self.path)


def start(data: Path, extraction: Extraction, *, grace_s: int = GRACE_S) -> Job:
    """Begins an extraction in a process of its own.

    Raises:
        InputError: the same one is running already.
    """
    with _alone(data):
        if any(job.extraction.same_as(extraction) for job in running_jobs(data)):
            raise InputError("this extraction is running already; follow it on this page, or stop it first")
        path = data / "jobs" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
        path.mkdir(mode=0o700)
        request = {
            "extraction": asdict(extraction),
            "command": extraction.words(data),
            "asked": datetime.now(UTC).isoformat(timespec="seconds"),
            "host": socket.gethostname(),
        }
        (path / "request.json").write_text(json.dumps(request))
        ProcessFolder(path).start(_command(extraction, data), grace_s=grace_s)
        for old in jobs(data)[KEPT:]:
            if old.status().state not in ("running", "stopping"):
                old.delete()
    return Job(path)


def jobs(data: Path) -> tuple[Job, ...]:
    """All jobs, the newest first; a folder that is no job's is left out."""
    found = (_read(file.parent) for file in (data / "jobs").glob("*/request.json"))
    return tuple(sorted((job for job in found if job), key=lambda job: job.id, reverse=True))


def running_jobs(data: Path) -> tuple[Job, ...]:
    """Those whose process has not ended."""
    return tuple(job for job in jobs(data) if job.status().state in ("running", "stopping"))


def with_retry(extraction: Extraction) -> Extraction:
    """The same, trying once more what failed too often."""
    return replace(extraction, retry=True)


def _command(extraction: Extraction, data: Path) -> list[str]:
    return [sys.executable, "-m", "core", "features", *extraction.options(data)]


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
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _path(text: str) -> str:
    """As given where that cannot be taken for an option."""
    return f"./{text}" if text.startswith("-") else text


def _exit_sentence(code: int | None) -> str:
    if code is not None and code < 0:
        return "The process was killed by the system, most often for lack of memory; resume it with less beside it."
    return f"The extraction failed with exit code {code}; the lines below say where."
