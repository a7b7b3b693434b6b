"""What every topic of the Models page starts from."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.results import Store
from dashboard.views.runs import Run
from dashboard.workspace.notes import NOTHING, Key, Note


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """The chosen runs, all with the same classes, and what is written beside them."""

    store: Store
    runs: tuple[Run, ...]
    notes: Mapping[Key, Note]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the runs, in their order."""
        return tuple(run.name for run in self.runs)

    @property
    def classes(self) -> tuple[str, ...]:
        """Of all of them."""
        return self.runs[0].classes

    def title(self, run: Run) -> str:
        """The run's name, with the one it is shown as."""
        shown = self.notes.get(run.key, NOTHING).title
        return f"{run.name} ({shown})" if shown else run.name
