"""The folder of one run under `<data>/runs/<name>`; the only code that knows its file names.

run.json            what the run is, written first
dataset.json, tiles.h5      cohort, folds and tile places (basis.py)
certificate/        what is stated of the folds before the first fit
models/             one folder per model and fold (fold_folder.py)
controls/           predictions of models that see a few inputs only
evaluation/         scores, tests and audits, when all folds are there; with it the run is finished
progress.json       how far the process is that trains it (progress.py)
"""

import os
import re
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
from jaxtyping import Float32

from core.errors import InputError
from core.evaluation import Evidence
from core.evaluation.rows import CERTIFICATE, TABLES, FittedOn
from core.results import tables
from core.results.artefacts import put_in_place, read_sealed, sealed, write_file, written
from core.results.basis import Basis
from core.results.encoding import check_format, record_from_json, record_to_json, stamped
from core.results.fold_folder import FoldFolder
from core.results.locks import exclusive
from core.results.places import SlideTiles
from core.results.progress import ProgressFile
from core.results.row_files import RowFiles
from core.types import (
    Cohort,
    ControlPrediction,
    Dataset,
    Difference,
    Explanation,
    Fold,
    FoldResult,
    Json,
    Neighbour,
    Prediction,
    Probe,
    RunRecord,
    Score,
    Scrutiny,
)

CONTROLS = {"control_predictions": ControlPrediction}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
RUN, EVALUATION = "run.json", "evaluation"
TWIN = "-random"
"""Added to a run's name: the same models on the same patients, folds dealt at random."""
WATCHED = ".watched"
"""Held beside the lock, by which pages see that somebody works on a run."""


class RunFolder:
    """A run's files. Folds are written once; reading checks every byte against its SHA-256."""

    def __init__(self, data: Path, record: RunRecord) -> None:
        self.data = data
        self.record = record
        self.path = data / "runs" / record.name
        self.basis = Basis(self.path, data=data)
        """Cohort, folds and tile places."""
        self.certificate = self._row_files("certificate", CERTIFICATE)
        """What is stated of the folds before the first fit."""
        self.controls = self._row_files("controls", CONTROLS)
        """Predictions of control models."""
        self.evaluation = self._row_files(EVALUATION, TABLES)
        """Scores, tests and audits; with them the run is finished."""
        self.progress = ProgressFile(self.path)
        """How far its training is, for whoever looks on."""

    @classmethod
    def create(cls, data: Path, record: RunRecord) -> "RunFolder":
        """Start a run; an InputError when its name is taken or not allowed."""
        path = run_path(data, record.name)
        fresh = path.with_name(f".{path.name}.tmp-{os.getpid()}")
        if path.exists():
            raise _taken(path)
        with written(fresh):
            fresh.mkdir(parents=True)
        write_file(fresh / RUN, sealed(stamped(record_to_json(record))))
        try:
            put_in_place(fresh, path)
        except InputError:
            shutil.rmtree(fresh, ignore_errors=True)
            if path.exists():  # another took the name in between: a folder is not renamed over a filled one
                raise _taken(path) from None
            raise
        return cls(data, record)

    @classmethod
    def open(cls, data: Path, name: str) -> "RunFolder":
        """A run that was started; an InputError that lists the runs there are when it was not."""
        path = run_path(data, name)
        if not path.is_dir():
            there = ", ".join(run_names(data)) or "none"
            raise InputError(f"there is no run {name!r} in {path.parent}; runs there: {there}")
        content = read_sealed(path / RUN, mend=f"restore it from a backup, or delete {path}")
        check_format(content, path=path / RUN)
        record = record_from_json(content)
        if record.name != name:
            raise InputError(f"{path} holds run {record.name!r}; give the folder that name again")
        return cls(data, record)

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
        # whoever looks on must not be in the way of those who try the first lock: the second is for them
        with exclusive(self.path / ".lock", busy=busy), exclusive(self.path / WATCHED):
            self._sweep()
            yield

    def write_dataset(self, dataset: Dataset, folds: Sequence[Fold]) -> None:
        """Write cohort, folds and tile places; on resuming, check that they are still the same.

        Raises:
            InputError: the run was begun with other patients or folds.
        """
        self.basis.write(dataset, folds)

    def folds(self) -> tuple[Fold, ...]:
        """The deals of the patients, in order."""
        return self.basis.folds

    def cohort(self) -> Cohort:
        """The cohort as it was analysed."""
        return self.basis.cohort

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
        dealt = next((one for one in self.basis.folds if (one.repeat, one.index) == (repeat, fold)), None)
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
        return self._gathered("predictions", Prediction)

    def predictions(self) -> tuple[Prediction, ...]:
        """Out-of-fold predictions of everything trained so far."""
        return tables.rows_of(self.prediction_table(), Prediction)

    def scrutiny_table(self) -> pa.Table:
        """What a look inside the models told of each out-of-fold prediction so far."""
        return self._gathered("scrutiny", Scrutiny)

    def neighbour_table(self) -> pa.Table:
        """Nearest training patients of every tested patient so far."""
        return self._gathered("neighbours", Neighbour)

    def learning(self) -> Iterator[dict[str, Json]]:
        """Loss on the part kept aside after each epoch, by model, fold and member."""
        for folder in self._written():
            history = cast(Sequence[Mapping[str, Any]], folder.settings().get("history") or ())
            for member, one in enumerate(history):
                for epoch, loss in enumerate(one["inner_loss"]):
                    yield {
                        "model": folder.path.parent.name,
                        "repeat": folder.fold.repeat,
                        "fold": folder.fold.index,
                        "member": member,
                        "epoch": epoch,
                        "loss": loss,
                        "best": epoch == one["best_epoch"],
                    }

    def embeddings(self, model: str, fold: Fold) -> Float32[np.ndarray, "train members width"] | None:
        """Of a fold's training patients, in its order; None where the model has none, or none were kept."""
        return self._fold_folder(model, fold).embeddings()

    def evidence(self) -> Evidence:
        """All that an evaluation works on."""
        return Evidence(
            cohort=self.cohort(),
            folds=self.folds(),
            models=self.record.models,
            predictions=self.predictions(),
            inner=tables.rows_of(self._gathered("inner", Prediction), Prediction),
            probes=tables.rows_of(self._gathered("probes", Probe), Probe),
            scrutiny=tables.rows_of(self.scrutiny_table(), Scrutiny),
            controls=self.controls.rows("control_predictions"),
            fitted=tuple(row for folder in self._written() for row in _fitted(folder)),
            seed=int(cast(int, self.record.config["seed"])),
        )

    def explanation(self, model: str, patient: str, repeat: int = 0) -> Explanation | None:
        """What the out-of-fold prediction of one patient looked at; None where the model explains nothing."""
        for fold in self.basis.folds:
            folder = self._fold_folder(model, fold)
            if fold.repeat == repeat and patient in fold.test and folder.exists:
                return folder.explanation(patient)
        return None

    def slides(self, patient: str) -> tuple[SlideTiles, ...]:
        """Where the tiles of a patient lie, in the order of `Explanation.tile_attention`; empty without places."""
        return self.basis.slides(patient)

    def scores(self) -> tuple[Score, ...]:
        """Scores; none for an unfinished run."""
        return self.evaluation.rows("scores")

    def differences(self) -> tuple[Difference, ...]:
        """Paired differences; none for an unfinished run."""
        return self.evaluation.rows("differences")

    @property
    def finished_run(self) -> bool:
        """True once the evaluation is written."""
        return self.evaluation.exists

    def _sweep(self) -> None:
        """Remove what killed processes left half-written; only for the holder of the lock."""
        places = (self.path.parent.glob(f".{self.path.name}.tmp-*"), self.path.glob("**/.*.tmp-*"))
        for leftover in [path for place in places for path in place]:
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink(missing_ok=True)

    def _fold_folder(self, model: str, fold: Fold) -> FoldFolder:
        path = self.path / "models" / model / f"r{fold.repeat}-f{fold.index}"
        return FoldFolder(path=path, run=self.record, fold=fold)

    def _row_files(self, name: str, kinds: Mapping[str, type[Any]]) -> RowFiles:
        folder = self.path / name
        mend = f"delete the folder {folder} and continue the run with --resume"
        return RowFiles(folder=folder, kinds=kinds, mend=mend)

    def _gathered(self, name: str, kind: type[Any]) -> pa.Table:
        empty = tables.table((), columns=tables.columns_of(kind))
        return pa.concat_tables([empty, *(folder.table(name) for folder in self._written())])

    def _written(self) -> Iterator[FoldFolder]:
        for model in self.record.models:
            for fold in self.basis.folds:
                folder = self._fold_folder(model, fold)
                if folder.exists:
                    yield folder


def _fitted(folder: FoldFolder) -> Iterator[FittedOn]:
    settings = folder.settings()
    for one in cast(Sequence[Mapping[str, Any]], settings.get("fitted", ())):
        yield FittedOn(model=str(settings["model"]), repeat=folder.fold.repeat, fold=folder.fold.index, **one)


def run_names(data: Path) -> tuple[str, ...]:
    """Names of all run folders, in alphabetical order."""
    runs = data / "runs"
    found = runs.iterdir() if runs.is_dir() else ()
    return tuple(sorted(path.name for path in found if path.is_dir() and NAME.fullmatch(path.name)))


def run_path(data: Path, name: str) -> Path:
    """Where a run of that name lies; an InputError for a name that is not allowed."""
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
