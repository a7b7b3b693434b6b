"""Who of a cohort would be analysed: `python -m core check`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from dashboard.jobs.task import Kind, Task, option, path


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What is asked of `python -m core check`."""

    kind: ClassVar[Kind] = "check"
    program: ClassVar[tuple[str, ...]] = ("-m", "core", "check")

    cohort: str
    """Folder with cohort.toml."""
    outcome: str = ""
    """Clinical column in place of the manifest's outcome."""

    @property
    def title(self) -> str:
        """The cohort's folder."""
        return Path(self.cohort).name or self.cohort

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Check | None":
        """The task that `settings` describes; None when they do not."""
        cohort, outcome = settings.get("cohort"), settings.get("outcome")
        return cls(cohort=cohort, outcome=outcome) if isinstance(cohort, str) and isinstance(outcome, str) else None

    def settings(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        return asdict(self)

    def same_as(self, other: Task | None) -> bool:
        """Whether both read the same."""
        return self == other

    def options(self, data: Path) -> list[str]:
        """The words after the program."""
        del data
        return ["--cohort", path(self.cohort), *(option("--outcome", self.outcome) if self.outcome else [])]

    def refused(self, data: Path) -> str | None:
        """It only reads."""
        del data
        return None
