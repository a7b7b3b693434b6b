"""Records, cohorts and folds as JSON, and back to equal values."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from core.errors import InputError
from core.results.artefacts import json_digest
from core.types import Cohort, Exclusion, Fold, Json, Patient, RunRecord, SlideRef

FORMAT = 2
"""Version of every JSON file in a run folder."""
KEY_LENGTH = 16


def stamped(content: dict[str, Json]) -> dict[str, Json]:
    """The content with the version of its format."""
    return {"format": FORMAT, **content}


def check_format(content: Mapping[str, Json], *, path: Path) -> None:
    """An InputError when another version of Acinus wrote it."""
    if content.get("format") != FORMAT:
        raise InputError(
            f"{path} has format {content.get('format')} but this version of Acinus reads format {FORMAT}; "
            "use the version that wrote it, or train again under another --run name"
        )


def record_to_json(record: RunRecord) -> dict[str, Json]:
    """A run record, field by field."""
    return {field.name: plain(getattr(record, field.name)) for field in fields(record)}


def record_from_json(content: Mapping[str, Any]) -> RunRecord:
    """The run record that was written."""
    known = {field.name: content[field.name] for field in fields(RunRecord)}
    known |= {name: tuple(known[name]) for name in ("classes", "models", "genes")}
    known["gene_sets"] = {name: tuple(genes) for name, genes in known["gene_sets"].items()}
    return RunRecord(**known)


def cohort_to_json(cohort: Cohort) -> dict[str, Json]:
    """A cohort with every patient, slide reference and exclusion."""
    return {field.name: plain(getattr(cohort, field.name)) for field in fields(cohort)}


def cohort_from_json(content: Mapping[str, Any]) -> Cohort:
    """The cohort that was written."""
    return Cohort(
        name=content["name"],
        outcome=content["outcome"],
        classes=tuple(content["classes"]),
        patients=tuple(_patient(one) for one in content["patients"]),
        exclusions=tuple(Exclusion(**one) for one in content["exclusions"]),
        synthetic=content["synthetic"],
        fingerprint=content["fingerprint"],
    )


def cohort_key(cohort: Cohort) -> str:
    """The same for the same files, outcome and analysed patients, wherever the files lie."""
    labels = [(patient.id, patient.label) for patient in cohort.patients]
    return json_digest(plain((cohort.fingerprint, cohort.outcome, cohort.classes, labels)))[:KEY_LENGTH]


def folds_to_json(folds: Sequence[Fold]) -> list[Json]:
    """Folds in their order."""
    return [fold_to_json(fold) for fold in folds]


def fold_to_json(fold: Fold) -> dict[str, Json]:
    """One fold."""
    return {field.name: plain(getattr(fold, field.name)) for field in fields(fold)}


def folds_from_json(content: Sequence[Any]) -> tuple[Fold, ...]:
    """The folds that were written."""
    return tuple(
        Fold(
            repeat=one["repeat"],
            index=one["index"],
            train=tuple(one["train"]),
            inner=tuple(tuple(part) for part in one["inner"]),
            test=tuple(one["test"]),
        )
        for one in content
    )


def plain(value: object) -> Json:
    """The JSON form of what values hold: tuples become lists, paths texts, our own values objects."""
    match value:
        case None | str() | int() | float():
            return value
        case Path():
            return str(value)
        case Mapping():
            items = cast(Mapping[str, object], value)
            return {key: plain(item) for key, item in items.items()}
        case tuple() | list():
            return [plain(item) for item in cast(Sequence[object], value)]
        case Patient() | SlideRef() | Exclusion():
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON form")


def _patient(content: Mapping[str, Any]) -> Patient:
    return Patient(
        id=content["id"],
        label=content["label"],
        site=content["site"],
        slides=tuple(
            SlideRef(
                id=one["id"],
                path=Path(one["path"]),
                um_per_px=one["um_per_px"],
                um_override=one["um_override"],
            )
            for one in content["slides"]
        ),
        covariates=dict(content["covariates"]),
    )
