"""A data folder with a large cohort, for measuring pages.

    .venv/bin/python -m benchmarks.generated --out /tmp/big --patients 100000

A run of a few hundred patients is written and evaluated by the code that writes real ones; its tables are then filled
up with drawn patients, predictions and conformal sets until the cohort has the size asked for. Scores, curves and
audits remain those of the small run, and its folder holds what pages read beside the catalogue (for its own patients).
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import tyro

from core.config import MODELS
from core.evaluation import main_mode
from core.results.catalogue import publish_tables
from core.results.pooled import answers
from core.results.rows import run_tables
from core.results.schema import TABLES
from core.results.tables import ARROW
from core.types import Prediction
from tests.stores import CLASSES, SITES, SKILL, write_run

STAGES = (
    "Stage I",
    "Stage IA",
    "Stage IB",
    "Stage IIA",
    "Stage IIB",
    "Stage IIIA",
    "Stage IIIB",
    "Stage IIIC",
    "Stage IV",
)
FURTHER: Mapping[str, tuple[str, ...]] = {
    "race": ("White", "Black or African American", "Asian", "American Indian or Alaska Native"),
    "histology": ("IDC", "ILC", "Mixed", "Mucinous", "Other"),
    "er_status": ("Positive", "Negative", "Indeterminate"),
    "pr_status": ("Positive", "Negative", "Indeterminate"),
    "her2_status": ("Negative", "Positive", "Equivocal"),
    "menopause": ("Post", "Pre", "Peri"),
    "margin": ("Negative", "Close", "Positive"),
}
"""Covariates of few values, from the most common to the rarest."""
FOLDS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Write a data folder with a large cohort."""

    out: Path
    """Data folder; it must not exist, or be one that was written here."""
    patients: int = 100_000
    sites: int = 40
    small: int = 200
    """Patients of the run that is really evaluated."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """Drawn patients, one entry each."""

    ids: np.ndarray
    label: np.ndarray
    fold: np.ndarray
    rows: pa.Table
    """Of the table `patients`."""


def main(wanted: Wanted) -> Path:
    """Write the folder; returns its catalogue."""
    mark = wanted.out / "GENERATED"
    assert not wanted.out.exists() or mark.exists(), f"{wanted.out} was not written by this script"
    shutil.rmtree(wanted.out, ignore_errors=True)
    wanted.out.mkdir(parents=True)
    mark.write_text("by benchmarks/generated.py\n")
    with mock.patch("core.results.artefacts.flush"):  # nothing here is worth waiting for the disk
        small = run_tables(write_run(wanted.out, name="generated", patients=wanted.small, models=MODELS))
        return publish_tables(wanted.out, filled(small, wanted))


def filled(small: Mapping[str, pa.Table], wanted: Wanted) -> dict[str, Sequence[pa.Table]]:
    """Every table of the catalogue: the small run's, and beside it what was drawn."""
    run, cohort = (small["runs"][name][0].as_py() for name in ("run", "cohort"))
    generator = np.random.default_rng(wanted.seed)
    drawn = draw(wanted, cohort=cohort, generator=generator)
    predictions = drawn_predictions(drawn, generator)
    tables: dict[str, list[pa.Table]] = {name: [rows] for name, rows in small.items()}
    tables["cohorts"] = [_put(small["cohorts"], analysed=len(small["patients"]) + len(drawn.ids))]
    tables["patients"].append(drawn.rows)
    tables["predictions"].append(_of_run(decided(predictions), "predictions", run))
    tables["answers"].append(_of_run(answers(predictions), "answers", run))
    tables["folds"].append(_of_run(dealt(drawn), "folds", run))
    tables["abstentions"].append(_of_run(abstentions(predictions), "abstentions", run))
    return dict(tables)


def draw(wanted: Wanted, *, cohort: str, generator: np.random.Generator) -> Drawn:
    """Everyone who is not in the small run."""
    count = max(0, wanted.patients - wanted.small)
    codes = [*SITES, *(f"S{number:02d}" for number in range(len(SITES), wanted.sites))][: wanted.sites]
    # a few large hospitals and many small ones
    shares = generator.dirichlet(np.full(len(codes), 1.5))
    site = np.array(codes)[generator.choice(len(codes), size=count, p=shares)]
    label = (generator.random(count) < 0.22 + 0.2 * (site < "E")).astype(np.int64)
    ids = np.array([f"TCGA-{code}-{number:06d}" for number, code in enumerate(site, start=10_000)])
    columns = {
        "cohort": [cohort] * count,
        "patient": ids.tolist(),
        "label": label.tolist(),
        "class": [CLASSES[place] for place in label],
        "site": site.tolist(),
        "slides": generator.choice([1, 2, 3], size=count, p=[0.85, 0.12, 0.03]).tolist(),
        **clinical(label, generator),
    }
    covariates = further(label, generator)
    own = [{name: columns[name][row] for name in ("age", "stage", "sex", "time", "event")} for row in range(count)]
    columns["covariates"] = [
        json.dumps({**mine, **{name: covariates[name][row] for name in covariates}}) for row, mine in enumerate(own)
    ]
    return Drawn(ids=ids, label=label, fold=np.arange(count) % FOLDS, rows=_table("patients", columns))


def clinical(label: np.ndarray, generator: np.random.Generator) -> dict[str, list[Any]]:
    """Age, stage, sex and follow-up; the second class is younger and dies earlier."""
    count = len(label)
    age = np.clip(generator.normal(60 - 4 * label, 13), 18, 96).round(1)
    stage = np.array(STAGES)[
        generator.choice(len(STAGES), size=count, p=[0.1, 0.07, 0.03, 0.3, 0.2, 0.13, 0.05, 0.1, 0.02])
    ]
    event_at = generator.exponential(np.where(label == 1, 90, 160))
    followed = generator.uniform(1, 180, size=count)
    return {
        "age": _gaps(age, 0.04, generator),
        "stage": _gaps(stage, 0.08, generator),
        "sex": np.where(generator.random(count) < 0.01, "Male", "Female").tolist(),
        "time": _gaps(np.minimum(event_at, followed).round(1), 0.02, generator),
        "event": (event_at <= followed).astype(float).tolist(),
    }


def further(label: np.ndarray, generator: np.random.Generator) -> dict[str, list[Any]]:
    """Covariates of few values, some of them not stated."""
    found: dict[str, list[Any]] = {}
    for place, (name, values) in enumerate(FURTHER.items()):
        shares = 0.5 ** np.arange(1, len(values) + 1)
        drawn = np.array(values)[generator.choice(len(values), size=len(label), p=shares / shares.sum())]
        found[name] = _gaps(drawn, 0.03 * (place + 1), generator)
    return found


def drawn_predictions(drawn: Drawn, generator: np.random.Generator) -> pa.Table:
    """Rows of `Prediction` of every model and mode."""
    parts: list[pa.Table] = []
    for model in MODELS:
        modes = ("both", "image", "genes") if model == "fused" else (main_mode(model),)
        for mode in modes:
            skill = SKILL[model if mode == main_mode(model) else mode]
            logits = skill * (drawn.label - 0.5) + generator.normal(size=len(drawn.ids))
            same = len(drawn.ids)
            parts.append(
                pa.table(
                    {
                        "model": [model] * same,
                        "repeat": np.zeros(same, np.int64),
                        "fold": drawn.fold.astype(np.int64),
                        "patient": drawn.ids,
                        "label": drawn.label,
                        "mode": [mode] * same,
                        "probabilities": _shares(logits),
                        "uncalibrated": _shares(1.3 * logits),
                    }
                )
            )
    assert set(parts[0].column_names) == {field.name for field in fields(Prediction)}
    return pa.concat_tables(parts)


def decided(predictions: pa.Table) -> pa.Table:
    """Predictions with the most probable class and its probability."""
    shares = _matrix(predictions["probabilities"])
    return predictions.append_column("predicted", pa.array(shares.argmax(axis=1))).append_column(
        "confidence", pa.array(shares.max(axis=1))
    )


def dealt(drawn: Drawn) -> pa.Table:
    """Rows of `folds` without their run: tested once, learned from in the other folds."""
    parts = [
        pa.table(
            {
                "repeat": np.zeros(len(drawn.ids), np.int64),
                "fold": np.full(len(drawn.ids), fold, np.int64),
                "patient": drawn.ids,
                "part": np.where(drawn.fold == fold, "test", "train"),
                "inner_part": pa.array(np.arange(len(drawn.ids)) % 4, mask=drawn.fold == fold),
            }
        )
        for fold in range(FOLDS)
    ]
    return pa.concat_tables(parts)


def abstentions(predictions: pa.Table) -> pa.Table:
    """Conformal sets: both classes where neither has nine tenths."""
    shares = _matrix(predictions["probabilities"])
    refer = shares.max(axis=1) < 0.9
    names = pa.array([[CLASSES[0]], [CLASSES[1]], list(CLASSES)])
    which = np.where(refer, 2, shares.argmax(axis=1))
    table = predictions.select(["model", "mode", "repeat", "fold", "patient"])
    return table.append_column("classes", names.take(pa.array(which))).append_column("refer", pa.array(refer))


def _shares(logits: np.ndarray) -> pa.Array:
    second = 1 / (1 + np.exp(-logits))
    values = np.column_stack([1 - second, second]).reshape(-1)
    return pa.ListArray.from_arrays(pa.array(np.arange(len(logits) + 1) * 2, pa.int32()), pa.array(values))


def _matrix(lists: pa.ChunkedArray) -> np.ndarray:
    return lists.combine_chunks().flatten().to_numpy().reshape(len(lists), -1)


def _gaps(values: np.ndarray, share: float, generator: np.random.Generator) -> list[Any]:
    """The values, of which a share is missing."""
    missing = generator.random(len(values)) < share
    return [None if gap else value for value, gap in zip(values.tolist(), missing, strict=True)]


def _put(table: pa.Table, *, analysed: int) -> pa.Table:
    place = table.column_names.index("analysed")
    return table.set_column(place, "analysed", pa.array([analysed] * len(table), pa.int64()))


def _of_run(rows: pa.Table, table: str, run: str) -> pa.Table:
    whole = rows.append_column("run", pa.array([run] * len(rows)))
    return _typed(table, {name: whole[name] for name in TABLES[table]})


def _table(table: str, columns: Mapping[str, Any]) -> pa.Table:
    return _typed(table, {name: pa.array(columns[name], ARROW[kind]) for name, kind in TABLES[table].items()})


def _typed(table: str, columns: Mapping[str, Any]) -> pa.Table:
    return pa.table(columns).cast(pa.schema([(name, ARROW[kind]) for name, kind in TABLES[table].items()]))


if __name__ == "__main__":
    began = time.monotonic()
    made = main(tyro.cli(Wanted))
    print(f"{made} after {time.monotonic() - began:.0f} s")
