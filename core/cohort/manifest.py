"""cohort.toml: where a cohort's files are and how they are to be read. docs/cohort.md documents every key."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from core.cohort.fields import Fields
from core.errors import InputError

Unit = Literal["counts", "tpm", "log2", "zscore"]
UNITS: tuple[Unit, ...] = get_args(Unit)
Orientation = Literal["genes-in-rows", "samples-in-rows"]
ORIENTATIONS: tuple[Orientation, ...] = get_args(Orientation)
ImageKind = Literal["slides", "tiles", "features"]
IMAGE_KINDS: tuple[ImageKind, ...] = get_args(ImageKind)
StandardCovariate = Literal["age", "stage", "sex", "race", "histology", "time", "event"]
STANDARD_COVARIATES: tuple[StandardCovariate, ...] = get_args(StandardCovariate)
FILE_NAME = "cohort.toml"

Classes = Mapping[str, tuple[str, ...]]
"""Class name to the raw values that mean it, in the order of the manifest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClinicalSource:
    """`[clinical]`: the table with one row a patient."""

    path: Path
    patient: str
    """Column of the patient identifiers."""
    missing: tuple[str, ...] = ()
    """Cells that mean "no value" here, besides the usual ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeSpec:
    """`[outcome]`: what is to be predicted. The second of two classes is the positive one."""

    column: str
    classes: Classes
    """Empty only for an override without a table: then the column's own values are the classes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteSource:
    """`[site]`: where a patient was treated; both None when the manifest states no site."""

    column: str | None = None
    from_barcode: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CovariateSource:
    """`[covariates]`: columns that become the standard covariates."""

    columns: Mapping[StandardCovariate, str]
    event_values: tuple[str, ...] = ()
    """Values of the event column that mean the event happened; found out where left empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpressionSource:
    """`[expression]`: the gene table."""

    path: Path
    unit: Unit
    clip: float | None = None
    """Values beyond +-clip are put at +-clip, after logarithms."""
    orientation: Orientation | None = None
    """Stated only where the table does not tell it itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageSource:
    """`[images]`: a folder of slides or tiles, or a table of features."""

    kind: ImageKind
    path: Path
    um_per_px: float | None = None
    """Micrometres per pixel, for files that state none."""
    patient: str | None = None
    """Identifier column of a feature table, where it cannot be found out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """A checked cohort.toml; all paths exist."""

    file: Path
    name: str
    synthetic: bool
    clinical: ClinicalSource
    outcome: OutcomeSpec
    other_outcomes: Mapping[str, Classes]
    """Classes of `[outcome.COLUMN]` tables, for `--outcome COLUMN`."""
    site: SiteSource
    covariates: CovariateSource
    expression: ExpressionSource | None
    gene_sets: Path | None
    images: ImageSource | None

    def outcome_for(self, override: str) -> OutcomeSpec:
        """The outcome to predict: the manifest's own, or another column of the clinical table."""
        if override in ("", self.outcome.column):
            return self.outcome
        return OutcomeSpec(column=override, classes=self.other_outcomes.get(override, {}))


def read_manifest(folder: Path) -> Manifest:
    """Read and check `cohort.toml` in a folder.

    Raises:
        InputError: the first fault, naming the table and the key.
    """
    file = folder / FILE_NAME
    top = Fields(_parse(file), where=FILE_NAME)
    tables = {name: top.table(name) for name in _TABLES}
    top.finish()
    for needed in ("clinical", "outcome"):
        if not tables[needed]:
            raise InputError(f"{file} needs a [{needed}] table; docs/cohort.md shows one")
    cohort = Fields(tables["cohort"], where=f"{FILE_NAME} [cohort]")
    outcome, others = _outcome(tables["outcome"])
    manifest = Manifest(
        file=file,
        name=cohort.text("name", default=folder.resolve().name),
        synthetic=cohort.flag("synthetic"),
        clinical=_clinical(tables["clinical"], folder),
        outcome=outcome,
        other_outcomes=others,
        site=_site(tables["site"]),
        covariates=_covariates(tables["covariates"]),
        expression=_expression(tables["expression"], folder) if "expression" in top else None,
        gene_sets=_gene_sets(tables["genes"], folder),
        images=_images(tables["images"], folder) if "images" in top else None,
    )
    cohort.finish()
    _check_modalities(manifest)
    return manifest


_TABLES = ("cohort", "clinical", "outcome", "site", "covariates", "expression", "genes", "images")


def _parse(file: Path) -> Mapping[str, object]:
    if not file.is_file():
        raise InputError(f"there is no {FILE_NAME} in {file.parent}; write one as docs/cohort.md shows")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is no valid TOML: {error}; mend that line") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8; save it as UTF-8") from error


def _check_modalities(manifest: Manifest) -> None:
    if manifest.expression is None and manifest.images is None:
        raise InputError(f"{manifest.file} needs [expression] or [images] or both; add what the patients have")
    if manifest.gene_sets is not None and manifest.expression is None:
        raise InputError(f"{FILE_NAME} [genes] sets needs an [expression] table; add one, or remove [genes]")


def _existing(fields: Fields, key: str, folder: Path, *, directory: bool = False) -> Path:
    stated = fields.text(key)
    path = folder / Path(stated).expanduser()
    if directory and not path.is_dir():
        raise InputError(f'{fields.where} {key}: there is no folder "{stated}" in {folder}; check the path')
    if not directory and not path.is_file():
        raise InputError(f'{fields.where} {key}: there is no file "{stated}" in {folder}; check the path')
    return path


def _clinical(table: Mapping[str, object], folder: Path) -> ClinicalSource:
    fields = Fields(table, where=f"{FILE_NAME} [clinical]")
    source = ClinicalSource(
        path=_existing(fields, "path", folder), patient=fields.text("patient"), missing=fields.texts("missing")
    )
    fields.finish()
    return source


def _outcome(table: Mapping[str, object]) -> tuple[OutcomeSpec, Mapping[str, Classes]]:
    fields = Fields(table, where=f"{FILE_NAME} [outcome]")
    column = fields.text("column")
    classes = fields.table("classes")
    others: dict[str, Classes] = {}
    for name, other in fields.subtables().items():
        where = f"{FILE_NAME} [outcome.{name}]"
        own = Fields(other, where=where)
        others[name] = _classes(own.table("classes"), where)
        own.finish()
    fields.finish()
    return OutcomeSpec(column=column, classes=_classes(classes, fields.where)), others


def _classes(table: Mapping[str, object], where: str) -> Classes:
    fields = Fields(table, where=f"{where} classes")
    classes = {name: fields.texts(name) for name in table}
    if len(classes) < 2:
        raise InputError(f"{where} needs classes with at least two names, got {len(classes)}; see docs/cohort.md")
    owner: dict[str, str] = {}
    for name, values in classes.items():
        if not name.strip() or not values:
            raise InputError(f'{where} classes: "{name}" needs a name and at least one raw value')
        for value in values:
            if owner.setdefault(value, name) != name:
                raise InputError(f'{where} classes: "{value}" stands under "{owner[value]}" and "{name}"; keep one')
    return classes


def _site(table: Mapping[str, object]) -> SiteSource:
    fields = Fields(table, where=f"{FILE_NAME} [site]")
    if "column" in fields and "from" in fields:
        raise InputError(f"{fields.where} states both column and from; keep one")
    column = fields.optional_text("column")
    barcode = fields.choice("from", ["tcga-barcode"], default="")
    fields.finish()
    return SiteSource(column=column, from_barcode=bool(barcode))


def _covariates(table: Mapping[str, object]) -> CovariateSource:
    fields = Fields(table, where=f"{FILE_NAME} [covariates]")
    stated: dict[StandardCovariate, str | None] = {name: fields.optional_text(name) for name in STANDARD_COVARIATES}
    columns: dict[StandardCovariate, str] = {name: column for name, column in stated.items() if column is not None}
    source = CovariateSource(columns=columns, event_values=fields.texts("event_values"))
    fields.finish()
    if ("time" in columns) != ("event" in columns):
        raise InputError(f"{fields.where} needs time and event together; add the other one or remove both")
    return source


def _expression(table: Mapping[str, object], folder: Path) -> ExpressionSource:
    fields = Fields(table, where=f"{FILE_NAME} [expression]")
    source = ExpressionSource(
        path=_existing(fields, "path", folder),
        unit=cast("Unit", fields.choice("unit", UNITS)),
        clip=fields.positive("clip"),
        orientation=cast("Orientation | None", fields.choice("orientation", ORIENTATIONS, default="") or None),
    )
    fields.finish()
    return source


def _gene_sets(table: Mapping[str, object], folder: Path) -> Path | None:
    fields = Fields(table, where=f"{FILE_NAME} [genes]")
    path = _existing(fields, "sets", folder) if "sets" in fields else fields.optional_text("sets")
    fields.finish()
    return path if isinstance(path, Path) else None


def _images(table: Mapping[str, object], folder: Path) -> ImageSource:
    fields = Fields(table, where=f"{FILE_NAME} [images]")
    stated: list[ImageKind] = [kind for kind in IMAGE_KINDS if kind in fields]
    if len(stated) > 1:
        raise InputError(f"{fields.where} states {' and '.join(stated)}; keep exactly one of {', '.join(IMAGE_KINDS)}")
    for kind in IMAGE_KINDS:
        if kind not in fields:
            fields.optional_text(kind)
    if not stated:
        fields.optional_text("um_per_px")
        fields.optional_text("patient")
        fields.finish()
        raise InputError(f"{fields.where} needs exactly one of {', '.join(IMAGE_KINDS)}; add it")
    kind = stated[0]
    source = ImageSource(
        kind=kind,
        path=_existing(fields, kind, folder, directory=kind != "features"),
        um_per_px=fields.positive("um_per_px"),
        patient=fields.optional_text("patient"),
    )
    fields.finish()
    _check_image_keys(source, fields.where)
    return source


def _check_image_keys(source: ImageSource, where: str) -> None:
    if source.kind == "features" and source.um_per_px is not None:
        raise InputError(f"{where} um_per_px is for slides or tiles; remove it for features")
    if source.kind != "features" and source.patient is not None:
        raise InputError(f"{where} patient is for features; {source.kind} are joined by file name, remove it")
