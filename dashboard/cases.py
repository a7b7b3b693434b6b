"""New cases: a folder each, predicted by a process of its own, found again after the page or the server has gone.

data/cases/<id>/    request.json (what was asked), the given files under the case's own name, result/ (what
                    `python -m core predict` wrote), and what `dashboard.processes` keeps of the process
"""

import json
import shutil
import sys
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from core.errors import InputError
from dashboard.processes import ProcessFolder


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
        self._process.start(self._command(request))

    def request(self) -> Request:
        """What was asked."""
        return Request(**json.loads((self.path / "request.json").read_text()))

    def status(self) -> Status:
        """How it stands, from what lies on disk."""
        running, tail = self._process.running(), self._process.tail()
        if running:
            return Status(state="running", tail=tail)
        code = self._process.code()
        if code is None:
            return Status(
                state="failed", tail=tail, problem="The prediction was stopped before it ended; start it anew."
            )
        if code == 0 and (self.result / "prediction.json").is_file():
            return Status(state="done", tail=tail)
        return Status(state="failed", tail=tail, problem=self._problem(code))

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
        self._process.kill()
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

    def _problem(self, code: int) -> str:
        """The sentence the command ended with, with the given files called by what they are; else its exit code."""
        said = self._process.said()
        if said is None:
            return f"The prediction failed with exit code {code}; the lines below say where."
        request, sentence = self.request(), said.replace(f"{self.path}/", "")
        for kind, name in (("slide", request.slide), ("expression", request.expression)):
            sentence = sentence.replace(name, f"the {kind} file") if name else sentence
        return sentence
