"""The workspace's file: opened once a process, shut off from all other files."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from core.errors import InputError
from core.results.store import HARDENED

FILE = "workspace.duckdb"
SCHEMA_VERSION = 1
"""Raise it when a table changes in a way that `CREATE TABLE IF NOT EXISTS` cannot make."""

_WRITABLE: Final[dict[str, str | bool | int | float | list[str]]] = HARDENED | {"memory_limit": "256MB", "threads": 1}
_META = "CREATE TABLE IF NOT EXISTS meta (schema_version BIGINT NOT NULL)"

_open: dict[Path, "Workspace"] = {}
_opening = threading.Lock()


class Workspace:
    """What this server keeps of one data folder; safe to share between threads, as every call has its cursor."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection
        self._created: set[str] = set()
        self._changing = threading.Lock()

    @classmethod
    def open(cls, data: Path) -> "Workspace":
        """The workspace of a data folder: the same one for every visit until `close_all`.

        Raises:
            InputError: another server holds it, it was written by a newer Acinus, or the folder cannot be written.
        """
        path = data.resolve() / FILE
        with _opening:
            if path not in _open:
                _open[path] = cls(path, _connected(path))
            return _open[path]

    @staticmethod
    def close_all() -> None:
        """Let go of every workspace, so that another server can open it."""
        with _opening:
            for workspace in _open.values():
                workspace._connection.close()
            _open.clear()

    @contextmanager
    def cursor(self, creation: str) -> Generator[duckdb.DuckDBPyConnection]:
        """For questions about the tables that `creation` declares; they are made the first time."""
        self._create(creation)
        with self._connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def change(self, creation: str) -> Generator[duckdb.DuckDBPyConnection]:
        """A cursor whose changes are kept together when the block ends, and dropped together when it fails.

        Changes wait for each other: DuckDB refuses two at once on the same row.
        """
        self._create(creation)
        with self._changing, self._connection.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise

    def _create(self, creation: str) -> None:
        with self._changing:
            if creation not in self._created:
                with self._connection.cursor() as cursor:
                    cursor.execute(creation)
                self._created.add(creation)


def _connected(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(path, config=_WRITABLE)
    except (duckdb.Error, OSError) as error:
        raise _refused(path, error) from error
    try:
        _check_version(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _refused(path: Path, error: Exception) -> InputError:
    if "lock" in str(error).lower():
        return InputError(
            f"another server holds {path}, so nothing can be saved here; use that server, or stop it and reload"
        )
    return InputError(
        f"{path} cannot be opened ({type(error).__name__}), so nothing can be saved here; make its folder writable, "
        "or move the file away if it is damaged"
    )


def _check_version(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_META)
    found = connection.execute("SELECT max(schema_version) FROM meta").fetchone()
    version = found[0] if found else None
    if version is None:
        connection.execute("INSERT INTO meta VALUES ($1)", [SCHEMA_VERSION])
    elif version != SCHEMA_VERSION:
        raise InputError(
            f"{path} has schema {version} but this version of Acinus writes {SCHEMA_VERSION}; use the Acinus that "
            "wrote it, or move the file away to begin a new one"
        )
