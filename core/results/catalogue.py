"""Publishing: run folders -> a new generation of the catalogue -> the pointer file that pages follow.

The catalogue can be lost without loss. A generation is never changed once it has its name, so pages read in peace while
the next one is built; the pointer is replaced in one step.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from core.errors import InputError
from core.results.artefacts import file_digest, put_in_place, written
from core.results.locks import exclusive
from core.results.pointer import Pointer, write_pointer
from core.results.rows import problem, run_tables
from core.results.run_folder import RunFolder, run_names
from core.results.schema import SCHEMA_VERSION, TABLES, creation
from core.results.tables import table_of

COHORT_TABLES = ("cohorts", "patients", "exclusions")


def publish(data: Path) -> Path:
    """Build the next generation of the catalogue from all run folders and point to it; returns its file.

    Unfinished runs are in it with what they have so far. A run that cannot be read is left out, and the table
    `problems` says why. Publishers wait for each other.

    Raises:
        InputError: the data folder cannot be written.
    """
    return _published(data, _gathered)


def publish_tables(data: Path, tables: Mapping[str, Sequence[pa.Table]]) -> Path:
    """The same with these rows in place of the run folders': for cohorts that no folder holds."""
    return _published(data, lambda _: {**tables, "meta": [_meta()]})


def _published(data: Path, rows: Callable[[Path], Mapping[str, Sequence[pa.Table]]]) -> Path:
    with written(data):
        data.mkdir(parents=True, exist_ok=True)
    with exclusive(data / ".publish.lock"):
        for leftover in data.glob(".catalog*.tmp-*"):
            leftover.unlink()
        fresh = data / f".catalog.tmp-{os.getpid()}"
        with written(fresh):
            _build(fresh, rows(data))
        return _point_to(fresh, generation=1 + max(map(generation_of, _generations(data)), default=0))


def _point_to(fresh: Path, *, generation: int) -> Path:
    """Give a catalogue its name, move the pointer to it, and remove what no page can be reading any more."""
    data = fresh.parent
    path = data / f"catalog-{generation:06d}.duckdb"
    pointer = Pointer(generation=generation, file=path.name, schema=SCHEMA_VERSION, sha256=file_digest(fresh))
    put_in_place(fresh, path)
    write_pointer(data, pointer)
    for old in _generations(data):
        # a page may have read the pointer just before it moved: the generation before stays
        if generation_of(old) < generation - 1:
            old.unlink()
    return path


def _generations(data: Path) -> tuple[Path, ...]:
    return tuple(data.glob("catalog-*.duckdb"))


def generation_of(path: Path) -> int:
    """Number in the name of a catalogue file; 0 for a name that is none of ours."""
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
    gathered["meta"].append(_meta())
    return gathered


def _meta() -> pa.Table:
    built = datetime.now(UTC).isoformat(timespec="seconds")
    return table_of({"schema_version": [SCHEMA_VERSION], "built": [built]}, columns=TABLES["meta"])


def _build(path: Path, gathered: Mapping[str, Sequence[pa.Table]]) -> None:
    try:
        with duckdb.connect(path) as connection:
            connection.execute(creation())
            for name, parts in gathered.items():
                _insert(connection, name, parts)
    except (duckdb.IOException, duckdb.TransactionException) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"{path} cannot be written ({why}); free space there or choose another --data") from error


def _insert(connection: duckdb.DuckDBPyConnection, name: str, parts: Sequence[pa.Table]) -> None:
    if not parts:
        return
    connection.register("incoming", pa.concat_tables(parts))
    connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")
