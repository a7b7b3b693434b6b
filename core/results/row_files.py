"""A folder of tables of rows, one Parquet file each, and a record.json, written last, that states their SHA-256."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from core.results import tables
from core.results.artefacts import read_sealed, read_verified, replace_file, sealed, written
from core.results.encoding import check_format, stamped
from core.types import Json

RECORD = "record.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class RowFiles:
    """Some tables of a run folder; all are empty before they are written."""

    folder: Path
    kinds: Mapping[str, type[Any]]
    """Type of the rows of each table."""
    mend: str
    """What to do when a file is damaged."""

    @property
    def exists(self) -> bool:
        """True once all of them are written."""
        return self._record.exists()

    @property
    def written_at(self) -> str | None:
        """When they were written (ISO 8601, UTC); None before."""
        return str(self._content()["written"]) if self.exists else None

    @property
    def about(self) -> Mapping[str, Json]:
        """What was said of them when they were written; nothing before."""
        return cast(Mapping[str, Json], self._content()["about"]) if self.exists else {}

    def write(self, rows: Mapping[str, Sequence[Any]], *, about: Mapping[str, Json] | None = None) -> None:
        """Write every table, one that is not given as empty, then the record that says so."""
        assert set(rows) <= set(self.kinds), "only tables that are known"
        with written(self.folder):
            self.folder.mkdir(exist_ok=True)
        # tables and their record cannot be replaced in one step: until the new ones are whole, there are none
        self._record.unlink(missing_ok=True)
        files: dict[str, Json] = {
            name: replace_file(self._file(name), tables.rows_to_parquet(rows.get(name, ()), kind))
            for name, kind in self.kinds.items()
        }
        now = datetime.now(UTC).isoformat(timespec="seconds")
        replace_file(self._record, sealed(stamped({"written": now, "about": about or {}, "files": files})))

    def table(self, name: str) -> pa.Table:
        """One table, column by column."""
        if not self.exists:
            return tables.table((), columns=tables.columns_of(self.kinds[name]))
        files = cast(Mapping[str, str], self._content()["files"])
        return tables.from_parquet(read_verified(self._file(name), sha256=files[name], mend=self.mend))

    def rows(self, name: str) -> tuple[Any, ...]:
        """One table, row by row."""
        return tables.rows_of(self.table(name), self.kinds[name])

    @property
    def _record(self) -> Path:
        return self.folder / RECORD

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    def _content(self) -> dict[str, Json]:
        content = read_sealed(self._record, mend=self.mend)
        check_format(content, path=self._record)
        return content
