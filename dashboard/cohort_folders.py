"""Folders with a cohort that this data folder knows of."""

from collections.abc import Iterable
from pathlib import Path

from core.cohort.manifest import read_manifest
from core.errors import InputError
from core.results import RunFolder, run_names


def known(data: Path, *, asked: Iterable[str]) -> tuple[str, ...]:
    """Those under `raw`, those of the work lists (`asked`) and those of the runs, each once, as far as they exist."""
    raw = (str(file.parent) for file in sorted((data / "raw").glob("*/cohort.toml")))
    found = {Path(folder).resolve(): folder for folder in reversed([*raw, *asked, *_of_runs(data)])}
    return tuple(folder for path, folder in reversed(found.items()) if (path / "cohort.toml").is_file())


def synthetic(folder: str) -> bool:
    """Whether its patients are invented; False where that cannot be read any more."""
    try:
        return read_manifest(Path(folder)).synthetic
    except InputError:
        return False


def _of_runs(data: Path) -> Iterable[str]:
    for name in run_names(data):
        try:
            yield RunFolder.open(data, name).record.cohort_folder
        except InputError:
            # a damaged run is told of by the pages that show runs
            continue
