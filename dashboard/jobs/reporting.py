"""The report of a run: `python -m core report`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from core.results.run_folder import NAME
from dashboard.jobs.task import Kind, Task, path


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What is asked of `python -m core report`."""

    kind: ClassVar[Kind] = "report"
    program: ClassVar[tuple[str, ...]] = ("-m", "core", "report")

    run: str
    """Name of a finished run."""

    @property
    def title(self) -> str:
        """The run."""
        return self.run

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Report | None":
        """The task that `settings` describes; None when they do not."""
        run = settings.get("run")
        return cls(run=run) if isinstance(run, str) and NAME.fullmatch(run) else None

    def settings(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        return asdict(self)

    def same_as(self, other: Task | None) -> bool:
        """Whether both are of one run."""
        return self == other

    def options(self, data: Path) -> list[str]:
        """The words after the program."""
        return ["--run", self.run, "--data", path(str(data))]

    def refused(self, data: Path) -> str | None:
        """The command says itself what a run lacks."""
        del data
        return None
