"""The folder of one run under `<data>/runs/<name>`; the only code that knows its file names.

run.json            what the run is, written first
dataset.json        cohort and folds, with the SHA-256 of tiles.h5
tiles.h5            where the tiles of each slide lie
models/             one folder per model and fold (fold_folder.py)
scores.parquet, differences.parquet, finished.json      written when all folds are there
"""

import os
import re
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from core.errors import InputError
from core.results import tables
from core.results.artefacts import (
    digest,
    put_in_place,
    read_sealed,
    read_verified,
    replace_file,
    sealed,
    verify,
    write_file,
    written,
)
from core.results.encoding import (
    check_format,
    cohort_from_json,
    cohort_to_json,
    folds_from_json,
    folds_to_json,
    record_from_json,
    record_to_json,
    stamped,
)
from core.results.fold_folder import FoldFolder, sweep
from core.results.locks import exclusive
from core.results.places import SlideEntry, SlideTiles, read_entries, read_places, write_places
from core.types import (
    Cohort,
    Dataset,
    Difference,
    Explanation,
    Fold,
    FoldResult,
    Json,
    Prediction,
    RunRecord,
    Score,
)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
RUN, DATASET, TILES, FINISHED = "run.json", "dataset.json", "tiles.h5", "finished.json"
SCORES, DIFFERENCES = "scores.parquet", "differences.parquet"


class RunFolder:
    """A run's files. Folds are written once; reading checks every byte against its SHA-256."""

    def __init__(self, data: Path, record: RunRecord) -> None:
        self.data = data
        self.record = record
        self.path = data / "runs" / record.name

    @classmethod
    def create(cls, data: Path, record: RunRecord) -> "RunFolder":
        """Start a run; an InputError when its name is taken or not allowed."""
        path = _path(data, record.name)
        fresh = path.with_name(f".{path.name}.tmp-{os.getpid()}")
        if path.exists():
            raise _taken(path)
        with written(fresh):
            fresh.mkdir(parents=True)
        write_file(fresh / RUN, sealed(stamped(record_to_json(record))))
        try:
            put_in_place(fresh, path)
        except InputError:
            shutil.rmtree(fresh)
            if path.exists():  # another took the name in between: a folder is not renamed over a filled one
                raise _taken(path) from None
            raise
        return cls(data, record)

    @classmethod
    def open(cls, data: Path, name: str) -> "RunFolder":
        """A run that was started; an InputError that lists the runs there are when it was not."""
        path = _path(data, name)
        if not path.is_dir():
            there = ", ".join(run_names(data)) or "none"
            raise InputError(f"there is no run {name!r} in {path.parent}; runs there: {there}")
        content = read_sealed(path / RUN, mend=f"restore it from a backup, or delete {path}")
        check_format(content, path=path / RUN)
        return cls(data, record_from_json(content))

    @contextmanager
    def lock(self) -> Generator[None]:
        """Be the only one to train into this folder; leftovers of killed trainings are removed.

        Raises:
            InputError: another process trains into it, named by its id.
        """
        busy = (
            f"run {self.record.name!r} is being trained by process {{pid}}; "
            "wait for it, stop it, or choose another --run name"
        )
        with exclusive(self.path / ".lock", busy=busy):
            sweep(self.path / "models")
            yield

    def write_dataset(self, dataset: Dataset, folds: Sequence[Fold]) -> None:
        """Write cohort, folds and tile places; on resuming, check that they are still the same.

        Raises:
            InputError: the run was begun with other patients or folds.
        """
        content: dict[str, Json] = {"cohort": cohort_to_json(dataset.cohort), "folds": folds_to_json(folds)}
        if (self.path / DATASET).exists():
            if any(self._dataset[key] != content[key] for key in content):
                raise InputError(
                    f"run {self.record.name!r} was begun with other patients or folds than these; "
                    "restore the cohort folder and options it began with, or choose another --run name"
                )
            return
        fresh = self.path / f".{TILES}.tmp-{os.getpid()}"
        with written(fresh):
            write_places(fresh, dataset, data=self.data)
        content["files"] = {TILES: digest(fresh.read_bytes())}
        put_in_place(fresh, self.path / TILES)
        replace_file(self.path / DATASET, sealed(stamped(content)))

    def folds(self) -> tuple[Fold, ...]:
        """The deals of the patients, in order."""
        return self._folds

    def cohort(self) -> Cohort:
        """The cohort as it was analysed."""
        return cohort_from_json(cast(Mapping[str, Any], self._dataset["cohort"]))

    @property
    def has_dataset(self) -> bool:
        """True once cohort and folds are written."""
        return (self.path / DATASET).exists()

    def finished(self, model: str, fold: Fold) -> bool:
        """True when this fold of this model is written, whole and unchanged.

        Raises:
            InputError: it is there but damaged, or was trained on another split.
        """
        folder = self._fold_folder(model, fold)
        if not folder.exists:
            return False
        folder.verify()
        return True

    def write_fold(self, result: FoldResult) -> None:
        """Write one trained fold; it appears whole or not at all."""
        self._fold_folder(result.model, result.fold).write(result)

    def weights(self, model: str, repeat: int, fold: int) -> tuple[Mapping[str, np.ndarray], Mapping[str, Json]]:
        """What was fitted on one fold, and the settings to build the model again.

        Raises:
            InputError: that fold is not trained yet, or its files are damaged.
        """
        dealt = next((one for one in self._folds if (one.repeat, one.index) == (repeat, fold)), None)
        folder = None if dealt is None else self._fold_folder(model, dealt)
        if folder is None or not folder.exists:
            raise InputError(
                f"run {self.record.name!r} has no trained fold {fold} of repeat {repeat} of model {model!r}; "
                "continue it with --resume, or choose a model among " + ", ".join(self.record.models)
            )
        return folder.weights(), folder.settings()

    def finished_folds(self) -> tuple[tuple[str, Fold], ...]:
        """Model and fold of everything trained so far, in order."""
        return tuple((folder.path.parent.name, folder.fold) for folder in self._written())

    def prediction_table(self) -> pa.Table:
        """Out-of-fold predictions of everything trained so far."""
        empty = tables.table((), columns=tables.PREDICTIONS)
        return pa.concat_tables([empty, *(folder.predictions() for folder in self._written())])

    def predictions(self) -> tuple[Prediction, ...]:
        """Out-of-fold predictions of everything trained so far."""
        return tables.predictions(self.prediction_table())

    def explanation(self, model: str, patient: str, repeat: int = 0) -> Explanation | None:
        """What the out-of-fold prediction of one patient looked at; None where the model explains nothing."""
        for fold in self._folds:
            folder = self._fold_folder(model, fold)
            if fold.repeat == repeat and patient in fold.test and folder.exists:
                return folder.explanation(patient)
        return None

    def slides(self, patient: str) -> tuple[SlideTiles, ...]:
        """Where the tiles of a patient lie, in the order of `Explanation.tile_attention`; empty without places."""
        return read_places(self._tiles(), patient=patient, data=self.data)

    def slide_entries(self) -> tuple[SlideEntry, ...]:
        """All slides whose tile places are known."""
        return read_entries(self._tiles())

    def write_scores(self, scores: Sequence[Score], differences: Sequence[Difference]) -> None:
        """Write the scores and mark the run finished."""
        # scores and their record cannot be replaced in one step: until the new ones are whole, the run is unfinished
        (self.path / FINISHED).unlink(missing_ok=True)
        score_table = tables.to_parquet(tables.table(scores, columns=tables.SCORES))
        difference_table = tables.to_parquet(tables.table(differences, columns=tables.DIFFERENCES))
        files: dict[str, Json] = {
            SCORES: replace_file(self.path / SCORES, score_table),
            DIFFERENCES: replace_file(self.path / DIFFERENCES, difference_table),
        }
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        replace_file(self.path / FINISHED, sealed(stamped({"finished": ended, "files": files})))

    @property
    def finished_run(self) -> bool:
        """True once the scores are written."""
        return (self.path / FINISHED).exists()

    def finished_at(self) -> str | None:
        """When the scores were written (ISO 8601, UTC); None for an unfinished run."""
        return str(self._finished()["finished"]) if self.finished_run else None

    def score_table(self) -> pa.Table:
        """Scores as a table; empty for an unfinished run."""
        return self._final(SCORES, columns=tables.SCORES)

    def difference_table(self) -> pa.Table:
        """Paired differences as a table; empty for an unfinished run."""
        return self._final(DIFFERENCES, columns=tables.DIFFERENCES)

    def scores(self) -> tuple[Score, ...]:
        """Scores; none for an unfinished run."""
        return tables.scores(self.score_table())

    def differences(self) -> tuple[Difference, ...]:
        """Paired differences; none for an unfinished run."""
        return tables.differences(self.difference_table())

    def _tiles(self) -> Path:
        files = cast(Mapping[str, str], self._dataset["files"])
        mend = f"restore it from a backup, or delete {self.path} and train again"
        verify(self.path / TILES, sha256=files[TILES], mend=mend)
        return self.path / TILES

    @cached_property
    def _dataset(self) -> dict[str, Json]:
        content = read_sealed(
            self.path / DATASET, mend=f"continue run {self.record.name!r} with --resume, or delete {self.path}"
        )
        check_format(content, path=self.path / DATASET)
        return content

    @cached_property
    def _folds(self) -> tuple[Fold, ...]:
        return folds_from_json(cast(Sequence[Any], self._dataset["folds"]))

    def _fold_folder(self, model: str, fold: Fold) -> FoldFolder:
        path = self.path / "models" / model / f"r{fold.repeat}-f{fold.index}"
        return FoldFolder(path=path, run=self.record, fold=fold)

    def _written(self) -> Iterator[FoldFolder]:
        for model in self.record.models:
            for fold in self._folds:
                folder = self._fold_folder(model, fold)
                if folder.exists:
                    yield folder

    def _finished(self) -> dict[str, Json]:
        content = read_sealed(self.path / FINISHED, mend="delete it and continue the run with --resume")
        check_format(content, path=self.path / FINISHED)
        return content

    def _final(self, name: str, *, columns: dict[str, str]) -> pa.Table:
        if not self.finished_run:
            return tables.table((), columns=columns)
        files = cast(Mapping[str, str], self._finished()["files"])
        mend = f"delete {self.path / FINISHED} and continue the run with --resume"
        return tables.from_parquet(read_verified(self.path / name, sha256=files[name], mend=mend))


def run_names(data: Path) -> tuple[str, ...]:
    """Names of all run folders, in alphabetical order."""
    runs = data / "runs"
    found = runs.iterdir() if runs.is_dir() else ()
    return tuple(sorted(path.name for path in found if path.is_dir() and NAME.fullmatch(path.name)))


def _path(data: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise InputError(
            f"run name {name!r} is not allowed; use letters, digits, dots, dashes and underscores, "
            "beginning with a letter or digit, 100 at most"
        )
    return data / "runs" / name


def _taken(path: Path) -> InputError:
    return InputError(
        f"run {path.name!r} exists already in {path.parent}; continue it with --resume, or choose another --run name"
    )
