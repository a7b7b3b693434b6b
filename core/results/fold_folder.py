"""One model trained on one fold: a folder written at once, whose record states the SHA-256 of every other file.

`models/<model>/r<repeat>-f<fold>/` holds predictions.parquet (of test patients) and inner.parquet (of training
patients), probes.parquet, scrutiny.parquet and neighbours.parquet, model.safetensors, explanations.h5, record.json and,
where the model embeds both modalities, embeddings.safetensors (of training patients).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import safetensors.numpy as safetensors
from jaxtyping import Float32

from core.errors import InputError
from core.results import tables
from core.results.artefacts import (
    flush,
    json_digest,
    put_in_place,
    read_sealed,
    read_verified,
    sealed,
    verify,
    write_file,
    written,
)
from core.results.encoding import check_format, fold_to_json, plain, stamped
from core.results.explanations import explanations_file, read_explanation
from core.types import Explanation, Fold, FoldResult, Json, Neighbour, Prediction, Probe, RunRecord, Scrutiny

WEIGHTS, EXPLANATIONS, RECORD = "model.safetensors", "explanations.h5", "record.json"
EMBEDDINGS = "embeddings.safetensors"
TABLES: Mapping[str, type[Any]] = {
    "predictions": Prediction,
    "inner": Prediction,
    "probes": Probe,
    "scrutiny": Scrutiny,
    "neighbours": Neighbour,
}
"""Fields of FoldResult that are rows, and their type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldFolder:
    """The files of one model on one fold."""

    path: Path
    run: RunRecord
    fold: Fold

    @property
    def exists(self) -> bool:
        """True once the fold was written: its folder gets its name in one step."""
        return self.path.is_dir()

    @property
    def mend(self) -> str:
        """What to do about a damaged file in it."""
        return f"delete the folder {self.path} and continue the run with --resume to train this fold again"

    def write(self, result: FoldResult) -> None:
        """Write everything under a temporary name, the record last, then give the folder its name."""
        assert not self.exists, "a fold is written once"
        fresh = self.path.with_name(f".{self.path.name}.tmp-{os.getpid()}")
        with written(fresh):
            fresh.mkdir(parents=True)
        files = {
            **{
                _file(name): write_file(fresh / _file(name), tables.rows_to_parquet(getattr(result, name), kind))
                for name, kind in TABLES.items()
            },
            WEIGHTS: write_file(fresh / WEIGHTS, _weights(result.weights)),
            EXPLANATIONS: write_file(fresh / EXPLANATIONS, explanations_file(result.explanations)),
        }
        if result.embeddings is not None:
            files[EMBEDDINGS] = write_file(fresh / EMBEDDINGS, _weights({"train": result.embeddings}))
        write_file(fresh / RECORD, sealed(stamped(self._record(result, files))))
        flush(fresh)
        put_in_place(fresh, self.path)

    def _record(self, result: FoldResult, files: Mapping[str, str]) -> dict[str, Json]:
        return {
            "model": result.model,
            "repeat": result.fold.repeat,
            "fold": result.fold.index,
            "cohort": self.run.cohort,
            "config": json_digest(plain(self.run.config)),
            "split": json_digest(fold_to_json(result.fold)),
            "settings": plain(result.settings),
            "files": plain(files),
        }

    def record(self) -> dict[str, Any]:
        """The record, checked to belong to this run's cohort and this deal of the patients."""
        content = read_sealed(self.path / RECORD, mend=self.mend)
        check_format(content, path=self.path / RECORD)
        if content["cohort"] != self.run.cohort or content["split"] != json_digest(fold_to_json(self.fold)):
            raise InputError(
                f"{self.path} was trained on other patients or another split than its run now has; {self.mend}"
            )
        return content

    def verify(self) -> None:
        """An InputError unless every file is what was written."""
        for name, stated in self._files().items():
            verify(self.path / name, sha256=stated, mend=self.mend)

    def table(self, name: str) -> pa.Table:
        """One of TABLES."""
        if _file(name) not in self._files():
            # runs of older versions have no neighbours
            return tables.table((), columns=tables.columns_of(TABLES[name]))
        return tables.from_parquet(self._read(_file(name)))

    def embeddings(self) -> Float32[np.ndarray, "train members width"] | None:
        """Of the fold's training patients, in its order; None where none were kept."""
        return safetensors.load(self._read(EMBEDDINGS))["train"] if EMBEDDINGS in self._files() else None

    def weights(self) -> Mapping[str, np.ndarray]:
        """Everything fitted, by name."""
        return safetensors.load(self._read(WEIGHTS))

    def settings(self) -> Mapping[str, Json]:
        """What is needed to build the model again, and how the fit went."""
        return self.record()["settings"]

    def explanation(self, patient: str) -> Explanation | None:
        """What the prediction of one patient looked at."""
        verify(self.path / EXPLANATIONS, sha256=self._files()[EXPLANATIONS], mend=self.mend)
        return read_explanation(self.path / EXPLANATIONS, patient=patient)

    def _files(self) -> Mapping[str, str]:
        return cast(Mapping[str, str], self.record()["files"])

    def _read(self, name: str) -> bytes:
        return read_verified(self.path / name, sha256=self._files()[name], mend=self.mend)


def _file(table: str) -> str:
    return f"{table}.parquet"


def _weights(weights: Mapping[str, np.ndarray]) -> bytes:
    # safetensors writes the memory as it lies: a transposed view would come back scrambled
    return safetensors.save({name: np.array(values, order="C") for name, values in weights.items()})
