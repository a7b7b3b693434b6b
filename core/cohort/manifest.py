"""Reading cohort.toml: every key is checked, and the first fault is told by table and key. See docs/cohort.md."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from core.cohort.fields import Fields
from core.cohort.resolutions import MEASURES, um_of
from core.cohort.sources import (
    DERIVED_FROM,
    FILE_NAME,
    IMAGE_KINDS,
    ORIENTATIONS,
    STANDARD_COVARIATES,
    UNITS,
    Classes,
    ClinicalSource,
    CovariateSource,
    DerivedFrom,
    ExpressionSource,
    ImageKind,
    ImageSource,
    Manifest,
    Orientation,
    OutcomeSpec,
    SiteSource,
    StandardCovariate,
    Unit,
)
from core.errors import InputError

TABLES = ("cohort", "clinical", "outcome", "site", "covariates", "expression", "genes", "images")


def read_manifest(folder: Path) -> Manifest:
    """Read and check `cohort.toml` in a folder.

    Raises:
        InputError: the first fault, naming the table and the key.
    """
    file = folder / FILE_NAME
    top = Fields(_parse(file), where=FILE_NAME)
    tables = {name: Fields(top.table(name), where=f"{FILE_NAME} [{name}]") for name in TABLES}
    top.finish()
    for needed in ("clinical", "outcome"):
        if needed not in top:
            raise InputError(f"{file} needs a [{needed}] table; docs/cohort.md shows one")
    outcome, others = _outcome(tables["outcome"])
    manifest = Manifest(
        file=file,
        name=tables["cohort"].text("name", default=folder.resolve().name),
        synthetic=tables["cohort"].flag("synthetic"),
        clinical=_clinical(tables["clinical"], folder),
        outcome=outcome,
        other_outcomes=others,
        site=_site(tables["site"]),
        covariates=_covariates(tables["covariates"]),
        expression=_expression(tables["expression"], folder) if "expression" in top else None,
        gene_sets=_gene_sets(tables["genes"], folder),
        images=_images(tables["images"], folder) if "images" in top else None,
    )
    for fields in tables.values():
        fields.finish()
    if manifest.expression is None and manifest.images is None:
        raise InputError(f"{file} needs [expression] or [images] or both; add what the patients have")
    if manifest.gene_sets is not None and manifest.expression is None:
        raise InputError(f"{FILE_NAME} [genes] sets needs an [expression] table; add one, or remove [genes]")
    return manifest


def _parse(file: Path) -> Mapping[str, object]:
    if not file.is_file():
        raise InputError(f"there is no {FILE_NAME} in {file.parent}; write one as docs/cohort.md shows")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is no valid TOML: {error}; mend that line") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}); check its permissions") from error


def _file(fields: Fields, key: str, folder: Path) -> Path:
    """The file a key names, relative to the folder or absolute; it must be there."""
    stated = fields.text(key)
    path = folder / stated
    if not path.is_file():
        raise InputError(f'{fields.where} {key}: there is no file "{stated}" in {folder}; check the path')
    return path


def _folder(fields: Fields, key: str, folder: Path) -> Path:
    """The folder a key names, relative to the cohort's folder or absolute; it must be there."""
    stated = fields.text(key)
    path = folder / stated
    if not path.is_dir():
        raise InputError(f'{fields.where} {key}: there is no folder "{stated}" in {folder}; check the path')
    return path


def _clinical(fields: Fields, folder: Path) -> ClinicalSource:
    return ClinicalSource(
        path=_file(fields, "path", folder), patient=fields.text("patient"), missing=fields.texts("missing")
    )


def _outcome(fields: Fields) -> tuple[OutcomeSpec, Mapping[str, OutcomeSpec]]:
    """The manifest's own outcome, and those of other columns."""
    column = fields.text("column")
    if "classes" not in fields:
        raise fields.lacks("classes", '{ "NAME" = ["raw value", ...], ... }')
    own = _classes(fields.table("classes"), fields.where)
    derived = _derived_from(fields)
    others: dict[str, OutcomeSpec] = {}
    for name, table in fields.subtables().items():
        other = Fields(table, where=f"{FILE_NAME} [outcome.{name}]")
        classes = _classes(other.table("classes"), other.where)
        others[name] = OutcomeSpec(column=name, classes=classes, derived_from=_derived_from(other))
        other.finish()
    return OutcomeSpec(column=column, classes=own, derived_from=derived), others


def _derived_from(fields: Fields) -> DerivedFrom | None:
    return cast("DerivedFrom | None", fields.optional_choice("derived_from", DERIVED_FROM))


def _classes(table: Mapping[str, object], where: str) -> Classes:
    fields = Fields(table, where=f"{where} classes")
    classes = {name: fields.texts(name) for name in table}
    if len(classes) < 2:
        raise InputError(f"{where} classes must name at least two classes, got {len(classes)}; add the others")
    owner: dict[str, str] = {}
    for name, values in classes.items():
        if not name.strip() or not values:
            raise InputError(f'{where} classes: "{name}" needs a name and at least one raw value')
        for value in values:
            if owner.setdefault(value, name) != name:
                raise InputError(f'{where} classes: "{value}" stands under "{owner[value]}" and "{name}"; keep one')
    return classes


def _site(fields: Fields) -> SiteSource:
    if "column" in fields and "from" in fields:
        raise InputError(f"{fields.where} states both column and from; keep one")
    column = fields.optional_text("column")
    return SiteSource(column=column, from_barcode=fields.optional_choice("from", ["tcga-barcode"]) is not None)


def _covariates(fields: Fields) -> CovariateSource:
    stated: dict[StandardCovariate, str | None] = {name: fields.optional_text(name) for name in STANDARD_COVARIATES}
    columns: dict[StandardCovariate, str] = {name: column for name, column in stated.items() if column is not None}
    if ("time" in columns) != ("event" in columns):
        raise InputError(f"{fields.where} needs time and event together; add the other one or remove both")
    happened = fields.texts("event_values")
    if happened and "event" not in columns:
        raise InputError(f"{fields.where} event_values says what an event is, but event names no column; add it")
    return CovariateSource(columns=columns, event_values=happened)


def _expression(fields: Fields, folder: Path) -> ExpressionSource:
    return ExpressionSource(
        path=_file(fields, "path", folder),
        unit=cast("Unit", fields.choice("unit", UNITS)),
        clip=fields.positive("clip"),
        orientation=cast("Orientation | None", fields.optional_choice("orientation", ORIENTATIONS)),
    )


def _gene_sets(fields: Fields, folder: Path) -> Path | None:
    fields.know("sets")
    return _file(fields, "sets", folder) if "sets" in fields else None


def _images(fields: Fields, folder: Path) -> ImageSource:
    stated: list[ImageKind] = [kind for kind in IMAGE_KINDS if kind in fields]
    fields.know(*IMAGE_KINDS, *_SCANNED, "patient")
    fields.finish()
    if len(stated) != 1:
        found = " and ".join(stated) or "none of them"
        raise InputError(f"{fields.where} needs exactly one of {', '.join(IMAGE_KINDS)}, it has {found}")
    kind = stated[0]
    _refuse_unfit(fields, kind)
    return ImageSource(
        kind=kind,
        path=(_file if kind == "features" else _folder)(fields, kind, folder),
        um_per_px=_um_per_px(fields),
        resolutions=_file(fields, "resolutions", folder) if "resolutions" in fields else None,
        patient=fields.optional_text("patient"),
    )


_SCANNED = (*MEASURES, "resolutions")
"""Keys that are about files which are still to be cut into tiles."""


def _refuse_unfit(fields: Fields, kind: ImageKind) -> None:
    for key in _SCANNED:
        if kind in ("features", "bags") and key in fields:
            raise InputError(f"{fields.where} {key} is for slides or tiles; remove it for {kind}")
    if kind != "features" and "patient" in fields:
        raise InputError(f"{fields.where} patient is for features; {kind} are joined by file name, remove it")


def _um_per_px(fields: Fields) -> float | None:
    stated = {measure: fields.positive(measure) for measure in MEASURES}
    found = [um_of(name, value, where=f"{fields.where} {name}") for name, value in stated.items() if value is not None]
    if len(found) > 1:
        raise InputError(f"{fields.where} states both {' and '.join(MEASURES)}; keep one")
    return found[0] if found else None
