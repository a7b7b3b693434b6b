"""Clinical columns as covariates: text, numbers or None, some of them under standard names."""

import math
import re
from collections.abc import Sequence

from core.cohort.clinical import ClinicalTable
from core.cohort.sources import FILE_NAME, CovariateSource, StandardCovariate
from core.cohort.tables import NUMBER
from core.errors import InputError
from core.types import Covariate

FOLLOW_UP = ("time", "event")
"""Standard names that only the manifest gives: a column's own name does not tell its unit or its coding."""
QUANTITIES = ("age", "time")

_HAPPENED = frozenset({"1", "1.0", "true", "yes", "dead", "deceased", "progression", "recurred"})
_CENSORED = frozenset({"0", "0.0", "false", "no", "alive", "living", "censored", "disease free"})
_NUMBER = re.compile(NUMBER)
_CODE = re.compile(r"[-+]?0\d")
"""How a code such as 007 begins: text, not a quantity."""


def read_covariates(
    clinical: ClinicalTable, source: CovariateSource, *, outcome: str
) -> tuple[dict[str, dict[str, Covariate]], tuple[str, ...]]:
    """Covariates of each patient, and notes on what was decided.

    Every column but the identifier and the outcome keeps its name; it is a number where all its values are. The columns
    that `[covariates]` names are kept under the standard names too: age in years, time in months, event 1.0 or 0.0.

    Raises:
        InputError: a named column is not there, or holds what its standard name cannot mean.
    """
    columns, notes = _own_columns(clinical, source, outcome=outcome)
    for name, column in source.columns.items():
        cells = clinical.cells(column, key=f"{FILE_NAME} [covariates] {name}")
        if name == "event":
            columns[name] = _events(cells, clinical, source)
        else:
            columns[name] = _quantities(cells, clinical, name, column) if name in QUANTITIES else cells
    rows = {
        patient: {name: values[index] for name, values in columns.items()}
        for index, patient in enumerate(clinical.patients)
    }
    return rows, notes


def _own_columns(
    clinical: ClinicalTable, source: CovariateSource, *, outcome: str
) -> tuple[dict[str, Sequence[Covariate]], tuple[str, ...]]:
    """Columns under their own names, and notes on those that give way to a standard name."""
    columns: dict[str, Sequence[Covariate]] = {}
    notes: list[str] = []
    standard: dict[str, str] = {str(name): column for name, column in source.columns.items()}
    for column in clinical.table.columns:
        if column in ("", clinical.patient_column, outcome):
            continue
        if column in FOLLOW_UP and column not in standard:
            notes.append(f'clinical: column "{column}" is not used as follow-up; name it under [covariates] to use it')
        elif standard.get(column, column) != column:
            notes.append(f'clinical: column "{column}" gives way to "{standard[column]}", named as {column}')
        else:
            columns[column] = _numbers_or_text(clinical, column)
    return columns, tuple(notes)


def _numbers_or_text(clinical: ClinicalTable, column: str) -> Sequence[Covariate]:
    cells = clinical.known(clinical.table.text(column))
    stated = [cell for cell in cells if cell is not None]
    if not stated or any(_CODE.match(cell) for cell in stated):
        return cells
    numbers = [_number(cell, clinical) for cell in cells]
    whole = all(number is not None for number, cell in zip(numbers, cells, strict=True) if cell is not None)
    return numbers if whole else cells


def _number(cell: str | None, clinical: ClinicalTable) -> float | None:
    """The cell as a finite number, or None where it is missing or anything else."""
    if cell is None:
        return None
    plain = cell.replace(",", ".") if clinical.table.decimal == "," else cell
    number = float(plain) if _NUMBER.match(plain) else math.nan
    return number if math.isfinite(number) else None


def _quantities(
    cells: Sequence[str | None], clinical: ClinicalTable, name: StandardCovariate, column: str
) -> Sequence[Covariate]:
    numbers = [_number(cell, clinical) for cell in cells]
    for index, (number, cell) in enumerate(zip(numbers, cells, strict=True)):
        if cell is not None and (number is None or number < 0):
            unit = "years" if name == "age" else "months"
            raise InputError(
                f'{clinical.table.path.name}, row {clinical.table.row(index)}, column "{column}" ({name}): expected '
                f"{unit}, a number from 0 up; mend the cell or list it under [clinical] missing"
            )
    return numbers


def _events(cells: Sequence[str | None], clinical: ClinicalTable, source: CovariateSource) -> Sequence[Covariate]:
    if source.event_values:
        return [None if cell is None else float(cell in source.event_values) for cell in cells]
    events = [_event(cell) for cell in cells]
    for index, (event, cell) in enumerate(zip(events, cells, strict=True)):
        if cell is not None and event is None:
            where = f'{clinical.table.path.name}, row {clinical.table.row(index)}, column "{source.columns["event"]}"'
            raise InputError(
                f"{where}: cannot tell whether the event happened; "
                f'list the values that mean it did: {FILE_NAME} [covariates] event_values = ["..."]'
            )
    return events


def _event(cell: str | None) -> float | None:
    """1.0 or 0.0 for the usual codings (cBioPortal's `1:DECEASED` among them), else None."""
    if cell is None:
        return None
    plain = cell.lower()
    code = plain.split(":", 1)[0] if ":" in plain else plain
    if code in _HAPPENED:
        return 1.0
    return 0.0 if code in _CENSORED else None
