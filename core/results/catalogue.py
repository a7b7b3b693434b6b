"""Publishing: run folders -> a new generation of the catalogue -> the pointer file that pages follow.

The catalogue can be lost without loss. A generation is never changed once it has its name, so pages read in peace while
the next one is built; the pointer is replaced in one step.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from core.errors import InputError
from core.results.artefacts import digest, put_in_place, written
from core.results.locks import exclusive
from core.results.pointer import Pointer, write_pointer
from core.results.rows import problem, run_tables
from core.results.run_folder import RunFolder, run_names
from core.results.schema import SCHEMA_VERSION, TABLES, creation
from core.results.tables import table_of

COHORT_TABLES = ("cohorts", "patients", "exclusions")
FRESH = ".catalog.tmp-"


def publish(data: Path) -> Path:
    """Build the next generation of the catalogue from all run folders and point to it; returns its file.

    Unfinished runs are in it with what they have so far. A run that cannot be read is left out, and the table
    `problems` says why. Publishers wait for each other.

    Raises:
        InputError: the data folder cannot be written.
    """
    with written(data):
        data.mkdir(parents=True, exist_ok=True)
    with exclusive(data / ".publish.lock"):
        for leftover in data.glob(f"{FRESH}*"):
            leftover.unlink()
        generation = 1 + max(map(generation_of, data.glob("catalog-*.duckdb")), default=0)
        fresh = data / f"{FRESH}{os.getpid()}"
        with written(fresh):
            _build(fresh, _gathered(data))
        path = data / f"catalog-{generation:06d}.duckdb"
        sha256 = digest(fresh.read_bytes())
        put_in_place(fresh, path)
        write_pointer(data, Pointer(generation=generation, file=path.name, schema=SCHEMA_VERSION, sha256=sha256))
        for old in data.glob("catalog-*.duckdb"):
            # a page may have read the pointer just before it moved: the generation before stays
            if generation_of(old) < generation - 1:
                old.unlink()
    return path


def generation_of(path: Path) -> int:
    """Number in the name of a catalogue file."""
    number = path.stem.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def _gathered(data: Path) -> dict[str, list[pa.Table]]:
    """Rows of every table over all runs; cohorts that runs share are taken once."""
    gathered: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
    seen: set[str] = set()
    for name in run_names(data):
        try:
            found = run_tables(RunFolder.open(data, name))
        except InputError as error:
            gathered["problems"].append(problem(name, what=str(error)))
            continue
        cohort = found["runs"]["cohort"][0].as_py()
        for table, rows in found.items():
            if table not in COHORT_TABLES or cohort not in seen:
                gathered[table].append(rows)
        seen.add(cohort)
    built = datetime.now(UTC).isoformat(timespec="seconds")
    meta = {"schema_version": [SCHEMA_VERSION], "built": [built]}
    gathered["meta"].append(table_of(meta, columns=TABLES["meta"]))
    return gathered


def _build(path: Path, gathered: dict[str, list[pa.Table]]) -> None:
    with duckdb.connect(path) as connection:
        connection.execute(creation())
        for name, parts in _filled(gathered):
            connection.register("incoming", pa.concat_tables(parts))
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")
            connection.unregister("incoming")


def _filled(gathered: dict[str, list[pa.Table]]) -> Iterable[tuple[str, list[pa.Table]]]:
    return ((name, parts) for name, parts in gathered.items() if parts)
