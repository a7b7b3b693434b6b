"""What a checked cohort.toml says, as frozen values: one dataclass a table of the manifest. See docs/cohort.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Unit = Literal["counts", "tpm", "log2", "zscore"]
UNITS: tuple[Unit, ...] = get_args(Unit)
Orientation = Literal["genes-in-rows", "samples-in-rows"]
ORIENTATIONS: tuple[Orientation, ...] = get_args(Orientation)
ImageKind = Literal["slides", "tiles", "features", "bags"]
IMAGE_KINDS: tuple[ImageKind, ...] = get_args(ImageKind)
DerivedFrom = Literal["expression", "images", "neither"]
DERIVED_FROM: tuple[DerivedFrom, ...] = get_args(DerivedFrom)
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
    derived_from: DerivedFrom | None = None
    """What the outcome was computed from, where the manifest states it."""


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
    """`[images]`: a folder of slides, tiles or ready-made bags, or a table of features."""

    kind: ImageKind
    path: Path
    um_per_px: float | None = None
    """Micrometres per pixel, for files that state none."""
    resolutions: Path | None = None
    """Table of single slides' resolutions, which count whatever the files state."""
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
    other_outcomes: Mapping[str, OutcomeSpec]
    """Those of `[outcome.COLUMN]` tables, for `--outcome COLUMN`."""
    site: SiteSource
    covariates: CovariateSource
    expression: ExpressionSource | None
    gene_sets: Path | None
    images: ImageSource | None

    def outcome_for(self, override: str) -> OutcomeSpec:
        """The outcome to predict: the manifest's own, or another column of the clinical table."""
        if override in ("", self.outcome.column):
            return self.outcome
        return self.other_outcomes.get(override, OutcomeSpec(column=override, classes={}))
