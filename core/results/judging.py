"""The end of a run: everything that is evaluated, from what is stored, written beside it."""

from dataclasses import asdict
from typing import Any, cast

from core.config import EvaluationSpec
from core.errors import InputError
from core.evaluation import evaluated, optimism
from core.results.run_folder import RunFolder, run_names
from core.types import Json, Score

TWIN = "-random"
"""Added to a run's name: the same models on the same patients, folds dealt at random."""


def judge(run: RunFolder, spec: EvaluationSpec) -> tuple[Score, ...]:
    """Evaluate a run whose folds are all there; beside its random twin, where it has one. Returns the scores.

    Raises:
        InputError: folds are missing, or files are damaged.
    """
    missing = len(run.record.models) * len(run.folds()) - len(run.finished_folds())
    if missing:
        raise InputError(
            f"run {run.record.name} lacks {missing} of its fits; continue it with train.py, --run and --resume"
        )
    evidence = run.evidence()
    rows: dict[str, tuple[Any, ...]] = evaluated(evidence, spec)
    twin = random_twin(run)
    if twin is not None:
        rows["optimism"] = optimism(twin.evidence(), evidence, spec)
    run.evaluation.write(rows, about=cast(dict[str, Json], asdict(spec)))
    return run.scores()


def random_twin(run: RunFolder) -> RunFolder | None:
    """The run with random folds that stands beside this one; None when there is none, or it is not finished."""
    name = run.record.name + TWIN
    twin = RunFolder.open(run.data, name) if name in run_names(run.data) else None
    same = twin is not None and twin.finished_run and twin.record.cohort == run.record.cohort
    return twin if same else None
