"""From a cohort folder to what models learn from."""

from dataclasses import dataclass
from pathlib import Path

from core.cohort import CohortTables, read_cohort
from core.config import EncoderSpec, ModelName, TileSpec
from core.errors import InputError
from core.slides.extraction import extract_bags
from core.training.cross_validation import NEEDS
from core.types import Cohort, Dataset, Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """A dataset with what was found out on the way."""

    dataset: Dataset
    notes: tuple[str, ...]
    clip: float | None
    encoder: str
    """Key of what made the image features; "none" without images."""
    encoder_note: str
    """The same in words."""


def read_dataset(
    folder: Path,
    *,
    outcome: str = "",
    tiles: TileSpec,
    encoder: EncoderSpec,
    device: str,
    features: Path,
) -> Intake:
    """Read a cohort; where it has slides, cut and encode those that are not in the cache `features` yet.

    Raises:
        InputError: anything wrong with the manifest, a table or a slide's resolution; nobody left to analyse.
    """
    tables = read_cohort(folder, outcome=outcome)
    if tables.images in (None, "features"):
        return _intake(tables, tables.cohort, tables.features, _features_note(tables))
    # torchvision takes seconds to import: only those who have slides wait for it
    from core.slides.encoders import load_encoder

    encode = load_encoder(encoder, device=device)
    bags, lost = extract_bags(tables.cohort.patients, tiles=tiles, encoder=encode, folder=features)
    return _intake(tables, tables.cohort.without(lost), bags, (encode.key, encode.note))


def _features_note(tables: CohortTables) -> tuple[str, str]:
    if not tables.features:
        return "none", "no images"
    bag = next(iter(tables.features.values()))[0]
    return bag.encoder, f"features that came with the cohort, {bag.features.shape[1]} columns"


def _intake(tables: CohortTables, cohort: Cohort, bags: object, encoder: tuple[str, str]) -> Intake:
    if not cohort.patients:
        raise InputError(
            f"no patient of cohort {cohort.name} is left to analyse ({len(cohort.exclusions)} excluded); "
            "compare the identifiers of the clinical table with those of the expression table and the images"
        )
    ids = tuple(patient.id for patient in cohort.patients)
    dataset = Dataset(
        cohort=cohort,
        expression=None if tables.expression is None else rows(tables.expression, ids),
        gene_sets=tables.gene_sets,
        bags=bags,  # type: ignore[arg-type]
    )
    return Intake(dataset=dataset, notes=tables.notes, clip=tables.clip, encoder=encoder[0], encoder_note=encoder[1])


def rows(expression: Expression, patients: tuple[str, ...]) -> Expression:
    """Expression of some patients, in their order."""
    place = {patient: row for row, patient in enumerate(expression.patients)}
    return Expression(
        patients=patients,
        genes=expression.genes,
        values=expression.values[[place[patient] for patient in patients]],
        unit=expression.unit,
    )


def runnable(dataset: Dataset, asked: tuple[ModelName, ...]) -> tuple[ModelName, ...]:
    """The models to train: those asked for, or all that the cohort's modalities allow.

    Raises:
        InputError: a model was asked for that needs a modality the cohort does not have.
    """
    has_image, has_genes = dataset.bags is not None, dataset.expression is not None
    able: tuple[ModelName, ...] = tuple(
        model for model, (image, genes) in NEEDS.items() if (has_image or not image) and (has_genes or not genes)
    )
    refused = [model for model in asked if model not in able]
    if refused:
        lacking = "[images]" if not has_image else "[expression]"
        raise InputError(
            f"--models {', '.join(refused)} cannot run: cohort.toml has no {lacking}; "
            f"add it, or choose among {', '.join(able)}"
        )
    return asked or able
