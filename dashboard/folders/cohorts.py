"""Folders with a cohort that this data folder knows of."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from core.cohort.sources import FILE_NAME
from core.errors import InputError
from core.results import RunFolder, run_names


def known(data: Path, *, asked: Iterable[str]) -> tuple[str, ...]:
    """Those under `raw`, those of the work lists (`asked`) and those of the runs, each once, as far as they exist."""
    raw = (str(file.parent) for file in sorted((data / "raw").glob(f"*/{FILE_NAME}")))
    found = {Path(folder).resolve(): folder for folder in reversed([*raw, *asked, *_of_runs(data)])}
    return tuple(folder for path, folder in reversed(found.items()) if (path / FILE_NAME).is_file())


def synthetic(folder: str) -> bool:
    """Whether its patients are invented; told although its other files have gone, False when cohort.toml has."""
    try:
        stated = tomllib.loads((Path(folder) / FILE_NAME).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    cohort = stated.get("cohort")
    return isinstance(cohort, Mapping) and cohort.get("synthetic") is True


def _of_runs(data: Path) -> Iterable[str]:
    for name in run_names(data):
        try:
            yield RunFolder.open(data, name).record.cohort_folder
        except InputError:
            # a damaged run is told of by the pages that show runs
            continue
