"""A run's fold ensemble scored on a cohort it never saw."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from core.cohort import read_cohort
from core.config import NEEDS, ModelName, TileSpec
from core.errors import InputError
from core.evaluation import Estimate, Scored, score
from core.serving.alignment import missing_note, on_panel
from core.serving.ensemble import Ensemble
from core.serving.loaded import Loaded
from core.serving.source import Source, encoder_like
from core.training.batches import Inputs, raw_inputs
from core.training.cross_validation import modes_of
from core.training.dataset import Intake, read_dataset
from core.training.device import one_thread
from core.types import Json, Mode, RunRecord

RESEARCH_USE_ONLY = "For research use only; not for diagnosis or treatment."


def validate(loaded: Loaded, folder: Path) -> dict[str, Json]:
    """Every metric with its interval, per model, on the patients of another cohort.

    Nothing is fitted here: weights, scalers and calibrations are those of the run; the fold ensemble's answer is the
    mean of its members' probabilities.

    Raises:
        InputError: other classes, other features, too few genes, or patients the run was trained on.
    """
    record = loaded.record
    intake = intake_like(loaded, folder)
    cohort = intake.dataset.cohort
    if cohort.classes != record.classes:
        raise InputError(
            f"{folder} has the classes {', '.join(cohort.classes)}, but run {record.name} was trained on "
            f"{', '.join(record.classes)}; give them the same names and order in [outcome] classes"
        )
    _refuse_shared(loaded.source, intake)
    raw, note = inputs_like(record, intake)
    with one_thread(loaded.device):
        models = {model: _scored(loaded.ensemble(model), raw) for model in _able(record, raw)}
    return {
        "run": record.name,
        "cohort": cohort.name,
        "outcome": record.outcome,
        "classes": list(cohort.classes),
        "n": len(cohort.patients),
        "per_class": {name: int((raw.label == index).sum()) for index, name in enumerate(cohort.classes)},
        "excluded": len(cohort.exclusions),
        "sites": sorted({patient.site for patient in cohort.patients}),
        "models": {model: modes[main] for model, (main, modes) in models.items()},
        "fused_modes": dict(models["fused"][1]) if "fused" in models else {},
        "notes": [*intake.notes, *([note] if note else [])],
        "research_use_only": RESEARCH_USE_ONLY,
    }


def intake_like(loaded: Loaded, folder: Path) -> Intake:
    """A cohort read as the run's own was: same outcome, tiles and encoder."""
    record = loaded.record
    named = read_cohort(folder).cohort.outcome
    tiles = cast(Mapping[str, Json], record.config["tiles"])
    return read_dataset(
        folder,
        outcome="" if named == record.outcome else record.outcome,
        tiles=TileSpec(**tiles),  # type: ignore[arg-type]
        encoder=encoder_like(record),
        device=loaded.device,
        features=loaded.data / "features",
        made=lambda: loaded.encoder,
    )


def inputs_like(record: RunRecord, intake: Intake) -> tuple[Inputs, str]:
    """The patients as the run's networks take them, and what had to be filled in."""
    raw = raw_inputs(intake.dataset)
    if raw.has_image and intake.encoder != record.encoder:
        raise InputError(
            f"the image features of {intake.dataset.cohort.name} ({intake.encoder}) are not those that run "
            f"{record.name} was trained on ({record.encoder}); make them with the same encoder and columns"
        )
    expression = intake.dataset.expression
    if expression is None or not record.genes:
        return replace(
            raw, has_genes=False, genes=np.full((len(raw.patients), len(record.genes)), np.nan, np.float32)
        ), ""
    if expression.unit != record.unit:
        raise InputError(
            f"expression of {intake.dataset.cohort.name} is in {expression.unit}, but run {record.name} was trained "
            f"on {record.unit}; give the table in the same unit"
        )
    aligned = on_panel(expression.values, expression.genes, record.genes, what="the expression table")
    return replace(raw, genes=aligned), missing_note(aligned)


def _refuse_shared(source: Source, intake: Intake) -> None:
    shared = source.known([patient.id for patient in intake.dataset.cohort.patients])
    if shared:
        raise InputError(
            f"{shared} patients of this cohort were in the training of run {source.record.name}; "
            "remove them from its clinical table, or a part of the score would be memory"
        )


def _able(record: RunRecord, raw: Inputs) -> list[ModelName]:
    names = cast(tuple[ModelName, ...], record.models)
    able: list[ModelName] = [
        name for name in names if answerable(name, record, has_image=raw.has_image, has_genes=raw.has_genes)
    ]
    if not able:
        raise InputError(
            f"no model of run {record.name} ({', '.join(names)}) can answer with what this cohort has; "
            "it needs the modalities the run was trained on"
        )
    return able


def answerable(model: ModelName, record: RunRecord, *, has_image: bool, has_genes: bool) -> bool:
    """True when the model can answer with these modalities; only `fused` answers with fewer than it was trained on."""
    if model == "fused":
        return has_image or has_genes
    if model == "logistic":
        return has_genes == bool(record.genes) and has_image == (record.encoder != "none")
    image, genes = NEEDS[model]
    return (has_image or not image) and (has_genes or not genes)


def modes_here(model: ModelName, *, has_image: bool, has_genes: bool) -> tuple[Mode, ...]:
    """The modes a model can answer in with these modalities; its main one first."""
    if model == "fused" and not (has_image and has_genes):
        return ("image",) if has_image else ("genes",)
    return modes_of(model, has_image=has_image, has_genes=has_genes)


def _scored(ensemble: Ensemble, raw: Inputs) -> tuple[Mode, dict[str, Json]]:
    modes = modes_here(ensemble.model, has_image=raw.has_image, has_genes=raw.has_genes)
    found: dict[str, Json] = {}
    for mode in modes:
        shares = ensemble.shares(raw, mode=mode).mean(axis=0)
        scored = Scored(patients=raw.patients, labels=raw.label, probabilities=shares.astype(np.float64))
        found[mode] = {"mode": mode} | {name: _as_json(one) for name, one in score(scored).items()}
    return modes[0], found


def _as_json(estimate: Estimate) -> Json:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "how": estimate.how,
    }
