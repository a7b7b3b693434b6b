"""From run folders to rows of the catalogue."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from core.results.encoding import cohort_key
from core.results.pooled import answers
from core.results.run_folder import RunFolder
from core.results.schema import TABLES
from core.results.tables import table_of
from core.types import Cohort, Covariate, Fold, Json, Patient, RunRecord

Row = Mapping[str, Any]


def run_tables(run: RunFolder) -> dict[str, pa.Table]:
    """Every table's rows of one run; its cohort's too, which other runs may share.

    Raises:
        InputError: a file of it is damaged.
    """
    cohort = run.cohort() if run.basis.exists else None
    folds = run.folds() if run.basis.exists else ()
    found = {"runs": _table("runs", [_run(run, cohort, folds)])}
    if cohort is not None:
        found |= _cohort_tables(cohort, folder=run.record.cohort_folder)
        found["folds"] = _folds(run.record.name, folds)
        found["slides"] = _slides(run, cohort)
        found["predictions"] = _with_run(run, _decided(run.prediction_table()), table="predictions")
        found["answers"] = _with_run(run, answers(run.prediction_table()), table="answers")
        found["neighbours"] = _with_run(run, run.neighbour_table(), table="neighbours")
        found["learning"] = _table("learning", [{"run": run.record.name, **row} for row in run.learning()])
        found["scrutiny"] = _with_run(run, run.scrutiny_table(), table="scrutiny")
    for files in (run.certificate, run.evaluation):
        found |= {name: _with_run(run, files.table(name), table=name) for name in files.kinds}
    return found


def problem(run: str, *, what: str) -> pa.Table:
    """A run that could not be read."""
    return _table("problems", [{"run": run, "what": what}])


def _run(run: RunFolder, cohort: Cohort | None, folds: Sequence[Fold]) -> Row:
    record = run.record
    trained = len(run.finished_folds()) if cohort is not None else 0
    planned = len(folds) * len(record.models)
    return {
        **_what(record),
        "status": "finished" if run.finished_run and trained == planned else "unfinished",
        "cohort": None if cohort is None else cohort_key(cohort),
        "finished": run.evaluation.written_at,
        "folds": len({fold.index for fold in folds}),
        "repeats": len({fold.repeat for fold in folds}),
        "folds_trained": trained,
        "folds_planned": planned,
    }


def _what(record: RunRecord) -> Row:
    """What the record alone tells."""
    return {
        "run": record.name,
        "cohort_name": record.cohort_name,
        "started": record.started,
        "command": record.command,
        "commit": record.commit,
        "seed": record.config.get("seed"),
        "split": record.config.get("split"),
        "models": list(record.models),
        "classes": list(record.classes),
        "outcome": record.outcome,
        "synthetic": record.synthetic,
        "encoder": record.encoder,
        "encoder_note": record.encoder_note,
        "genes": len(record.genes),
        "gene_sets_source": record.gene_sets_source,
        "config": _json(record.config),
        "versions": _json(record.versions),
        "hardware": _json(record.hardware),
    }


def _cohort_tables(cohort: Cohort, *, folder: str) -> dict[str, pa.Table]:
    key = cohort_key(cohort)
    summary = {
        "cohort": key,
        "name": cohort.name,
        "folder": folder,
        "outcome": cohort.outcome,
        "classes": list(cohort.classes),
        "synthetic": cohort.synthetic,
        "analysed": len(cohort.patients),
        "excluded": len(cohort.exclusions),
    }
    return {
        "cohorts": _table("cohorts", [summary]),
        "patients": _table("patients", [_patient(one, cohort=key, classes=cohort.classes) for one in cohort.patients]),
        "exclusions": _table("exclusions", [{"cohort": key, **asdict(one)} for one in cohort.exclusions]),
    }


def _patient(patient: Patient, *, cohort: str, classes: Sequence[str]) -> Row:
    covariates = patient.covariates
    return {
        "cohort": cohort,
        "patient": patient.id,
        "label": patient.label,
        "class": classes[patient.label],
        "site": patient.site,
        **{name: _number(covariates.get(name)) for name in ("age", "time", "event")},
        **{name: _text(covariates.get(name)) for name in ("stage", "sex")},
        "slides": len(patient.slides),
        "covariates": _json(covariates),
    }


def _json(value: Mapping[str, Json]) -> str:
    """Standard JSON, which knows no NaN: one there would keep the whole catalogue from being built."""
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Json) -> Json:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {name: _finite(item) for name, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value


def _number(value: Covariate) -> float | None:
    return value if isinstance(value, float) and math.isfinite(value) else None


def _text(value: Covariate) -> str | None:
    return None if value is None else str(value)


def _folds(run: str, folds: Sequence[Fold]) -> pa.Table:
    rows = [
        (fold.repeat, fold.index, patient, part, inner)
        for fold in folds
        for part, inner, patients in (*(("train", *one) for one in enumerate(fold.inner)), ("test", None, fold.test))
        for patient in patients
    ]
    names = ("repeat", "fold", "patient", "part", "inner_part")
    values = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return table_of({"run": [run] * len(rows), **values}, columns=TABLES["folds"])


def _slides(run: RunFolder, cohort: Cohort) -> pa.Table:
    of_run = {"cohort": cohort_key(cohort), "run": run.record.name}
    return _table(
        "slides",
        [
            {**of_run, **{name: getattr(entry, name) for name in ("patient", "slide", "tiles", "source", "file")}}
            for entry in run.basis.slide_entries()
        ],
    )


def _decided(predictions: pa.Table) -> pa.Table:
    """Predictions with the most probable class, the first on a tie, and its probability."""
    probabilities = predictions["probabilities"].to_pylist()
    confidence = [max(row) for row in probabilities]
    predicted = [row.index(largest) for row, largest in zip(probabilities, confidence, strict=True)]
    return predictions.append_column("predicted", pa.array(predicted, pa.int64())).append_column(
        "confidence", pa.array(confidence, pa.float64())
    )


def _with_run(run: RunFolder, rows: pa.Table, *, table: str) -> pa.Table:
    names = pa.array([run.record.name] * len(rows), pa.string())
    return rows.append_column("run", names).select(list(TABLES[table]))


def _table(name: str, rows: Sequence[Row]) -> pa.Table:
    columns = TABLES[name]
    return table_of({column: [row[column] for row in rows] for column in columns}, columns=columns)
