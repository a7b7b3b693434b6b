"""What pages ask of the published catalogue. Read-only, shut off from all other files, values bound as parameters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from core.errors import InputError
from core.evaluation.values import Scored
from core.results import listing
from core.results.artefacts import verify
from core.results.kept import Kept
from core.results.listing import Around, Asked, Listed
from core.results.pointer import REBUILD, read_pointer
from core.results.pooled import spread
from core.results.run_folder import RunFolder
from core.results.schema import SCHEMA_VERSION, TABLES
from core.results.selections import Selections

# Without these a read-only connection still reads and writes any file of the server and attaches others.
HARDENED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": "1GB",
    "threads": 2,
    "lock_configuration": True,
}


class Store:
    """One generation of the catalogue. Cheap to open; safe to share between threads, as every call has its cursor."""

    def __init__(self, data: Path, *, generation: int, connection: duckdb.DuckDBPyConnection) -> None:
        self.data = data
        self.generation_open = generation
        self.selections = Selections(connection)
        self._connection = connection
        self._kept = Kept()

    @classmethod
    def open(cls, data: Path) -> "Store | None":
        """The newest generation; None while nothing is published.

        Raises:
            InputError: the catalogue is damaged or was built by another version of Acinus.
        """
        target = read_pointer(data)
        if target is None:
            return None
        if target.schema != SCHEMA_VERSION:
            raise InputError(
                f"the catalogue in {data} has schema {target.schema} but this version of Acinus reads "
                f"{SCHEMA_VERSION}; {REBUILD}"
            )
        try:
            verify(data / target.file, sha256=target.sha256, mend=REBUILD)
            connection = duckdb.connect(data / target.file, read_only=True, config=HARDENED)
        except (InputError, duckdb.IOException):
            # two publishings since the pointer was read remove the file that it named
            if read_pointer(data) != target:
                return cls.open(data)
            raise
        return cls(data, generation=target.generation, connection=connection)

    @staticmethod
    def generation(data: Path) -> int | None:
        """Number of the newest generation, to notice that there is a newer one; None while nothing is published."""
        target = read_pointer(data)
        return None if target is None else target.generation

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def runs(self) -> pd.DataFrame:
        """All runs, the newest first."""
        return self._frame("SELECT * FROM runs ORDER BY started DESC, run")

    def problems(self) -> pd.DataFrame:
        """Runs that could not be read, and why."""
        return self._frame("SELECT * FROM problems ORDER BY run")

    def cohorts(self) -> pd.DataFrame:
        """All cohorts."""
        return self._frame("SELECT * FROM cohorts ORDER BY name, outcome, cohort")

    def patients(self, cohort: str, *, only: Sequence[str] | None = None) -> pd.DataFrame:
        """Analysed patients of a cohort; with `only`, those of them who are named."""
        if only is None:
            return self._frame("SELECT * FROM patients WHERE cohort = $1 ORDER BY patient", cohort)
        query = "SELECT * FROM patients WHERE cohort = $1 AND patient IN (SELECT unnest($2)) ORDER BY patient"
        return self._frame(query, cohort, list(only))

    def exclusions(self, cohort: str) -> pd.DataFrame:
        """Patients of a cohort who are not analysed, with the reason."""
        return self._frame("SELECT * FROM exclusions WHERE cohort = $1 ORDER BY patient", cohort)

    def slides(self, run: str) -> pd.DataFrame:
        """Slides of a run whose tile places are known."""
        return self._frame("SELECT * FROM slides WHERE run = $1 ORDER BY patient, slide", run)

    def slide_keys(
        self, run: str | None = None, patient: str | None = None
    ) -> list[tuple[str, str, str, str, str | None]]:
        """Run, its start, patient, name and bag of every slide whose tile places are known; in the order of the tiles.

        Together they name what was learned from: a run of the same name that is made anew gives others.
        """
        query = (
            "SELECT slides.run, started, patient, slide, file FROM slides JOIN runs ON runs.run = slides.run "
            "WHERE ($1 IS NULL OR slides.run = $1) AND ($2 IS NULL OR patient = $2) ORDER BY slides.rowid"
        )
        return self._connection.cursor().execute(query, [run, patient]).fetchall()

    def folds(self, run: str) -> pd.DataFrame:
        """Which part each patient had in each fold."""
        return self._frame("SELECT * FROM folds WHERE run = $1 ORDER BY repeat, fold, part, patient", run)

    def predictions(self, run: str) -> pd.DataFrame:
        """Out-of-fold predictions of a run."""
        return self._frame(
            "SELECT * FROM predictions WHERE run = $1 ORDER BY model, mode, repeat, fold, patient",
            run,
        )

    def answers(self, run: str, *, model: str | None = None, patient: str | None = None) -> pd.DataFrame:
        """Out-of-fold answers of a run, averaged over repeats, by model, mode and patient.

        Probabilities are the columns p0, p1, ... (calibrated) and u0, u1, ... (the networks' own; none where they
        were not kept), one a class.
        """
        query = "SELECT * EXCLUDE (run) FROM answers WHERE run = $1 AND ($2 IS NULL OR model = $2)"
        found = self._connection.cursor().sql(
            f"{query} AND ($3 IS NULL OR patient = $3) ORDER BY model, mode, patient", params=[run, model, patient]
        )
        return spread(found.to_arrow_table())

    def scored(self, run: str, *, model: str, mode: str) -> Scored:
        """The same of one model in one mode, as the evaluation takes it: no more than it needs is read."""
        query = "SELECT patient, label, probabilities FROM answers WHERE run = $1 AND model = $2 AND mode = $3"
        rows = self._connection.cursor().sql(f"{query} ORDER BY patient", params=[run, model, mode]).to_arrow_table()
        flat = rows["probabilities"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return Scored(
            patients=tuple(rows["patient"].to_pylist()),
            labels=rows["label"].to_numpy().astype(np.int64),
            probabilities=flat.reshape(len(rows), -1),
        )

    def confusions(self, run: str) -> pd.DataFrame:
        """How many patients of each class (label) each model decided for which (predicted), in every mode."""
        return self._frame(
            "SELECT model, mode, label, predicted, count(*) AS patients FROM answers WHERE run = $1 GROUP BY ALL "
            "ORDER BY ALL",
            run,
        )

    def decisions(self, run: str, *, model: str, patients: Sequence[str]) -> pd.DataFrame:
        """Label and out-of-fold decision of these patients by one model, in every mode it answered in."""
        query = "SELECT mode, patient, label, predicted, confidence FROM answers WHERE run = $1 AND model = $2"
        return self._frame(
            f"{query} AND patient IN (SELECT unnest($3)) ORDER BY mode, patient", run, model, list(patients)
        )

    def main_answers(self, run: str) -> list[tuple[str, str]]:
        """Every model of a run that has answered, with the mode it is judged in."""
        return listing.main_answers(self._connection, run)

    def listed(self, asked: Asked, *, first: int, most: int) -> Listed:
        """A part of the list of a run's patients, from its row `first`, counted from 0."""
        return listing.listed(self._connection, asked, first=first, most=most)

    def around(self, asked: Asked, patient: str) -> Around:
        """Who stands before and after a patient in that list."""
        return listing.around(self._connection, asked, patient)

    def of_patient(self, table: str, *, run: str, patient: str) -> pd.DataFrame:
        """What one table of runs holds of one patient, in the order it was written."""
        assert {"run", "patient"} <= set(TABLES[table]), "a table of runs and patients"
        return self._frame(f"SELECT * FROM {table} WHERE run = $1 AND patient = $2 ORDER BY rowid", run, patient)

    def neighbours(self, run: str, patient: str) -> pd.DataFrame:
        """Nearest training patients, by the models of the folds that tested this one."""
        query = "SELECT * FROM neighbours WHERE run = $1 AND patient = $2 ORDER BY model, repeat, fold, rank"
        return self._frame(query, run, patient)

    def learning(self, run: str) -> pd.DataFrame:
        """Loss on the part kept aside, after each epoch of each member of each fold."""
        return self._frame("SELECT * FROM learning WHERE run = $1 ORDER BY model, repeat, fold, member, epoch", run)

    def learning_steps(self, run: str) -> pd.DataFrame:
        """That loss over all members of all folds: median, low and high of the `networks` still trained in an epoch.

        `kept` counts those whose best epoch it is; epochs are counted from 0.
        """
        return self._frame(
            "SELECT model, epoch, median(loss) AS median, min(loss) AS low, max(loss) AS high, count(*) AS networks, "
            "count(*) FILTER (best) AS kept FROM learning WHERE run = $1 GROUP BY model, epoch ORDER BY model, epoch",
            run,
        )

    def scores(self, runs: Sequence[str]) -> pd.DataFrame:
        """Scores of these runs; `repeat` and `fold` are missing where pooled."""
        return self._frame(
            "SELECT * FROM scores WHERE list_contains($1, run) "
            "ORDER BY run, model, mode, metric, repeat NULLS FIRST, fold NULLS FIRST",
            list(runs),
        )

    def pooled_scores(self) -> pd.DataFrame:
        """Scores of all runs over all folds and repeats: run, model, mode, metric, value, low, high, n."""
        return self._frame(
            "SELECT run, model, mode, metric, value, low, high, n FROM scores WHERE fold IS NULL "
            "ORDER BY run, model, mode, metric"
        )

    def red_findings(self) -> dict[str, int]:
        """How many red findings the certificate of each run's split has; runs without any are left out."""
        query = "SELECT run, count(*) FROM findings WHERE severity = 'red' GROUP BY run ORDER BY run"
        return dict(self._connection.cursor().execute(query).fetchall())

    def differences(self, run: str) -> pd.DataFrame:
        """Paired differences of a run's main model to the others."""
        return self._frame("SELECT * FROM differences WHERE run = $1 ORDER BY model, baseline, metric", run)

    def evaluation(self, table: str, run: str) -> pd.DataFrame:
        """One table of core/evaluation/rows.py, in the order it was written."""
        assert table in TABLES and "run" in TABLES[table], "a table of runs"
        return self._frame(f"SELECT * FROM {table} WHERE run = $1 ORDER BY rowid", run)

    def scrutiny(self, run: str) -> pd.DataFrame:
        """What a look inside the models told of each out-of-fold prediction."""
        return self._frame("SELECT * FROM scrutiny WHERE run = $1 ORDER BY model, repeat, fold, patient", run)

    def run_folder(self, run: str) -> RunFolder:
        """The files of a run: weights, explanations, tile places."""
        return RunFolder.open(self.data, run)

    def _frame(self, query: str, *values: str | list[str]) -> pd.DataFrame:
        return self._kept.answer(
            (query, *(value if isinstance(value, str) else tuple(value) for value in values)),
            lambda: self._read(query, values),
        )

    def _read(self, query: str, values: tuple[str | list[str], ...]) -> pd.DataFrame:
        frame = self._connection.cursor().execute(query, values).df()
        whole = {name: "Int64" for name in ("repeat", "fold") if name in frame}
        return frame.astype(whole) if whole else frame
