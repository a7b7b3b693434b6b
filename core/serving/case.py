"""One new case: slides and expression in, probabilities with what they rest on out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from core.cohort.expression import Measured
from core.config import ModelName
from core.errors import InputError
from core.serving.alignment import LEAST_COVERAGE, Coverage
from core.serving.checks import Check, Checklist
from core.serving.decision import Decision, Judge
from core.serving.distances import Distance, fused_distance, modality_distance, tissue_of
from core.serving.ensemble import Ensemble, Seen, averaged, scrutiny_of
from core.serving.expression import CaseExpression, case_expression
from core.serving.loaded import Loaded
from core.serving.slides import check_slides, extracted_bags
from core.serving.source import Source
from core.serving.validation import answerable, modes_here
from core.training.batches import Inputs, joined
from core.training.device import one_thread
from core.types import Bag, Explanation, Mode, Neighbour, RunRecord, Scrutiny

EXPLAINED = ("fused", "image", "genes")
"""Models that are looked into; the others are controls."""
TISSUE = "slide"
"""Token of a map that belongs to no gene set, as the image model calls its own."""
NOT_LOOKED_INTO = "None of the models that answer can be looked into."
SAME = 0.9999
"""Similarity from which on a case and a training patient are taken for one."""
OWN_PATIENT = (
    "a training patient of the run has the very embedding of this case: if they are one, the answer is no test of the "
    "run"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What a person gives of one patient."""

    slides: tuple[Path, ...] = ()
    expression: Path | Measured | None = None
    """A table, or what was read of one already."""
    sample: str = ""
    """Column of the expression table; needed when it has several."""
    unit: str = ""
    """Unit of the expression file; found out when left out, and asked for where it is not the run's own."""
    um_per_px: float | None = None
    """Resolution of slides that state none."""
    min_coverage: float = LEAST_COVERAGE
    """Share of the run's genes that the expression must have."""

    def __post_init__(self) -> None:
        if not 0 < self.min_coverage <= 1:
            raise InputError(f"--min-coverage must lie above 0 and not above 1, got {self.min_coverage}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAnswer:
    """What one model says of the case."""

    mode: Mode
    probabilities: tuple[float, ...]
    """Calibrated, mean over the folds' models."""
    uncalibrated: tuple[float, ...]
    """The networks' own."""
    low: tuple[float, ...]
    """Lowest share of each class over the fold members."""
    high: tuple[float, ...]
    decision: Decision


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What one model looked at: the mean over folds, and every fold."""

    explanation: Explanation
    scrutiny: Scrutiny
    seen: tuple[Seen, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CasePrediction:
    """All models' answers, and what they looked at."""

    run: RunRecord
    bundle: str
    """Id of the bundle that answered; empty where the run itself did."""
    mode: Mode
    answers: Mapping[str, ModelAnswer]
    leading: str
    """The model that decides: fused where it was trained, else the first that can answer."""
    looked: Mapping[str, Looked]
    bags: tuple[Bag, ...]
    coverage: Coverage | None
    """None where no expression was given."""
    unit: str
    distances: tuple[Distance, ...]
    neighbours: tuple[Neighbour, ...]
    """Nearest training patients of every fold; `patient` is empty."""
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the run."""
        return self.run.classes

    @property
    def explanation(self) -> Explanation:
        """What the leading model looked at."""
        looked = self.looked.get(self.leading)
        nothing = Explanation(tile_attention=None, token_attention=None, contributions=None, tokens=(), sets=())
        return nothing if looked is None else looked.explanation


def predict_case(loaded: Loaded, case: Case, *, checks: Checklist | None = None) -> CasePrediction:
    """Answer for one case with every model of the run that can, from the modalities that were given.

    Args:
        loaded: what answers.
        case: what is known of the patient.
        checks: told of every check as it is made.

    Raises:
        InputError: nothing was given, a file cannot be read, or no model can answer with it.
        QuestionError: the same, where one more option is all that is missing.
    """
    if not case.slides and case.expression is None:
        raise InputError("a case needs --slide, --expression or both; nothing was given")
    checks = checks or Checklist()
    checks.plan(image=bool(case.slides), genes=case.expression is not None)
    record = loaded.record
    models = _able(record, has_image=bool(case.slides), has_genes=case.expression is not None)
    # what takes a moment first, so that a wrong sample does not cost the minutes that a slide takes
    planned = check_slides(case.slides, record, checks, um_per_px=case.um_per_px) if case.slides else 0
    expression = _expression(record, case, checks)
    bags = extracted_bags(case.slides, loaded, checks, planned=planned, um_per_px=case.um_per_px)
    ensembles = _ensembles(loaded, models, checks)
    with one_thread(loaded.device):
        return _answered(loaded.source, ensembles, bags, expression, checks)


def _expression(record: RunRecord, case: Case, checks: Checklist) -> CaseExpression | None:
    if case.expression is None:
        return None
    return case_expression(case.expression, record, checks, sample=case.sample, unit=case.unit, least=case.min_coverage)


def _ensembles(loaded: Loaded, models: Sequence[ModelName], checks: Checklist) -> dict[ModelName, Ensemble]:
    with checks.at("models", "The networks are read and verified."):
        found: dict[ModelName, Ensemble] = {model: loaded.ensemble(model) for model in models}
        networks = sum(len(member.members) for one in found.values() for member in one.members)
        checks.passed(
            "models", f"{_counted(len(found), 'model')} of {len(loaded.source.folds)} folds, {networks} networks."
        )
        return found


def _raw(record: RunRecord, bags: tuple[Bag, ...], expression: CaseExpression | None, *, dim: int) -> Inputs:
    return Inputs(
        patients=("case",),
        tiles=(joined(bags) if bags else np.zeros((1, dim), np.float32),),
        genes=np.full((1, len(record.genes)), np.nan, np.float32) if expression is None else expression.values,
        label=np.zeros(1, np.int64),
        has_image=bool(bags),
        has_genes=expression is not None,
    )


def _answered(
    source: Source,
    ensembles: Mapping[ModelName, Ensemble],
    bags: tuple[Bag, ...],
    expression: CaseExpression | None,
    checks: Checklist,
) -> CasePrediction:
    dim = next(iter(ensembles.values())).members[0].shape.dim
    raw = _raw(source.record, bags, expression, dim=dim)
    distances, neighbours = _distances(source, raw, bags, expression, checks, ensembles.get("fused"))
    with checks.at("answer"):
        answers = {model: _answer(one, raw, source.judge(), source.record) for model, one in ensembles.items()}
        checks.passed(
            "answer", f"{_counted(len(ensembles), 'model')} answered, {_counted(len(source.folds), 'fold')} each."
        )
    with checks.at("explanation", "What the models looked at is computed."):
        looked = {
            model: _looked(one, raw, answers[model].mode, tiles_have_places=bool(bags))
            for model, one in ensembles.items()
            if model in EXPLAINED
        }
        checks.passed("explanation", f"What {listed(looked)} looked at was computed." if looked else NOT_LOOKED_INTO)
    leading = "fused" if "fused" in ensembles else next(iter(ensembles))
    notes = () if expression is None else expression.notes
    return CasePrediction(
        run=source.record,
        bundle=source.bundle,
        mode=answers[leading].mode,
        answers=answers,
        leading=leading,
        looked=looked,
        bags=bags,
        coverage=None if expression is None else expression.coverage,
        unit="" if expression is None else expression.unit,
        distances=distances,
        neighbours=neighbours,
        checks=checks.checks,
        notes=(*notes, *((OWN_PATIENT,) if any(one.similarity > SAME for one in neighbours) else ())),
    )


def _distances(
    source: Source,
    raw: Inputs,
    bags: tuple[Bag, ...],
    expression: CaseExpression | None,
    checks: Checklist,
    fused: Ensemble | None,
) -> tuple[tuple[Distance, ...], tuple[Neighbour, ...]]:
    found: list[Distance | None] = []
    near: tuple[Neighbour, ...] = ()
    if expression is not None:
        found.append(modality_distance(source, checks, modality="genes", values=expression.values[0]))
    if bags:
        found.append(modality_distance(source, checks, modality="image", values=tissue_of(bags)))
    if bags and expression is not None:
        together, near = fused_distance(source, checks, fused, raw)
        found.append(together)
    return tuple(one for one in found if one is not None), near


def _able(record: RunRecord, *, has_image: bool, has_genes: bool) -> list[ModelName]:
    names = cast(tuple[ModelName, ...], record.models)
    able: list[ModelName] = [
        name for name in names if answerable(name, record, has_image=has_image, has_genes=has_genes)
    ]
    if not able:
        given = "a slide" if has_image else "expression"
        raise InputError(
            f"no model of run {record.name} ({', '.join(names)}) can answer with {given} alone; "
            "give the other modality too, or choose a run that trained fused"
        )
    return able


def _answer(ensemble: Ensemble, raw: Inputs, judge: Judge, record: RunRecord) -> ModelAnswer:
    mode = modes_here(ensemble.model, has_image=raw.has_image, has_genes=raw.has_genes)[0]
    answers = ensemble.answers(raw, mode=mode)
    shares = np.stack([answer.probabilities[0] for answer in answers])
    own = np.mean([answer.uncalibrated[0] for answer in answers], axis=0)
    return ModelAnswer(
        mode=mode,
        probabilities=tuple(map(float, shares.mean(axis=0))),
        uncalibrated=tuple(map(float, own)),
        low=tuple(map(float, shares.min(axis=0))),
        high=tuple(map(float, shares.max(axis=0))),
        decision=judge.decision(ensemble.model, mode, folds=ensemble.folds, shares=shares, classes=record.classes),
    )


def _looked(ensemble: Ensemble, raw: Inputs, mode: Mode, *, tiles_have_places: bool) -> Looked:
    seen = ensemble.seen(raw, mode=mode, tiles_have_places=tiles_have_places)
    if mode == "image":
        seen = tuple(replace(one, explanation=_one_map(one.explanation)) for one in seen)
    return Looked(explanation=averaged(seen), scrutiny=replace(scrutiny_of(seen), patient=""), seen=seen)


def has_map(looked: Looked) -> bool:
    """False where nothing looked at tiles: no slide was given, or the model asks none."""
    return looked.explanation.tile_attention is not None and bool(looked.explanation.tile_attention.any())


def listed(names: Iterable[str]) -> str:
    """`fused, image and genes`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _one_map(explanation: Explanation) -> Explanation:
    """Without genes no gene set asks: the fused model then gives the tissue's own attention once for each of them."""
    if explanation.tile_attention is None:
        return explanation
    return replace(explanation, tile_attention=explanation.tile_attention[:1], tokens=(TISSUE,))
