"""All finished runs beside each other, one row each, with what to know before believing the row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from core.evaluation import METRICS, is_main
from core.evaluation.comparison import MAIN
from dashboard.views.predictions import model_place
from dashboard.views.runs import Run, records
from dashboard.words.wording import NOT_COMPUTED, counted, interval
from dashboard.workspace.notes import NOTHING, Key, Note

SHOWN = ("auroc", "average_precision", "balanced_accuracy", "brier")
"""Metrics that have a column."""
OURS = ("Shown as", "Tags", "Note")
"""Columns of what somebody wrote of a run."""
RED, RANDOM, SYNTHETIC = "red split", "random encoder", "synthetic"
SIGNS: Mapping[str, str] = {
    RED: "the certificate of its split has red findings, so its numbers promise too much",
    RANDOM: "its image features came from a network that was never trained",
    SYNTHETIC: "its patients were made by a program",
}
"""What speaks against reading a run's numbers as results."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One run of the board."""

    run: Run
    model: str
    """Whose scores stand for the run; empty without scores."""
    scores: Mapping[str, str]
    """By metric, in words with the interval."""
    patients: int
    signs: tuple[str, ...]
    note: Note


def entries(
    runs: Sequence[Run], scores: pd.DataFrame, *, red: Mapping[str, int], notes: Mapping[Key, Note]
) -> tuple[Entry, ...]:
    """Finished runs in their order; `scores` are the pooled ones, `red` counts red findings by run."""
    by_run = {str(name): records(group) for name, group in scores.groupby("run", sort=False)}
    return tuple(
        _entry(run, by_run.get(run.name, []), red=red.get(run.name, 0), note=notes.get(run.key, NOTHING))
        for run in runs
        if run.finished
    )


def table(board: Sequence[Entry]) -> pd.DataFrame:
    """One row a run; what nobody wrote of any run has no column."""
    empty = {name for name in OURS if not any(_ours(one)[name] for one in board)}
    return pd.DataFrame([_row(one) for one in board]).drop(columns=[*empty])


def cohorts(board: Sequence[Entry]) -> dict[str, str]:
    """Cohorts that occur, by their key, in words."""
    return {one.run.cohort: f"{one.run.cohort_name}, {one.run.outcome} ({one.patients:,})" for one in board}


def tags(board: Sequence[Entry]) -> tuple[str, ...]:
    """Every tag that a run has."""
    return tuple(sorted({tag for one in board for tag in one.note.tags}))


def kept(board: Sequence[Entry], *, cohorts: Sequence[str], tags: Sequence[str]) -> tuple[Entry, ...]:
    """Runs of these cohorts that have all of these tags; no choice leaves nobody out."""
    return tuple(one for one in board if (not cohorts or one.run.cohort in cohorts) and set(tags) <= set(one.note.tags))


def signs_in_words(board: Sequence[Entry]) -> str:
    """What the signs mean that occur."""
    there = [sign for sign in SIGNS if any(sign in one.signs for one in board)]
    return "; ".join(f"**{sign}**: {SIGNS[sign]}" for sign in there)


def _entry(run: Run, scores: Sequence[Mapping[str, object]], *, red: int, note: Note) -> Entry:
    main = [row for row in scores if is_main(str(row["model"]), row["mode"])]  # type: ignore[arg-type]
    model = _leading({str(row["model"]) for row in main})
    mine = {str(row["metric"]): row for row in main if row["model"] == model}
    return Entry(
        run=run,
        model=model,
        scores={name: interval(row["value"], low=row["low"], high=row["high"]) for name, row in mine.items()},  # type: ignore[arg-type]
        patients=max((int(row["n"]) for row in mine.values()), default=0),  # type: ignore[call-overload]
        signs=_signs(run, red=red),
        note=note,
    )


def _leading(models: set[str]) -> str:
    """The model in question; not the one with the best number, which would be luck in part."""
    return MAIN if MAIN in models else min(models, key=model_place, default="")


def _signs(run: Run, *, red: int) -> tuple[str, ...]:
    there = {RED: red > 0, RANDOM: run.random_encoder, SYNTHETIC: run.synthetic}
    return tuple(sign for sign in SIGNS if there[sign])


def _ours(one: Entry) -> dict[str, object]:
    """What somebody wrote of the run here; beside its name, as it is written to be found again."""
    return dict(zip(OURS, (one.note.title, list(one.note.tags), one.note.note), strict=True))


def _row(one: Entry) -> dict[str, object]:
    run = one.run
    return {
        "Run": run.name,
        **_ours(one),
        "Signs": list(one.signs),
        "Model": one.model or NOT_COMPUTED,
        **{METRICS[name].label: one.scores.get(name, NOT_COMPUTED) for name in SHOWN},
        "Patients": one.patients,
        "Cohort": run.cohort_name,
        "Outcome": run.outcome,
        "Split": f"{counted(run.folds, noun='fold')}{f' × {run.repeats}' if run.repeats > 1 else ''}, {run.dealt}",
        "Image encoder": run.encoder_note,
        "Trained": run.started[:16].replace("T", " "),
    }
