"""The clinical table: one row a patient, their outcome, site and covariates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.cohort.barcodes import parse_barcode
from core.cohort.missing import is_missing
from core.cohort.sources import FILE_NAME, Classes, ClinicalSource, OutcomeSpec, SiteSource
from core.cohort.tables import Table, read_table
from core.errors import InputError

MAX_OWN_CLASSES = 10
"""Most distinct values of an outcome column whose values are the classes themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClinicalTable:
    """The clinical rows, with checked patient identifiers."""

    table: Table
    patients: tuple[str, ...]
    """Identifiers in the order of the rows; unique."""
    patient_column: str
    missing: tuple[str, ...]

    def cells(self, column: str, *, key: str) -> tuple[str | None, ...]:
        """A column's cells as text, None where there is no value. `key` names the manifest's key in an error."""
        return self.known(self.table.text(self.table.require(column, key=key)))

    def known(self, cells: Sequence[str]) -> tuple[str | None, ...]:
        """The cells with every missing-value token replaced by None."""
        missing = {cell for cell in set(cells) if is_missing(cell, also=self.missing)}
        return tuple(None if cell in missing else cell for cell in cells)


def read_clinical(source: ClinicalSource) -> ClinicalTable:
    """Read the clinical table.

    Raises:
        InputError: the patient column is not there, or an identifier is blank or stands in two rows.
    """
    table = read_table(source.path)
    column = table.require(source.patient, key=f"{FILE_NAME} [clinical] patient")
    patients = table.text(column)
    seen: dict[str, int] = {}
    for index, patient in enumerate(patients):
        row = table.row(index)
        if is_missing(patient, also=source.missing):
            raise InputError(
                f'{source.path.name}, row {row}: column "{column}" is blank; name the patient or remove it'
            )
        if patient in seen:
            raise InputError(
                f'{source.path.name}: patient "{patient}" stands in rows {seen[patient]} and {row}; keep one'
            )
        seen[patient] = row
    return ClinicalTable(table=table, patients=patients, patient_column=column, missing=source.missing)


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """The outcome of each patient: a class index, or why there is none."""

    classes: tuple[str, ...]
    label: Mapping[str, int]
    lost: Mapping[str, str]
    """Patient to the reason they have no label."""


def read_labels(clinical: ClinicalTable, spec: OutcomeSpec) -> Labels:
    """Turn the outcome column into classes.

    Raises:
        InputError: no such column, a class none of whose raw values occurs, or no usable classes of its own.
    """
    key = "--outcome" if not spec.classes else f"{FILE_NAME} [outcome] column"
    cells = clinical.cells(spec.column, key=key)
    classes = spec.classes or _own_classes(cells, spec.column)
    _check_classes(classes, cells, spec.column, clinical)
    index = {value: place for place, values in enumerate(classes.values()) for value in values}
    label: dict[str, int] = {}
    lost: dict[str, str] = {}
    for patient, cell in zip(clinical.patients, cells, strict=True):
        if cell is None:
            lost[patient] = f"no value in {spec.column}"
        elif cell in index:
            label[patient] = index[cell]
        else:
            lost[patient] = f'{spec.column} is "{cell}", which no class lists'
    return Labels(classes=tuple(classes), label=label, lost=lost)


def read_sites(clinical: ClinicalTable, source: SiteSource) -> tuple[dict[str, str], dict[str, str]]:
    """Site of each patient, and for the others the reason they have none.

    Without a `[site]` table every patient has the site "" and nobody is lost.
    """
    patients = clinical.patients
    if source.column is not None:
        cells = clinical.cells(source.column, key=f"{FILE_NAME} [site] column")
        reason = f"no value in {source.column}"
    elif source.from_barcode:
        codes = [parse_barcode(patient) for patient in patients]
        cells = tuple(code.site if code else None for code in codes)
        reason = "the identifier is no TCGA barcode"
        if not any(codes):
            raise InputError(
                f'{FILE_NAME} [site] from = "tcga-barcode", but no patient identifier is a TCGA barcode; '
                'name a column instead: column = "..."'
            )
    else:
        return dict.fromkeys(patients, ""), {}
    paired = list(zip(patients, cells, strict=True))
    return {patient: cell for patient, cell in paired if cell is not None}, {
        patient: reason for patient, cell in paired if cell is None
    }


def _own_classes(cells: Iterable[str | None], column: str) -> Classes:
    values = sorted({cell for cell in cells if cell is not None})
    if not 2 <= len(values) <= MAX_OWN_CLASSES:
        raise InputError(
            f'--outcome: column "{column}" has {len(values)} distinct values, 2 to {MAX_OWN_CLASSES} can be classes; '
            f"write an [outcome.{column}] table with classes into {FILE_NAME}"
        )
    return {value: (value,) for value in values}


def _check_classes(classes: Classes, cells: Sequence[str | None], column: str, clinical: ClinicalTable) -> None:
    present = {cell for cell in cells if cell is not None}
    for name, values in classes.items():
        for value in values:
            if is_missing(value, also=clinical.missing):
                raise InputError(
                    f'{FILE_NAME} [outcome] classes: "{value}" of "{name}" means "no value" here; give it another name'
                )
        if not present & set(values):
            seen = ", ".join(sorted(present)[:8])
            raise InputError(
                f'{FILE_NAME} [outcome] classes: no patient has a value of "{name}"; '
                f'column "{column}" holds: {seen}; check the spelling'
            )
