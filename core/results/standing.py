"""How runs stand, told by their names and locks alone: cheap enough to be asked every second."""

from dataclasses import dataclass
from pathlib import Path

from core.results.locks import held
from core.results.row_files import RECORD
from core.results.run_folder import EVALUATION, WATCHED, run_names, run_path


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One run."""

    name: str
    there: bool
    """Whether it was begun."""
    busy: bool
    """Whether a process trains or evaluates it at this moment."""
    finished: bool


def standings(data: Path) -> tuple[Standing, ...]:
    """All runs, by name."""
    return tuple(standing(data, name) for name in run_names(data))


def standing(data: Path, name: str) -> Standing:
    """One run; an InputError for a name that is not allowed."""
    path = run_path(data, name)
    return Standing(
        name=name,
        there=path.is_dir(),
        busy=held(path / WATCHED),
        finished=(path / EVALUATION / RECORD).exists(),
    )
