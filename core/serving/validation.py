"""A run's fold ensemble scored on a cohort it never saw."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from core.cohort import read_cohort
from core.config import NEEDS, EvaluationSpec, ModelName, TileSpec
from core.errors import InputError
from core.evaluation.elsewhere import External, Shift, Subject, external, shift
from core.explain.familiarity import MOST
from core.results.familiar import Modality, mean_tile
from core.serving.alignment import missing_note, on_panel
from core.serving.ensemble import Ensemble
from core.serving.loaded import Loaded
from core.serving.source import Source, encoder_like
from core.training.batches import Inputs, raw_inputs
from core.training.cross_validation import modes_of
from core.training.dataset import Intake, read_dataset
from core.training.device import one_thread
from core.types import Dataset, Json, Mode, Prediction, RunRecord

RESEARCH_USE_ONLY = "For research use only; not for diagnosis or treatment."


def validate(loaded: Loaded, folder: Path, *, spec: EvaluationSpec | None = None) -> External:
    """Everything that can be told of the run on the patients of another cohort.

    Nothing of the run is fitted here: weights, scalers and calibrations are its own; the fold ensemble's answer is the
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
        predictions = [one for model in _able(record, raw) for one in _predictions(loaded.ensemble(model), raw)]
        shifts = _shifts(loaded.source, raw, intake.dataset)
    subject = Subject(
        record=record,
        bundle=loaded.source.bundle,
        cohort=cohort,
        notes=(*intake.notes, *((note,) if note else ())),
        missing_genes=tuple(
            gene for gene, column in zip(record.genes, raw.genes.T, strict=True) if raw.has_genes and _empty(column)
        ),
    )
    return external(subject, loaded.source.own(), predictions, shifts, spec=spec or EvaluationSpec())


def as_json(found: External) -> dict[str, Json]:
    """The finding for other programs; it names no patient."""
    subject, cohort = found.subject, found.subject.cohort
    names = list(dict.fromkeys(one.model for one in found.scores))
    modes: dict[str, list[Mode]] = {name: [] for name in names}
    for one in found.scores:
        if one.mode not in modes[one.model]:
            modes[one.model].append(one.mode)
    scored = {model: {mode: _scores(found, model, mode) for mode in modes[model]} for model in names}
    return {
        "run": subject.record.name,
        "bundle": subject.bundle,
        "cohort": cohort.name,
        "outcome": subject.record.outcome,
        "classes": list(cohort.classes),
        "n": len(cohort.patients),
        "per_class": {one.name: one.here for one in found.prevalences},
        "excluded": len(cohort.exclusions),
        "sites": sorted({patient.site for patient in cohort.patients}),
        "models": {model: scored[model][modes[model][0]] for model in names},
        "fused_modes": scored.get("fused", {}),
        "own": {"scores": _rows(found.own.scores), "calibration": _rows(found.own.calibration)},
        "calibration": _rows(found.calibration),
        "reliability": _rows(found.reliability),
        "recalibration": _rows(found.recalibration),
        "subgroups": _rows(found.subgroups),
        "prevalences": _rows(found.prevalences),
        "shifts": _rows(found.shifts),
        "missing_genes": list(subject.missing_genes),
        "notes": list(subject.notes),
        "research_use_only": RESEARCH_USE_ONLY,
    }


def _rows(rows: Sequence[Any]) -> list[Json]:
    return [asdict(one) for one in rows]


def _scores(found: External, model: str, mode: Mode) -> dict[str, Json]:
    own = [one for one in found.scores if (one.model, one.mode) == (model, mode)]
    kept = ("value", "low", "high", "n", "how")
    values: dict[str, Json] = {one.metric: {name: getattr(one, name) for name in kept} for one in own}
    return {"mode": mode, **values}


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


def _predictions(ensemble: Ensemble, raw: Inputs) -> Iterator[Prediction]:
    """What the ensemble says of every patient, in every mode it can answer in; its main one first."""
    if not raw.has_image:
        # a network wants tiles of its own width, also where it is told not to look at them
        blind = np.zeros((1, ensemble.members[0].shape.dim), np.float32)
        raw = replace(raw, tiles=(blind,) * len(raw.patients))
    for mode in modes_here(ensemble.model, has_image=raw.has_image, has_genes=raw.has_genes):
        shares = ensemble.shares(raw, mode=mode).mean(axis=0).astype(np.float64)
        blank = Prediction(model=ensemble.model, repeat=0, fold=0, patient="", label=0, mode=mode, probabilities=())
        for patient, label, own in zip(raw.patients, raw.label.tolist(), shares.tolist(), strict=True):
            yield replace(blank, patient=patient, label=label, probabilities=tuple(own))


def _shifts(source: Source, raw: Inputs, dataset: Dataset) -> tuple[Shift, ...]:
    """How unlike the patients are, by each modality that the run kept references of."""
    kept = source.familiarity() or {}
    values: dict[Modality, np.ndarray] = {}
    if raw.has_genes:
        values["genes"] = raw.genes
    if dataset.bags is not None and raw.has_image:
        values["image"] = np.stack([mean_tile(dataset.bags[patient.id]) for patient in dataset.cohort.patients])
    return tuple(
        shift(kept[name].distances(own), kept[name].tested, of=name, bound=MOST)
        for name, own in values.items()
        if name in kept
    )


def _empty(column: np.ndarray) -> bool:
    return bool(np.isnan(column).all())
