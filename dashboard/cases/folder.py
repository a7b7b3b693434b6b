"""New cases: a folder each, predicted by a process of its own, found again after the page or the server has gone.

data/cases/<id>/    request.json (what is asked), the given files under the case's own name, checks.json (how far the
                    process is), result/ (what `python -m core predict` wrote), kept.json (that the user keeps it), and
                    what `dashboard.processes` keeps of the process
"""

import contextlib
import json
import os
import re
import shutil
import sys
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from core.errors import InputError
from core.serving.checks import Check, read_checks
from core.slide_files import MIRAX
from dashboard.access.roles import may
from dashboard.access.visitors import Visitor
from dashboard.cases.intake import Kind
from dashboard.cases.request import Request
from dashboard.folders.bundles import bundles_folder
from dashboard.processes.process_folder import ProcessFolder

REQUEST, CHECKS, KEPT, ENDED = "request.json", "checks.json", "kept.json", "ended.json"
OF_PROCESS = ("log.txt", "stop", "pid", "waiting", ENDED, CHECKS)
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
"""Predictions that run at once; others wait for their turn, as two on one core take as long as one after the other and
twice the memory."""
OPTION = re.compile(r" \(--[a-z-]+\)")
"""Of the command line, as its sentences name them; on a page there is a field instead."""
KILLED = "The prediction was killed before it ended; start it anew."
STOPPED = "It was stopped before it ended; start it anew, or change what was given."


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """How a case stands."""

    state: Literal["draft", "running", "done", "stopped", "failed"]
    tail: tuple[str, ...] = ()
    """The last lines the process wrote."""
    problem: str = ""
    """Why it failed, in one sentence."""
    waiting: bool = False
    """Whether it runs only when others have ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """That a case is kept, and under which words."""

    label: str
    when: str
    """ISO 8601, UTC."""


class CaseFolder:
    """One case's folder."""

    def __init__(self, data: Path, case: str) -> None:
        self.data = data
        self.id = case
        self.path = data / "cases" / case
        self._process = ProcessFolder(self.path)

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
        return folder if is_id and (folder.path / REQUEST).is_file() else None

    def open_to(self, visitor: Visitor) -> bool:
        """Whether somebody may see it: who asked for it may, and who manages what others ask for."""
        return may(visitor.role, "manage") or self.request().by == visitor.name

    @property
    def result(self) -> Path:
        """Where the prediction is written."""
        return self.path / "result"

    @property
    def kept(self) -> Kept | None:
        """Under which words it is kept; None while it is not."""
        try:
            return Kept(**json.loads((self.path / KEPT).read_text()))
        except FileNotFoundError:
            return None

    @property
    def running(self) -> bool:
        """Whether its process has not ended."""
        return self._process.running()

    @property
    def touched(self) -> float:
        """When something was last done with it, seconds since 1970."""
        times = [self._time(name) for name in (REQUEST, CHECKS, ENDED, ".")]
        return max((one for one in times if one is not None), default=0.0)

    def put(self, content: bytes | memoryview, *, part: Kind, suffix: str) -> str:
        """Stores a given file under the case's own name, in place of an earlier one; returns that name."""
        self.drop(part)
        name = f"{self.id}-{part}{suffix}"
        with (self.path / name).open("xb") as file:
            file.write(content)
        return name

    def copy(self, source: BinaryIO, *, part: Kind, suffix: str) -> str:
        """The same from a file, of any size."""
        self.drop(part)
        name = f"{self.id}-{part}{suffix}"
        with (self.path / name).open("xb") as file:
            shutil.copyfileobj(source, file, 4 << 20)
        return name

    def link(self, source: Path, *, part: Kind, suffix: str) -> str:
        """Names a file or folder of the intake folder without copying it; returns the name."""
        self.drop(part)
        name = f"{self.id}-{part}{suffix}"
        (self.path / name).symlink_to(source.resolve(strict=True))
        if suffix == MIRAX:
            # the slide's data lie in the folder of the same name beside it
            (self.path / name).with_suffix("").symlink_to(source.with_suffix("").resolve())
        return name

    def drop(self, part: Kind) -> None:
        """Removes a given file, and what was computed from it."""
        for file in self.path.glob(f"{self.id}-{part}*"):
            file.unlink()
        if part == "slide":
            self._forget_features()

    def given(self, name: str | None) -> int | None:
        """Size of a given file in bytes; None where there is none."""
        if name is None:
            return None
        file = self.path / name
        if file.is_dir():
            return sum(one.stat().st_size for one in file.rglob("*") if one.is_file())
        return file.stat().st_size if file.exists() else None

    def bag(self) -> Path | None:
        """The features of its slide; None where there are none."""
        found = [(file.stat().st_mtime_ns, file) for file in (self.data / "features").glob(f"*/{self.id}-slide-*.h5")]
        return max(found)[1] if found else None

    def write(self, request: Request) -> None:
        """Keeps what is asked so far."""
        fresh = self.path / f".{REQUEST}.tmp-{os.getpid()}"
        fresh.write_text(json.dumps(asdict(request)))
        fresh.replace(self.path / REQUEST)

    def start(self, request: Request) -> None:
        """Begins checks and prediction in a process that outlives the page; an earlier result is removed."""
        self._clear()
        self.write(replace(request, asked=datetime.now(UTC).isoformat(timespec="seconds")))
        self._process.start(self.command(request), turns=f"{AT_ONCE}:{self.path.parent / '.turns'}")

    def reopen(self) -> None:
        """Makes it a draft again: what was given stays, what came of it goes."""
        self._clear()
        self.write(replace(self.request(), asked=""))

    def stop(self) -> None:
        """Asks the process to end."""
        self._process.stop()

    def request(self) -> Request:
        """What is asked."""
        content = cast(Mapping[str, Any], json.loads((self.path / REQUEST).read_text()))
        known = {one.name for one in fields(Request)}
        return Request(**{name: value for name, value in content.items() if name in known})

    def status(self) -> Status:
        """How it stands, from what lies on disk."""
        running, tail = self._process.running(), self._process.tail()
        if running:
            return Status(state="running", tail=tail, waiting=self._process.waiting())
        code = self._process.code()
        if code is None and not self.request().asked:
            return Status(state="draft")
        if code == 0 and (self.result / "prediction.json").is_file():
            return Status(state="done", tail=tail)
        if self._process.asked_to_stop():
            return Status(state="stopped", tail=tail, problem=STOPPED)
        if code is None:
            return Status(state="failed", tail=tail, problem=KILLED)
        return Status(state="failed", tail=tail, problem=self._problem(code))

    def checks(self) -> tuple[Check, ...]:
        """How every check stands; none before the process has begun with them."""
        return read_checks(self.path / CHECKS)

    def prediction(self) -> Mapping[str, Any]:
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

    def keep(self, label: str) -> None:
        """Keeps the case until it is deleted, under words of the user's own."""
        kept = Kept(label=label.strip(), when=datetime.now(UTC).isoformat(timespec="seconds"))
        fresh = self.path / f".{KEPT}.tmp-{os.getpid()}"
        fresh.write_text(json.dumps(asdict(kept)))
        fresh.replace(self.path / KEPT)

    def delete(self) -> None:
        """Stops the process, then removes the folder and the slide's cached features, which hold a thumbnail."""
        self._process.kill()
        gone = self.path.with_name(f".gone-{self.id}")
        # of several who delete it at once, one is the first
        with contextlib.suppress(FileNotFoundError):
            self.path.replace(gone)
        self._forget_features()
        shutil.rmtree(gone, ignore_errors=True)

    def plain(self, sentence: str) -> str:
        """A sentence with the given files called by what they are, and without options of the command line."""
        request, said = self.request(), OPTION.sub("", sentence.replace(f"{self.path}/", ""))
        for kind, name in (("slide", request.slide), ("expression", request.expression)):
            said = said.replace(name, f"the {kind} file") if name else said
        return said

    def command(self, request: Request) -> list[str]:
        """What is run; it can be typed into a terminal as well."""
        source = (
            ["--bundle", str(bundles_folder(self.data) / request.bundle)] if request.bundle else ["--run", request.run]
        )
        command = [sys.executable, "-m", "core", "predict", *source, "--data", str(self.data)]
        command += ["--out", str(self.result), "--checks", str(self.path / CHECKS)]
        return command + request.options(self.path)

    def _clear(self) -> None:
        """Ends the process and removes what it left."""
        self._process.kill()
        shutil.rmtree(self.result, ignore_errors=True)
        for name in OF_PROCESS:
            (self.path / name).unlink(missing_ok=True)

    def _forget_features(self) -> None:
        for file in (self.data / "features").glob(f"*/{self.id}-*"):
            file.unlink(missing_ok=True)

    def _problem(self, code: int) -> str:
        """The sentence the command ended with, else its exit code."""
        said = self._process.said()
        if said is None:
            return f"The prediction failed with exit code {code}; the lines below say where."
        return self.plain(said)

    def _time(self, name: str) -> float | None:
        try:
            return (self.path / name).stat().st_mtime
        except FileNotFoundError:
            return None


def all_cases(data: Path) -> tuple[CaseFolder, ...]:
    """Every case there is, in no order."""
    folder = data / "cases"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return tuple(CaseFolder(data, name) for name in names if len(name) == 32)
