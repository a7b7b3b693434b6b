"""Controls: small linear models of a few inputs, fitted beside the networks, that say what a good score means.

ladder           what is left of the label without the genes that define it
confounders      what site and the making of slides alone tell
left_out_sites   each site answered for by models that never saw it
linear           the one model of them all
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import InputError
from core.training.controls.acquisition import acquisition
from core.training.controls.confounders import ConfounderFold
from core.training.controls.jobs import Job, answered, predictions
from core.training.controls.ladder import DRAWS, LadderFold, rungs
from core.training.controls.left_out_sites import left_out
from core.training.controls.patients import Target, own_target, patients_of
from core.training.controls.splits import splits
from core.training.controls.targets import other_targets, read_target
from core.types import ControlPrediction, Dataset, Fold

__all__ = ["controls", "fit_confounders", "fit_ladder", "fit_left_out_sites", "other_targets", "read_target"]

Say = Callable[[str], None]
Progress = Callable[[int, int], None]
Jobs = tuple[Sequence[Job], Sequence[str]]
"""Fits to do, and why others cannot be done."""


def controls(
    dataset: Dataset,
    folds: Sequence[Fold],
    *,
    folder: Path,
    seed: int,
    workers: int = 1,
    say: Say = lambda _: None,
    progress: Progress = lambda _done, _all: None,
) -> tuple[ControlPrediction, ...]:
    """Every control of a run: ladders of all declared outcomes, confounders and left-out sites of the run's own.

    Args:
        dataset: the patients of the run.
        folds: of the run.
        folder: of the cohort, whose manifest may declare further outcomes.
        seed: of random gene sets and of inner parts by site.
        workers: fits side by side; changes no number.
        say: told what was left out, and why.
        progress: told how many of how many groups of fits are done.
    """
    own = own_target(dataset)
    asked = [_confounder_jobs(dataset, folds, own), _left_out_jobs(dataset, own, seed)]
    asked += [_ladder_jobs(dataset, folds, target, seed, DRAWS) for target in (own, *_others(folder, dataset, say))]
    for reason in dict.fromkeys(reason for _, reasons in asked for reason in reasons):
        say(reason)
    jobs = [job for some, _ in asked for job in some]
    return _done(dataset, jobs, workers=workers, progress=progress)


def fit_ladder(
    dataset: Dataset,
    folds: Sequence[Fold],
    *,
    target: Target | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    workers: int = 1,
) -> tuple[ControlPrediction, ...]:
    """The circularity ladder of one outcome, the run's own where none is given."""
    jobs, _ = _ladder_jobs(dataset, folds, target or own_target(dataset), seed, draws)
    return _done(dataset, jobs, workers=workers)


def fit_confounders(dataset: Dataset, folds: Sequence[Fold], *, workers: int = 1) -> tuple[ControlPrediction, ...]:
    """The confounder baseline of the run's outcome.

    Raises:
        InputError: a bag's file is gone or damaged.
    """
    jobs, _ = _confounder_jobs(dataset, folds, own_target(dataset))
    return _done(dataset, jobs, workers=workers)


def fit_left_out_sites(dataset: Dataset, *, seed: int = 0, workers: int = 1) -> tuple[ControlPrediction, ...]:
    """Every patient by linear models that never saw their site."""
    jobs, _ = _left_out_jobs(dataset, own_target(dataset), seed)
    return _done(dataset, jobs, workers=workers)


def _done(
    dataset: Dataset, jobs: Sequence[Job], *, workers: int, progress: Progress = lambda _done, _all: None
) -> tuple[ControlPrediction, ...]:
    patients = patients_of(dataset)
    return predictions(answered(jobs, patients, workers=workers, progress=progress), patients.ids)


def _others(folder: Path, dataset: Dataset, say: Say) -> list[Target]:
    """Further outcomes; one at fault is told and left out, since the models of the run are fitted by now."""
    found: list[Target] = []
    for column in other_targets(folder, dataset.cohort.outcome):
        try:
            found.append(read_target(folder, column, dataset))
        except InputError as error:
            say(f"ladder of {column} left out: {error}")
    return found


def _ladder_jobs(dataset: Dataset, folds: Sequence[Fold], target: Target, seed: int, draws: int) -> Jobs:
    if dataset.expression is None:
        return (), ("ladder: the cohort has no expression",)
    steps, missing = rungs(dataset.expression.genes, seed=seed, draws=draws)
    dealt, lost = splits(folds, dataset.expression.patients, target.label)
    jobs = tuple(LadderFold(target=target, split=split, rungs=steps) for split in dealt)
    return jobs, (*missing, *(f"ladder of {target.name}: {reason}" for reason in lost))


def _confounder_jobs(dataset: Dataset, folds: Sequence[Fold], target: Target) -> Jobs:
    patients = [patient.id for patient in dataset.cohort.patients]
    dealt, lost = splits(folds, patients, target.label)
    acquired = acquisition(dataset)
    jobs = tuple(ConfounderFold(target=target, split=split, acquired=acquired) for split in dealt)
    return jobs, tuple(f"confounders: {reason}" for reason in lost)


def _left_out_jobs(dataset: Dataset, target: Target, seed: int) -> Jobs:
    return left_out(target, [patient.site for patient in dataset.cohort.patients], seed=seed)
