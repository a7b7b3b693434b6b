"""Splits as others publish them: a row for each patient with their part or fold, or a column of identifiers a part."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from core.cohort.barcodes import parse_barcode
from core.cohort.fields import nearest
from core.cohort.missing import is_missing
from core.cohort.tables import Table, read_table
from core.errors import InputError

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)

_PART_WORDS: Mapping[str, Part] = {
    **dict.fromkeys(("train", "training", "trn", "tr", "development", "dev_train"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "tune", "tuning", "dev", "inner"), "validation"),
    **dict.fromkeys(("test", "testing", "tst", "te", "holdout", "hold_out", "held_out", "heldout"), "test"),
}
_COLUMN_WORDS: Mapping[str, str] = {
    "patient": "patient patient_id patientid case case_id case_submitter_id submitter_id participant subject "
    "bcr_patient_barcode id slide slide_id sample sample_id barcode",
    "part": "part split set subset partition dataset",
    "fold": "fold fold_id fold_index split_id cv_fold",
    "site": "site tissue_source_site tss institution hospital center centre",
    "label": "label class outcome target subtype",
}
"""What columns are called, the first of several that are there; capitals, spaces and hyphens do not matter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedFold:
    """One fold of a published split. A name that is given twice in a part counts once."""

    name: str
    parts: Mapping[Part, tuple[str, ...]]
    """Patients in the order of the file; TCGA slides and samples reduced to their patient."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedSplit:
    """Published folds, with what is known of their patients."""

    folds: tuple[PublishedFold, ...]
    site: Mapping[str, str]
    """Patient to site; patients whose site neither the file nor a TCGA barcode tells are left out."""
    label: Mapping[str, str]
    """Patient to class, where the file states it."""


def read_published(paths: Sequence[Path]) -> PublishedSplit:
    """Read published splits; several files are several folds.

    Raises:
        InputError: a file is of neither layout, names an unknown part, gives a patient two sites or labels, or holds a
            fold without anyone to learn from or anyone to ask.
    """
    assert paths, "there must be a file"
    folds: list[PublishedFold] = []
    site: dict[str, str] = {}
    label: dict[str, str] = {}
    for path in paths:
        table = read_table(path)
        columns = _columns(table)
        folds += _folds(table, columns, prefix=f"{path.stem}, " if len(paths) > 1 else "")
        for known, word in ((site, "site"), (label, "label")):
            if "patient" in columns and word in columns:
                _learn(known, table, columns, word)
    everyone = {patient for fold in folds for part in fold.parts.values() for patient in part}
    codes = {patient: parse_barcode(patient) for patient in everyone if patient not in site}
    site |= {patient: code.site for patient, code in codes.items() if code is not None}
    for fold in folds:
        _require_sides(fold)
    return PublishedSplit(folds=tuple(folds), site=site, label=label)


def _plain(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip().lower())


def _columns(table: Table) -> dict[str, str]:
    """The table's column for each of our words."""
    own = {_plain(column): column for column in table.columns}
    found = {
        word: next((own[name] for name in names.split() if name in own), None) for word, names in _COLUMN_WORDS.items()
    }
    return {word: column for word, column in found.items() if column is not None}


def _patient(cell: str) -> str:
    """The patient of an identifier: that of a TCGA barcode, or without the suffix of a slide or feature file."""
    bare = re.sub(r"\.(svs|tiff?|ndpi|mrxs|scn|pt|h5|hdf5|npy)$", "", cell.strip(), flags=re.IGNORECASE)
    code = parse_barcode(bare)
    return code.patient if code else bare


def _folds(table: Table, columns: Mapping[str, str], *, prefix: str) -> list[PublishedFold]:
    if "patient" not in columns or not {"part", "fold"} & set(columns):
        return [_wide(table)]
    named = _by_part(table, columns) if "part" in columns else _by_fold(table, columns)
    return [
        PublishedFold(name=prefix + (f"fold {fold}" if fold else table.path.stem), parts=parts)
        for fold, parts in named.items()
    ]


def _by_part(table: Table, columns: Mapping[str, str]) -> dict[str, dict[Part, tuple[str, ...]]]:
    """Folds of a table with one row a patient and fold; without a column of folds it is one fold."""
    folds = table.text(columns["fold"]) if "fold" in columns else ("",) * len(table)
    found: dict[str, dict[Part, dict[str, None]]] = {}
    cells = zip(folds, table.text(columns["part"]), _patients(table, columns), strict=True)
    for index, (fold, word, patient) in enumerate(cells):
        part = _PART_WORDS.get(_plain(word))
        if part is None:
            raise InputError(
                f'{table.path.name}, row {table.row(index)}, column "{columns["part"]}": "{word}" is no part; write '
                f"train, validation or test{nearest(word, PARTS)}"
            )
        found.setdefault(fold, {}).setdefault(part, {})[patient] = None
    return {fold: {part: tuple(patients) for part, patients in parts.items()} for fold, parts in found.items()}


def _by_fold(table: Table, columns: Mapping[str, str]) -> dict[str, dict[Part, tuple[str, ...]]]:
    """Folds of a table that says in which fold each patient is tested; all others are learned from."""
    rows = list(zip(table.text(columns["fold"]), _patients(table, columns), strict=True))
    return {
        fold: {
            "train": tuple(dict.fromkeys(patient for other, patient in rows if other != fold)),
            "test": tuple(dict.fromkeys(patient for other, patient in rows if other == fold)),
        }
        for fold in dict.fromkeys(fold for fold, _ in rows)
    }


def _patients(table: Table, columns: Mapping[str, str]) -> list[str]:
    cells = table.text(columns["patient"])
    for index, cell in enumerate(cells):
        if is_missing(cell):
            raise InputError(f"{table.path.name}, row {table.row(index)}: the patient is blank; name or remove it")
    return [_patient(cell) for cell in cells]


def _wide(table: Table) -> PublishedFold:
    """The layout of CLAM, MCAT and PORPOISE: a column of identifiers for each part, of different lengths."""
    parts: dict[Part, dict[str, None]] = {}
    for column in table.columns:
        part = _PART_WORDS.get(_plain(column))
        if part is not None:
            cells = (cell for cell in table.text(column) if not is_missing(cell))
            parts.setdefault(part, {}).update(dict.fromkeys(map(_patient, cells)))
    if not parts:
        shown = ", ".join(column for column in table.columns[:8])
        raise InputError(
            f"{table.path.name} is no split: it needs columns patient and part (and fold), or columns train, val and "
            f"test that list identifiers; it has: {shown}"
        )
    listed = {patient.lower() for patients in parts.values() for patient in patients}
    if listed and listed <= {"true", "false"}:
        raise InputError(
            f"{table.path.name} lists true and false in place of identifiers; give the file that lists identifiers"
        )
    return PublishedFold(name=table.path.stem, parts={part: tuple(patients) for part, patients in parts.items()})


def _learn(known: dict[str, str], table: Table, columns: Mapping[str, str], word: str) -> None:
    """Add what a column says of each patient."""
    for index, (patient, said) in enumerate(zip(_patients(table, columns), table.text(columns[word]), strict=True)):
        if not is_missing(said) and known.setdefault(patient, said) != said:
            raise InputError(
                f'{table.path.name}, row {table.row(index)}: column "{columns[word]}" says something else of this '
                "patient than a row before; make them agree"
            )


def _require_sides(fold: PublishedFold) -> None:
    if not fold.parts.get("train"):
        raise InputError(f"{fold.name} has nobody in train; list whom the models learn from")
    if not (fold.parts.get("validation") or fold.parts.get("test")):
        raise InputError(f"{fold.name} has nobody in validation or test; list whom the models are asked about")
