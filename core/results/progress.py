"""How far a training is: progress.json in its run folder, put in place whole after every step, for whoever looks on.

Only pages read it: a run is continued from its folds alone. A file that is missing, damaged or of another version means
no more than that nothing can be told.
"""

import json
import os
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast, get_args

from core.results.artefacts import replace_file
from core.types import Fold, FoldResult

PROGRESS = "progress.json"
Stage = Literal["fitting", "controls", "judging"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, kw_only=True, slots=True)
class FitProgress:
    """One fit of a run."""

    model: str
    repeat: int
    fold: int
    done: bool
    seconds: float | None = None
    """How long it took; None before it is done, and for one that an earlier process did."""
    best_epochs: tuple[int, ...] = ()
    """Of each member, counted from 1; none for a model without epochs."""
    inner_loss: float | None = None
    """Mean over the members of the loss on the part kept aside, at the best epoch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the newest process that trained a run has come."""

    stage: Stage
    pid: int
    host: str
    began: str
    """When that process began to fit, ISO 8601, UTC."""
    at: str
    """When this was written."""
    workers: int
    """Most fits at once."""
    fits: tuple[FitProgress, ...]
    """All of the run, in the order they are begun."""


class ProgressFile:
    """The progress of one run. Only the process that holds the run's lock writes it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PROGRESS

    def begin(self, units: Sequence[tuple[Fold, str]], *, todo: Collection[tuple[Fold, str]], workers: int) -> None:
        """The fits of the run in their order, and those that are still to do."""
        waiting = {(model, fold.repeat, fold.index) for fold, model in todo}
        fits = tuple(
            FitProgress(
                model=model,
                repeat=fold.repeat,
                fold=fold.index,
                done=(model, fold.repeat, fold.index) not in waiting,
            )
            for fold, model in units
        )
        now = _now()
        self._write(
            Progress(
                stage="fitting",
                pid=os.getpid(),
                host=socket.gethostname(),
                began=now,
                at=now,
                workers=workers,
                fits=fits,
            )
        )

    def fitted(self, result: FoldResult) -> None:
        """One fit is done, and written."""
        before = self.read()
        if before is not None:
            key = (result.model, result.fold.repeat, result.fold.index)
            fits = tuple(_done(one, result) if (one.model, one.repeat, one.fold) == key else one for one in before.fits)
            self._write(replace(before, at=_now(), fits=fits))

    def stage(self, stage: Stage) -> None:
        """What comes after the fits has begun; nothing where no fits were followed."""
        before = self.read()
        if before is not None:
            self._write(replace(before, stage=stage, at=_now()))

    def read(self) -> Progress | None:
        """What was written last; None when there is nothing that can be read."""
        try:
            return _progress(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _write(self, progress: Progress) -> None:
        replace_file(self._path, json.dumps(asdict(progress)).encode())


def _done(before: FitProgress, result: FoldResult) -> FitProgress:
    history = cast(Sequence[Mapping[str, Any]], result.settings.get("history") or ())
    losses = [one["inner_loss"][one["best_epoch"]] for one in history]
    return replace(
        before,
        done=True,
        seconds=result.seconds,
        best_epochs=tuple(one["best_epoch"] + 1 for one in history),
        inner_loss=sum(losses) / len(losses) if losses else None,
    )


def _progress(content: Mapping[str, Any]) -> Progress:
    stage = content["stage"]
    if stage not in STAGES:
        raise ValueError("a stage of another version")
    return Progress(
        stage=stage,
        pid=int(content["pid"]),
        host=str(content["host"]),
        began=_moment(content["began"]),
        at=_moment(content["at"]),
        workers=max(1, int(content["workers"])),
        fits=tuple(_fit(one) for one in content["fits"]),
    )


def _fit(content: Mapping[str, Any]) -> FitProgress:
    seconds, loss = content["seconds"], content["inner_loss"]
    return FitProgress(
        model=str(content["model"]),
        repeat=int(content["repeat"]),
        fold=int(content["fold"]),
        done=content["done"] is True,
        seconds=None if seconds is None else float(seconds),
        best_epochs=tuple(int(epoch) for epoch in content["best_epochs"]),
        inner_loss=None if loss is None else float(loss),
    )


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a moment is stated with its zone")
    return text


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
