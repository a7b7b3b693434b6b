"""A cohort folder to the patients that are analysed, what models learn from, and everyone lost on the way."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.cohort.barcodes import join_samples, require_some
from core.cohort.clinical import ClinicalTable, Labels, read_clinical, read_labels, read_sites
from core.cohort.covariates import read_covariates
from core.cohort.expression import SampleExpression, read_expression
from core.cohort.features import read_features
from core.cohort.fingerprint import fingerprint
from core.cohort.gene_sets import read_gmt, shipped_modules
from core.cohort.images import find_slides, image_files
from core.cohort.manifest import read_manifest
from core.cohort.resolutions import with_resolutions
from core.cohort.sources import DerivedFrom, ImageKind, Manifest
from core.errors import InputError
from core.types import Bag, Cohort, Covariate, Exclusion, Expression, GeneSets, Patient, SlideRef

Stage = Literal["clinical", "outcome", "site", "expression", "images", "tiles"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortTables:
    """A cohort with its tables read; slides and ready-made bags are named (as slides of a patient), not opened."""

    cohort: Cohort
    """Patients that have every modality the manifest declares, sorted by identifier."""
    expression: Expression | None
    """Rows in the order of `cohort.patients`, genes in alphabetical order."""
    gene_sets: GeneSets | None
    features: Mapping[str, tuple[Bag, ...]] | None
    """Patient to their bags, where the manifest names image features."""
    images: ImageKind | None
    notes: tuple[str, ...]
    """What was found out and decided, for people to read."""
    clip: float | None
    derived_from: DerivedFrom | None = None
    """What the manifest says the outcome was computed from."""


@dataclass(kw_only=True, slots=True)
class _Flow:
    """The patients still in, and why the others left; a patient leaves once."""

    remaining: list[str]
    exclusions: list[Exclusion] = field(default_factory=list[Exclusion])

    def lose(self, stage: Stage, reasons: Mapping[str, str]) -> None:
        self.exclusions += [
            Exclusion(patient=patient, stage=stage, reason=reasons[patient])
            for patient in self.remaining
            if patient in reasons
        ]
        self.remaining = [patient for patient in self.remaining if patient not in reasons]
        if not self.remaining:
            most, count = Counter(lost.reason for lost in self.exclusions).most_common(1)[0]
            raise InputError(
                f"no patient is left after the step {stage}; the most common reason is: {most} ({count} patients); "
                "check that the tables and the manifest are about the same patients"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Images:
    slides: Mapping[str, tuple[SlideRef, ...]] = field(default_factory=dict[str, tuple[SlideRef, ...]])
    features: Mapping[str, tuple[Bag, ...]] | None = None
    lost: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()


def read_cohort(folder: Path, *, outcome: str = "") -> CohortTables:
    """Read a cohort by its `cohort.toml`.

    Args:
        folder: where cohort.toml lies.
        outcome: another clinical column to predict; its classes are those of `[outcome.COLUMN]`, else its own values in
            alphabetical order.

    Raises:
        InputError: a fault in the manifest or in a file it names, or no patient left.
    """
    manifest = read_manifest(folder)
    spec = manifest.outcome_for(outcome)
    clinical = read_clinical(manifest.clinical)
    labels = read_labels(clinical, spec)
    sites, siteless = read_sites(clinical, manifest.site)
    covariates, notes = read_covariates(clinical, manifest.covariates, outcome=spec.column)
    genes = _genes(manifest, clinical)
    images = _images(manifest, clinical)
    flow = _Flow(remaining=sorted(clinical.patients))
    flow.lose("outcome", labels.lost)
    flow.lose("site", siteless)
    flow.lose("expression", genes.lost if genes else {})
    flow.lose("images", images.lost)
    cohort = Cohort(
        name=manifest.name,
        outcome=spec.column,
        classes=labels.classes,
        patients=tuple(_patient(patient, labels, sites, images, covariates) for patient in flow.remaining),
        exclusions=tuple(flow.exclusions),
        synthetic=manifest.synthetic,
        fingerprint=fingerprint(manifest, outcome=spec.column),
    )
    kept = images.features
    return CohortTables(
        cohort=cohort,
        expression=genes.of(flow.remaining) if genes else None,
        gene_sets=_gene_sets(manifest),
        features=None if kept is None else {patient: kept[patient] for patient in flow.remaining},
        images=manifest.images.kind if manifest.images else None,
        notes=(*_site_notes(manifest), *notes, *(genes.notes if genes else ()), *images.notes),
        clip=manifest.expression.clip if manifest.expression else None,
        derived_from=spec.derived_from,
    )


def _site_notes(manifest: Manifest) -> tuple[str, ...]:
    stated = manifest.site.column is not None or manifest.site.from_barcode
    return () if stated else ("clinical: no site is stated, so folds cannot keep sites apart",)


def _patient(
    patient: str,
    labels: Labels,
    sites: Mapping[str, str],
    images: _Images,
    covariates: Mapping[str, Mapping[str, Covariate]],
) -> Patient:
    return Patient(
        id=patient,
        label=labels.label[patient],
        site=sites[patient],
        slides=images.slides.get(patient, ()),
        covariates=covariates[patient],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Genes:
    """Expression of the cohort by sample, and whose sample is whose."""

    read: SampleExpression
    sample_of: Mapping[str, str]
    lost: Mapping[str, str]
    notes: tuple[str, ...]

    def of(self, patients: Iterable[str]) -> Expression:
        """Rows of these patients, in their order."""
        ids = tuple(patients)
        row = {sample: index for index, sample in enumerate(self.read.samples)}
        return Expression(
            patients=ids,
            genes=self.read.genes,
            values=self.read.values[[row[self.sample_of[patient]] for patient in ids]],
            unit=self.read.unit,
        )


def _genes(manifest: Manifest, clinical: ClinicalTable) -> _Genes | None:
    source = manifest.expression
    if source is None:
        return None
    read = read_expression(
        source.path, unit=source.unit, clip=source.clip, patients=clinical.patients, orientation=source.orientation
    )
    join = join_samples(read.samples, clinical.patients, what="expression")
    require_some(join, read.samples, clinical.patients, where=source.path.name)
    lost = {
        patient: "only samples of normal tissue" if patient in join.normal_only else "no expression sample"
        for patient in clinical.patients
        if patient not in join.chosen
    }
    sample_of = {patient: samples[0] for patient, samples in join.chosen.items()}
    return _Genes(read=read, sample_of=sample_of, lost=lost, notes=(*read.notes, *join.notes))


def _images(manifest: Manifest, clinical: ClinicalTable) -> _Images:
    if manifest.images is None:
        return _Images()
    if manifest.images.kind == "features":
        table = read_features(manifest.images, clinical.patients)
        return _Images(features=table.bags, lost=table.lost, notes=table.notes)
    slides, lost, notes = find_slides(manifest.images, clinical.patients)
    stated = with_resolutions(slides, manifest.images, image_files(manifest.images))
    return _Images(slides=stated, lost=lost, notes=notes)


def _gene_sets(manifest: Manifest) -> GeneSets | None:
    if manifest.expression is None:
        return None
    return shipped_modules() if manifest.gene_sets is None else read_gmt(manifest.gene_sets)
