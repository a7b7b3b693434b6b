"""Tables of the catalogue. Raise SCHEMA_VERSION with every change: pages refuse a catalogue of another version."""

from collections.abc import Mapping

from core.evaluation.rows import CERTIFICATE
from core.evaluation.rows import TABLES as EVALUATION
from core.results.tables import columns_of
from core.types import Neighbour, Prediction, Scrutiny

SCHEMA_VERSION = 3

Columns = dict[str, str]

TABLES: Mapping[str, Columns] = {
    "meta": {"schema_version": "BIGINT", "built": "VARCHAR"},
    "cohorts": {
        "cohort": "VARCHAR",
        "name": "VARCHAR",
        "folder": "VARCHAR",
        "outcome": "VARCHAR",
        "classes": "VARCHAR[]",
        "synthetic": "BOOLEAN",
        "analysed": "BIGINT",
        "excluded": "BIGINT",
    },
    "patients": {
        "cohort": "VARCHAR",
        "patient": "VARCHAR",
        "label": "BIGINT",
        "class": "VARCHAR",
        "site": "VARCHAR",
        "age": "DOUBLE",
        "stage": "VARCHAR",
        "sex": "VARCHAR",
        "time": "DOUBLE",
        "event": "DOUBLE",
        "slides": "BIGINT",
        "covariates": "JSON",
    },
    "exclusions": {"cohort": "VARCHAR", "patient": "VARCHAR", "stage": "VARCHAR", "reason": "VARCHAR"},
    "slides": {
        "cohort": "VARCHAR",
        "run": "VARCHAR",
        "patient": "VARCHAR",
        "slide": "VARCHAR",
        "tiles": "BIGINT",
        "source": "VARCHAR",
        "file": "VARCHAR",
    },
    "runs": {
        "run": "VARCHAR",
        "status": "VARCHAR",
        "cohort": "VARCHAR",
        "cohort_name": "VARCHAR",
        "started": "VARCHAR",
        "finished": "VARCHAR",
        "command": "VARCHAR",
        "commit": "VARCHAR",
        "seed": "BIGINT",
        "split": "VARCHAR",
        "folds": "BIGINT",
        "repeats": "BIGINT",
        "folds_trained": "BIGINT",
        "folds_planned": "BIGINT",
        "models": "VARCHAR[]",
        "classes": "VARCHAR[]",
        "outcome": "VARCHAR",
        "synthetic": "BOOLEAN",
        "encoder": "VARCHAR",
        "encoder_note": "VARCHAR",
        "genes": "BIGINT",
        "gene_sets_source": "VARCHAR",
        "config": "JSON",
        "versions": "JSON",
        "hardware": "JSON",
    },
    "folds": {
        "run": "VARCHAR",
        "repeat": "BIGINT",
        "fold": "BIGINT",
        "patient": "VARCHAR",
        "part": "VARCHAR",
        "inner_part": "BIGINT",
    },
    "predictions": {"run": "VARCHAR", **columns_of(Prediction), "predicted": "BIGINT", "confidence": "DOUBLE"},
    "answers": {
        "run": "VARCHAR",
        "model": "VARCHAR",
        "mode": "VARCHAR",
        "patient": "VARCHAR",
        "label": "BIGINT",
        "predicted": "BIGINT",
        "confidence": "DOUBLE",
        "repeats": "BIGINT[]",
        "folds": "BIGINT[]",
        "probabilities": "DOUBLE[]",
        "uncalibrated": "DOUBLE[]",
    },
    "scrutiny": {"run": "VARCHAR", **columns_of(Scrutiny)},
    "neighbours": {"run": "VARCHAR", **columns_of(Neighbour)},
    "learning": {
        "run": "VARCHAR",
        "model": "VARCHAR",
        "repeat": "BIGINT",
        "fold": "BIGINT",
        "member": "BIGINT",
        "epoch": "BIGINT",
        "loss": "DOUBLE",
        "best": "BOOLEAN",
    },
    **{name: {"run": "VARCHAR", **columns_of(kind)} for name, kind in {**CERTIFICATE, **EVALUATION}.items()},
    "problems": {"run": "VARCHAR", "what": "VARCHAR"},
}
"""Column names and types of every table.

cohorts.cohort   key of the analysed patients with their labels: two outcomes of one folder are two cohorts
runs.status      finished, or unfinished while folds or scores are missing (`folds_trained` of `folds_planned`)
runs.genes       how many genes the models saw; 0 without expression
folds.part       train or test
folds.inner_part for a training patient, the part whose member did not learn from them; null for test
answers          one row a model, mode and patient: predictions averaged over repeats; `folds` tested in `repeats`
neighbours       nearest training patients by the model of the fold that tested the patient
learning.loss    of the inner part kept aside, after each epoch of each fold's member
scores.fold      empty for a score pooled over all folds and repeats
findings to balance, scores to fitted_on      rows of core/evaluation/rows.py, field by field
problems         runs that could not be read, and why
"""


def creation() -> str:
    """SQL that creates every table."""
    return "\n".join(f"CREATE TABLE {name} ({_columns(columns)});" for name, columns in TABLES.items())


def _columns(columns: Columns) -> str:
    return ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
