"""One new case: slides and expression in, probabilities with what they rest on out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from core.cohort import read_expression
from core.config import ModelName, TileSpec
from core.errors import InputError
from core.results import RunFolder
from core.serving.alignment import missing_note, on_panel
from core.serving.ensemble import Ensemble
from core.serving.validation import answerable, encoder_like, modes_here
from core.slides.encoders import load_encoder
from core.slides.extraction import Order, extract_slide, features_key
from core.training.batches import Inputs, joined
from core.types import Bag, Explanation, Mode, RunRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What a person gives of one patient."""

    slides: tuple[Path, ...] = ()
    expression: Path | None = None
    sample: str = ""
    """Column of the expression table; needed when it has several."""
    unit: str = ""
    """Unit of the expression file; the run's own when left out."""
    um_per_px: float | None = None
    """Resolution of slides that state none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAnswer:
    """What one model says of the case."""

    mode: Mode
    probabilities: tuple[float, ...]
    low: tuple[float, ...]
    """Lowest share of each class over the fold members."""
    high: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CasePrediction:
    """All models' answers, and what the leading one looked at."""

    classes: tuple[str, ...]
    mode: Mode
    answers: Mapping[str, ModelAnswer]
    leading: str
    """The model that is explained: fused where it was trained, else the first that can answer."""
    explanation: Explanation
    bags: tuple[Bag, ...]
    notes: tuple[str, ...]


def predict_case(run: RunFolder, case: Case, *, data: Path, device: str) -> CasePrediction:
    """Answer for one case with every model of the run that can, from the modalities that were given.

    Raises:
        InputError: nothing was given, a file cannot be read, or no model can answer with it.
    """
    if not case.slides and case.expression is None:
        raise InputError("a case needs --slide, --expression or both; nothing was given")
    record = run.record
    bags = _bags(record, case, data=data, device=device)
    genes, notes = _genes(record, case)
    raw = Inputs(
        patients=("case",),
        tiles=(joined(bags) if bags else np.zeros((1, _dim(run)), np.float32),),
        genes=genes,
        label=np.zeros(1, np.int64),
        has_image=bool(bags),
        has_genes=case.expression is not None,
    )
    models = _models(record, raw)
    ensembles = {model: Ensemble.load(run, model, device=device) for model in models}
    answers = {model: _answer(ensemble, raw) for model, ensemble in ensembles.items()}
    leading = "fused" if "fused" in models else models[0]
    return CasePrediction(
        classes=record.classes,
        mode=answers[leading].mode,
        answers=answers,
        leading=leading,
        explanation=ensembles[leading].explanation(raw, mode=answers[leading].mode, tiles_have_places=bool(bags)),
        bags=bags,
        notes=notes,
    )


def _bags(record: RunRecord, case: Case, *, data: Path, device: str) -> tuple[Bag, ...]:
    if not case.slides:
        return ()
    if record.config.get("images") not in ("slides", "tiles"):
        raise InputError(
            f"run {record.name} was trained on {record.encoder_note}, so it cannot read a slide; "
            "choose a run that was trained on slides, or give --expression alone"
        )
    tiles = TileSpec(**cast(Mapping[str, float], record.config["tiles"]))  # type: ignore[arg-type]
    spec = encoder_like(record)
    encoder = load_encoder(spec, device=device)
    if (key := features_key(encoder, spec.stain)) != record.encoder:
        raise InputError(
            f"the encoder here ({key}) is not the one run {record.name} was trained with ({record.encoder}); "
            "give the same weights file, on a machine of the same kind"
        )
    order = Order(tiles=tiles, encoder=encoder, stain=spec.stain, features=data / "features", device=device)
    return tuple(extract_slide(path, order, um_per_px=case.um_per_px) for path in case.slides)


def _genes(record: RunRecord, case: Case) -> tuple[np.ndarray, tuple[str, ...]]:
    if case.expression is None:
        return np.full((1, len(record.genes)), np.nan, np.float32), ()
    if not record.genes:
        raise InputError(f"run {record.name} was trained without expression; leave --expression out")
    unit = case.unit or record.unit
    table = read_expression(case.expression, unit=unit, clip=record.clip, genes=record.genes)  # type: ignore[arg-type]
    row = _row(table.samples, case)
    aligned = on_panel(table.values[[row]], table.genes, record.genes, what=case.expression.name)
    note = missing_note(aligned)
    return aligned, (*table.notes, *([note] if note else []))


def _row(samples: Sequence[str], case: Case) -> int:
    if case.sample:
        if case.sample not in samples:
            raise InputError(f"--sample names none of the {len(samples)} samples of the expression file; check it")
        return samples.index(case.sample)
    if len(samples) != 1:
        raise InputError(f"the expression file has {len(samples)} samples; name the case's own with --sample")
    return 0


def _dim(run: RunFolder) -> int:
    fold = run.folds()[0]
    _, settings = run.weights(run.record.models[0], fold.repeat, fold.index)
    return cast(Mapping[str, int], settings["shape"])["dim"]


def _models(record: RunRecord, raw: Inputs) -> list[ModelName]:
    names = cast(tuple[ModelName, ...], record.models)
    able: list[ModelName] = [
        name for name in names if answerable(name, record, has_image=raw.has_image, has_genes=raw.has_genes)
    ]
    if not able:
        given = "a slide" if raw.has_image else "expression"
        raise InputError(
            f"no model of run {record.name} ({', '.join(names)}) can answer with {given} alone; "
            "give the other modality too, or choose a run that trained fused"
        )
    return able


def _answer(ensemble: Ensemble, raw: Inputs) -> ModelAnswer:
    mode = modes_here(ensemble.model, has_image=raw.has_image, has_genes=raw.has_genes)[0]
    shares = ensemble.shares(raw, mode=mode)[:, 0]
    return ModelAnswer(
        mode=mode,
        probabilities=tuple(map(float, shares.mean(axis=0))),
        low=tuple(map(float, shares.min(axis=0))),
        high=tuple(map(float, shares.max(axis=0))),
    )
