"""From a cohort folder to what models learn from."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

from core.cohort import CohortTables, read_cohort
from core.cohort.sources import DerivedFrom, ImageKind
from core.config import NEEDS, EncoderSpec, ModelName, ShardSpec, TileSpec
from core.errors import InputError
from core.slides.bags import read_bags
from core.slides.encoders import TileEncoder, load_encoder
from core.slides.extraction import Asked, Order, extract_bags
from core.training.pool import cores
from core.types import Bag, Cohort, Dataset, Expression, Json

_MOST_READERS = 8


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
    images: ImageKind | None = None
    """What the image features were made from."""
    derived_from: DerivedFrom | None = None
    """What the manifest says the outcome was computed from."""


def read_dataset(
    folder: Path,
    *,
    outcome: str = "",
    tiles: TileSpec,
    encoder: EncoderSpec,
    device: str,
    features: Path,
    made: Callable[[], TileEncoder] | None = None,
) -> Intake:
    """Read a cohort; where it has slides, cut and encode those that are not in the cache `features` yet.

    Args:
        folder: with cohort.toml.
        outcome: clinical column in place of the manifest's.
        tiles: how slides are cut.
        encoder: what encodes the tiles.
        device: cpu or cuda.
        features: where bags are kept.
        made: gives the encoder itself, where somebody has loaded it.

    Raises:
        InputError: anything wrong with the manifest, a table or a slide's resolution; nobody left to analyse.
    """
    tables = read_cohort(folder, outcome=outcome)
    if tables.images in (None, "features"):
        return _intake(tables, tables.cohort, tables.features, _features_note(tables))
    if tables.images == "bags":
        bags, lost = read_bags(tables.cohort.patients)
        return _intake(tables, tables.cohort.without(lost), bags, _bags_note(bags))
    order = slide_order(encoder, tiles=tiles, device=device, features=features, made=made() if made else None)
    asked = slides_asked(folder, tables.cohort.name, encoder=encoder, tiles=tiles)
    bags, lost, summary = extract_bags(tables.cohort.patients, order, asked=asked)
    tables = replace(tables, notes=(*tables.notes, *summary.lines))
    return _intake(tables, tables.cohort.without(lost), bags, (order.key, order.note))


def slide_order(
    encoder: EncoderSpec,
    *,
    tiles: TileSpec,
    device: str,
    features: Path,
    shard: ShardSpec | None = None,
    retry: bool = False,
    made: TileEncoder | None = None,
) -> Order:
    """What is asked of a cohort's slides, with as many readers as the device keeps busy.

    Args:
        made: the encoder itself, where it is loaded already.

    Raises:
        InputError: the encoder's weights cannot be had.
    """
    return Order(
        tiles=tiles,
        encoder=made or load_encoder(encoder, device=device),
        stain=encoder.stain,
        features=features,
        device=device,
        # On a CPU the network is the slow part by far; a GPU takes what several processes can decode.
        readers=1 if device == "cpu" else max(1, min(_MOST_READERS, cores() - 1)),
        shard=shard,
        retry=retry,
    )


def slides_asked(folder: Path, name: str, *, encoder: EncoderSpec, tiles: TileSpec) -> Asked:
    """How the work list of a cohort is kept."""
    settings: dict[str, Json] = {
        "cohort": str(folder.resolve()),
        "encoder_weights": str(encoder.weights),
        "trunk": encoder.trunk,
        "stain": encoder.stain,
        "tiles": cast(Json, asdict(tiles)),
    }
    return Asked(name=name, settings=settings)


def _features_note(tables: CohortTables) -> tuple[str, str]:
    if not tables.features:
        return "none", "no images"
    bag = next(iter(tables.features.values()))[0]
    return bag.encoder, f"features that came with the cohort, {bag.features.shape[1]} columns"


def _bags_note(bags: Mapping[str, tuple[Bag, ...]]) -> tuple[str, str]:
    if not bags:
        return "none", "no images"
    bag = next(iter(bags.values()))[0]
    return bag.encoder, f"ready-made bags of {bag.encoder}, {bag.features.shape[1]} features a tile"


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
    return Intake(
        dataset=dataset,
        notes=tables.notes,
        clip=tables.clip,
        encoder=encoder[0],
        encoder_note=encoder[1],
        images=tables.images,
        derived_from=tables.derived_from,
    )


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
