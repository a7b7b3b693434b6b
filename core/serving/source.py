"""What answers for a case: a finished run where it lies, or a bundle that was frozen from one."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64

from core.config import EncoderSpec
from core.evaluation import is_main
from core.evaluation.elsewhere import Own
from core.explain.familiarity import Familiarity
from core.results import RunFolder
from core.results.familiar import Modality
from core.serving.decision import Judge
from core.slides.encoders import TileEncoder, load_encoder
from core.types import Fold, Json, RunRecord

Weights = tuple[Mapping[str, np.ndarray], Mapping[str, Json]]
"""Arrays by name, and the settings to build the networks again."""


class Source(ABC):
    """Everything that a prediction needs of a run; nothing else of it is asked for.

    Args:
        record: what the run was.
        folds: the deals of its patients; a bundle calls them by numbers.
        bundle: the bundle's id; empty for a run where it was trained.
    """

    def __init__(self, record: RunRecord, folds: tuple[Fold, ...], *, bundle: str) -> None:
        self.record = record
        self.folds = folds
        self.bundle = bundle

    @abstractmethod
    def judge(self) -> Judge:
        """Conformal bounds and thresholds."""

    @abstractmethod
    def familiarity(self) -> Mapping[Modality, Familiarity] | None:
        """What the training patients look like; None for runs of older versions."""

    @abstractmethod
    def tested(self) -> Float64[np.ndarray, " tested"]:
        """Of each patient by each fold that tested them: mean similarity to the nearest training patients."""

    @abstractmethod
    def weights(self, model: str, fold: Fold) -> Weights:
        """What was fitted on one fold."""

    @abstractmethod
    def embeddings(self, fold: Fold) -> Float32[np.ndarray, "train members width"] | None:
        """The fused model's, of a fold's training patients in its order; None where none were kept."""

    @abstractmethod
    def encoder(self, *, device: str) -> TileEncoder:
        """That of the run's slides, or the nearest to it that can be had here."""

    @abstractmethod
    def own(self) -> Own:
        """What the run found in its own cohort, out of fold."""

    @abstractmethod
    def known(self, patients: Collection[str]) -> int:
        """How many of these took part in the run."""


class FinishedRun(Source):
    """A run where it was trained."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__(run.record, run.folds(), bundle="")
        self.run = run

    def judge(self) -> Judge:
        return self._judge

    def familiarity(self) -> Mapping[Modality, Familiarity] | None:
        return self._familiarity

    def tested(self) -> Float64[np.ndarray, " tested"]:
        rows = self.run.neighbour_table().to_pandas()
        rows = rows[rows["model"] == "fused"]
        if rows.empty:
            return np.zeros(0)
        return rows.groupby(["repeat", "fold", "patient"])["similarity"].mean().to_numpy(np.float64)

    def weights(self, model: str, fold: Fold) -> Weights:
        return self.run.weights(model, fold.repeat, fold.index)

    def embeddings(self, fold: Fold) -> Float32[np.ndarray, "train members width"] | None:
        return self.run.embeddings("fused", fold)

    def encoder(self, *, device: str) -> TileEncoder:
        return load_encoder(encoder_like(self.record), device=device)

    def own(self) -> Own:
        sizes = Counter(patient.label for patient in self.run.cohort().patients)
        return Own(
            scores=tuple(one for one in self.run.scores() if one.fold is None and is_main(one.model, one.mode)),
            calibration=tuple(
                one
                for one in self.run.evaluation.rows("calibration")
                if one.calibration == "stored" and is_main(one.model, one.mode)
            ),
            classes={name: sizes[label] for label, name in enumerate(self.record.classes)},
        )

    def known(self, patients: Collection[str]) -> int:
        mine = {patient for fold in self.folds for patient in fold.train + fold.test}
        return len(mine & set(patients))

    @cached_property
    def _judge(self) -> Judge:
        return Judge.of(self.run)

    @cached_property
    def _familiarity(self) -> Mapping[Modality, Familiarity] | None:
        return self.run.basis.familiarity()


def encoder_like(record: RunRecord) -> EncoderSpec:
    """The encoder a run was trained with."""
    weights = str(record.config["encoder_weights"])
    return EncoderSpec(
        weights=weights if weights in ("imagenet", "random") else Path(weights),  # type: ignore[arg-type]
        trunk=str(record.config["trunk"]),
        stain=record.config["stain"],  # type: ignore[arg-type]
    )
