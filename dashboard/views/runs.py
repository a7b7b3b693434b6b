"""What a run was, in words: its record, its settings, and what to know before believing it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.words.wording import NOT_STATED, counted, listed

RECORDED = ("Cohort", "Outcome", "Models", "Commit", "Image encoder", "Gene sets")
"""What the record states beside the settings, and may differ between runs of the same settings."""

DEAL = ("seed", "split", "folds", "repeats")
"""Settings that the deal of the folds follows from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run as the catalogue knows it."""

    name: str
    started: str
    """When it was begun, ISO 8601; with the name, what tells it from a run of the same name that was deleted."""
    finished: bool
    progress: str
    """How far an unfinished run got, in words."""
    cohort: str
    cohort_name: str
    cohort_folder: str
    """Where its manifest lay when it was trained."""
    outcome: str
    classes: tuple[str, ...]
    synthetic: bool
    folds: int
    repeats: int
    encoder_note: str
    reads_slides: bool
    """True when its image features came from slides, by an encoder that is known here."""
    reads_genes: bool
    facts: Mapping[str, str]
    """Its record: what is needed to repeat it."""
    settings: Mapping[str, str]
    """Its configuration, flat."""
    dealt: str = NOT_STATED
    """How the patients were dealt into folds."""

    @property
    def key(self) -> tuple[str, str]:
        """What notes about it are kept under."""
        return self.name, self.started

    @property
    def random_encoder(self) -> bool:
        """Whether its image features came from a network that was never trained."""
        return "random" in self.encoder_note.lower()


def runs(rows: pd.DataFrame) -> tuple[Run, ...]:
    """The runs whose patients are known, the newest first; one that was stopped before that has nothing to show."""
    return tuple(_run(row) for row in records(rows) if isinstance(row["cohort"], str))


def encoder_notes(chosen: Sequence[Run]) -> tuple[str, ...]:
    """A warning for each way of making image features that is no basis for results."""
    seeded = dict.fromkeys(run.encoder_note for run in chosen if run.random_encoder)
    names = {note: [run.name for run in chosen if run.encoder_note == note] for note in seeded}
    return tuple(f"Image features of {listed(runs)}: {note}." for note, runs in names.items())


def comparable(chosen: Sequence[Run]) -> tuple[Run, ...]:
    """The runs with the same classes as the first, whose scores can stand side by side."""
    return tuple(run for run in chosen if run.classes == chosen[0].classes)


def redealt(run: Run, first: Run) -> bool:
    """Whether two runs of the same patients were dealt different folds, as far as their settings tell."""
    return any(run.settings.get(name) != first.settings.get(name) for name in DEAL)


def differing_patients(chosen: Sequence[Run]) -> str | None:
    """A warning when runs are not of the same patients: their scores then differ for that reason too."""
    if len({run.cohort for run in chosen}) < 2:
        return None
    cohorts = listed([f"{run.name} on {run.cohort_name} ({run.outcome})" for run in chosen])
    return f"These runs are not of the same patients ({cohorts}): do not compare their numbers directly."


def two_columns(values: Mapping[str, str], *, names: str) -> pd.DataFrame:
    """Names and values as a table."""
    return pd.DataFrame({names: list(values), "Value": list(values.values())})


def setting_differences(chosen: Sequence[Run]) -> pd.DataFrame:
    """Settings that are not the same in all these runs: one row a setting, one column a run."""
    stated = [{name: run.facts[name] for name in RECORDED if name in run.facts} | dict(run.settings) for run in chosen]
    names = [*RECORDED, *sorted({name for run in chosen for name in run.settings})]
    rows = [[name, *(one.get(name, "–") for one in stated)] for name in names]
    different = [row for row in rows if len(set(row[1:])) > 1]
    return pd.DataFrame(different, columns=["Setting", *(run.name for run in chosen)])


def differing_cells(different: pd.DataFrame) -> pd.DataFrame:
    """Of a table of differences, which cells are not what the first run has."""
    marks = pd.DataFrame(False, index=different.index, columns=different.columns)
    for name in different.columns[2:]:
        marks[name] = different[name] != different[different.columns[1]]
    return marks


def flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as `tiles.size_px: 224`."""
    flat: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return flat


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table, each by column name."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict(orient="records")]


def _run(row: Mapping[str, Any]) -> Run:
    finished = row["status"] == "finished"
    return Run(
        name=str(row["run"]),
        started=str(row["started"]),
        finished=finished,
        progress=f"{row['folds_trained']} of {row['folds_planned']} fits done",
        cohort=str(row["cohort"]),
        cohort_name=str(row["cohort_name"]),
        cohort_folder=str(json.loads(row["config"]).get("cohort", "YOUR_FOLDER")),
        outcome=str(row["outcome"]),
        classes=tuple(map(str, row["classes"])),
        synthetic=bool(row["synthetic"]),
        folds=int(row["folds"]),
        repeats=int(row["repeats"]),
        encoder_note=str(row["encoder_note"]),
        reads_slides=str(row["encoder"]).startswith("resnet50"),
        reads_genes=int(row["genes"]) > 0,
        facts=_facts(row),
        settings=flattened(json.loads(row["config"])),
        dealt=_dealt(row),
    )


def _dealt(row: Mapping[str, Any]) -> str:
    return {"site": "by site", "random": "at random"}.get(str(row["split"]), NOT_STATED)


def _facts(row: Mapping[str, Any]) -> dict[str, str]:
    folds, repeats = counted(int(row["folds"]), noun="fold"), counted(int(row["repeats"]), noun="repeat")
    return {
        "Cohort": f"{row['cohort_name']} ({row['cohort']})",
        "Outcome": f"{row['outcome']}: {listed(list(map(str, row['classes'])))}",
        "Models": ", ".join(map(str, row["models"])),
        "Started": str(row["started"]),
        "Finished": str(row["finished"] or "not yet"),
        "Command": str(row["command"]),
        "Commit": str(row["commit"]),
        "Seed": NOT_STATED if pd.isna(row["seed"]) else f"{row['seed']:.0f}",
        "Folds": f"{folds}, {repeats}, dealt {_dealt(row)}",
        "Image encoder": f"{row['encoder_note']} ({row['encoder']})",
        "Gene sets": str(row["gene_sets_source"]),
        **{f"Version of {name}": text for name, text in flattened(json.loads(row["versions"])).items()},
        **{f"Machine: {name}": text for name, text in flattened(json.loads(row["hardware"])).items()},
    }
