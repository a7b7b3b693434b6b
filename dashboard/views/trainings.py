"""What pages show of a training that runs: how far it is, what is done, how long the fits still take."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.results.progress import FitProgress, Progress, Stage
from dashboard.views.extraction import duration
from dashboard.words.wording import counted

Mark = Literal["done", "running", "waiting"]
MARKS: dict[Mark, str] = {"done": "✓", "running": "▸", "waiting": "·"}
PREPARING = "Reading the cohort, preparing its features and dealing folds"
AFTER_FITS: dict[Stage, str] = {
    "controls": "All fits are done; small control models are fitted beside them",
    "judging": "All fits are done; scores, tests and audits are computed",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FitCell:
    """One fit in the grid."""

    mark: Mark
    note: str
    """What is known of it, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FitGrid:
    """Models down, folds across."""

    folds: tuple[str, ...]
    models: tuple[str, ...]
    cells: tuple[tuple[FitCell | None, ...], ...]
    """One row a model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingView:
    """How far a training is."""

    sentence: str
    share: float
    """Of the fits, 0 to 1."""
    done: int
    total: int
    left_s: float | None
    """Until the last fit ends; None when there is no pace to tell it from."""
    grid: FitGrid | None

    @property
    def mostly_done(self) -> bool:
        """Whether stopping it gives up on more than half of its way."""
        return self.share > 0.5


def view(progress: Progress | None, *, now: datetime) -> TrainingView:
    """How far it is; without progress, that it has not come to its fits."""
    if progress is None:
        return TrainingView(sentence=PREPARING, share=0.0, done=0, total=0, left_s=None, grid=None)
    done, total = sum(one.done for one in progress.fits), len(progress.fits)
    left = left_s(progress, now=now)
    return TrainingView(
        sentence=_sentence(progress, done=done, left=left),
        share=done / total if total else 1.0,
        done=done,
        total=total,
        left_s=left,
        grid=grid(progress),
    )


def left_s(progress: Progress, *, now: datetime) -> float | None:
    """Until the last fit ends, with as many at once as there are workers, at the pace of the fits that ended.

    A model none of whose fits has ended is taken to be as slow as the slowest that has.
    """
    waiting = [one for one in progress.fits if not one.done]
    pace = _pace(progress.fits)
    if progress.stage != "fitting" or not waiting or not pace:
        return None
    free = [0.0] * min(progress.workers, len(waiting))
    for one in waiting:
        heapq.heappush(free, heapq.heappop(free) + pace.get(one.model, max(pace.values())))
    since = (now - datetime.fromisoformat(progress.at)).total_seconds()
    return max(max(free) - max(since, 0.0), 1.0)


def grid(progress: Progress) -> FitGrid:
    """Which fits are done, which run and which wait."""
    marks = _marks(progress)
    repeated = len({one.repeat for one in progress.fits}) > 1
    deals = list(dict.fromkeys((one.repeat, one.fold) for one in progress.fits))
    models = tuple(dict.fromkeys(one.model for one in progress.fits))
    return FitGrid(
        folds=tuple(f"{repeat + 1}.{fold + 1}" if repeated else str(fold + 1) for repeat, fold in deals),
        models=models,
        cells=tuple(tuple(marks.get((model, *deal)) for deal in deals) for model in models),
    )


def finished_fits(progress: Progress) -> list[dict[str, object]]:
    """One row for each fit that ended in this process, the latest model and fold last."""
    return [
        {
            "Model": one.model,
            "Repeat": one.repeat + 1,
            "Fold": one.fold + 1,
            "Seconds": one.seconds,
            "Best epoch of each member": ", ".join(map(str, one.best_epochs)) or "–",
            "Inner loss there": one.inner_loss,
        }
        for one in progress.fits
        if one.seconds is not None
    ]


def _marks(progress: Progress) -> dict[tuple[str, int, int], FitCell]:
    """Workers take fits in their order: those that run are the first that are not done."""
    places = [place for place, one in enumerate(progress.fits) if not one.done]
    at_work = set(places[: progress.workers]) if progress.stage == "fitting" else set[int]()
    return {
        (one.model, one.repeat, one.fold): _cell(one, running=place in at_work)
        for place, one in enumerate(progress.fits)
    }


def _cell(one: FitProgress, *, running: bool) -> FitCell:
    mark: Mark = "done" if one.done else "running" if running else "waiting"
    parts = [f"{one.model}, fold {one.fold + 1}: {mark}"]
    parts += [f"in {duration(one.seconds)}"] if one.seconds is not None else []
    parts += [f"best inner loss {one.inner_loss:.3f}"] if one.inner_loss is not None else []
    return FitCell(mark=mark, note=", ".join(parts))


def _sentence(progress: Progress, *, done: int, left: float | None) -> str:
    if progress.stage != "fitting":
        return AFTER_FITS[progress.stage]
    counts = f"{done} of {counted(len(progress.fits), noun='fit')} done"
    if left is None:
        return f"{counts}; the time left is told when the first has ended"
    return f"{counts}, about {duration(left)} left, then controls and evaluation"


def _pace(fits: Sequence[FitProgress]) -> dict[str, float]:
    """Mean seconds of a fit, by model."""
    known: dict[str, list[float]] = {}
    for one in fits:
        if one.seconds is not None:
            known.setdefault(one.model, []).append(one.seconds)
    return {model: sum(times) / len(times) for model, times in known.items()}
