"""The end of a run: scores.parquet and differences.parquet, and finished.json that states their SHA-256."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pyarrow as pa

from core.results import tables
from core.results.artefacts import read_sealed, read_verified, replace_file, sealed
from core.results.encoding import check_format, stamped
from core.types import Difference, Json, Score

SCORES, DIFFERENCES, FINISHED = "scores.parquet", "differences.parquet", "finished.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Conclusion:
    """The last files of a run folder; tables are empty before they are written."""

    folder: Path

    @property
    def exists(self) -> bool:
        """True once the scores are written."""
        return self._path.exists()

    @property
    def written_at(self) -> str | None:
        """When the scores were written (ISO 8601, UTC); None before."""
        return str(self._content()["finished"]) if self.exists else None

    def write(self, scores: Sequence[Score], differences: Sequence[Difference]) -> None:
        """Write both tables, then the file that says so."""
        # tables and their record cannot be replaced in one step: until the new ones are whole, the run is unfinished
        self._path.unlink(missing_ok=True)
        files: dict[str, Json] = {
            name: replace_file(self.folder / name, tables.to_parquet(tables.table(rows, columns=columns)))
            for name, rows, columns in (
                (SCORES, scores, tables.SCORES),
                (DIFFERENCES, differences, tables.DIFFERENCES),
            )
        }
        now = datetime.now(UTC).isoformat(timespec="seconds")
        replace_file(self._path, sealed(stamped({"finished": now, "files": files})))

    def scores(self) -> pa.Table:
        """The scores table."""
        return self._table(SCORES, columns=tables.SCORES)

    def differences(self) -> pa.Table:
        """The paired differences table."""
        return self._table(DIFFERENCES, columns=tables.DIFFERENCES)

    @property
    def _path(self) -> Path:
        return self.folder / FINISHED

    @property
    def _mend(self) -> str:
        return f"delete {self._path} and continue the run with --resume"

    def _content(self) -> dict[str, Json]:
        content = read_sealed(self._path, mend=self._mend)
        check_format(content, path=self._path)
        return content

    def _table(self, name: str, *, columns: dict[str, str]) -> pa.Table:
        if not self.exists:
            return tables.table((), columns=columns)
        files = cast(Mapping[str, str], self._content()["files"])
        return tables.from_parquet(read_verified(self.folder / name, sha256=files[name], mend=self._mend))
