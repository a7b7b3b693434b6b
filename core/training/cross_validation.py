"""One model on one fold: a member per inner part, calibrated on what each did not learn from, answering for test."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn

from core.config import FitSpec, ModelName
from core.explain import contributions
from core.model import NetworkSpec, Shape, build
from core.training.answering import held_out_shares, predictions
from core.training.batches import Inputs
from core.training.calibration import Calibration, calibrate
from core.training.embedding import embedded, neighbours
from core.training.fit import fit
from core.training.fitted_on import Learned, fitted_on
from core.training.gene_tokens import GeneTokenNames
from core.training.logistic import fit_logistic
from core.training.probing import probes
from core.training.scaling import QuantileScaler, StandardScaler
from core.training.scrutiny import scrutinised
from core.training.trained import Answer, Scalers, Trained, answered, settings_of, terms_of, weights_of
from core.types import Explanation, Fold, FoldResult, Json, Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldInputs:
    """A fold's patients, scaled by what was fitted on its training patients; shared by all models."""

    fold: Fold
    scalers: Scalers
    train: Inputs
    inner: tuple[tuple[int, ...], ...]
    """Rows of `train` in each inner part."""
    test: Inputs
    learned: tuple[Learned, ...]
    """Whom the scalers were fitted on."""


def prepare(raw: Inputs, fold: Fold) -> FoldInputs:
    """Fit the scalers on the training patients and apply them to all."""
    place = {patient: row for row, patient in enumerate(raw.patients)}
    train, test = (raw.take([place[patient] for patient in part]) for part in (fold.train, fold.test))
    scalers = _scalers(train)
    row = {patient: index for index, patient in enumerate(fold.train)}
    inner = tuple(tuple(row[patient] for patient in part) for part in fold.inner)
    return FoldInputs(
        fold=fold,
        scalers=scalers,
        train=scalers(train),
        inner=inner,
        test=scalers(test),
        learned=tuple(
            Learned(what=what, patients=train.patients)
            for what, scaler in (("tile scaler", scalers.tiles), ("gene scaler", scalers.genes))
            if scaler is not None
        ),
    )


def _scalers(train: Inputs) -> Scalers:
    one_row = all(len(bag) == 1 for bag in train.tiles)
    scaler = QuantileScaler if one_row else StandardScaler
    return Scalers(
        tiles=scaler.fit(np.concatenate(train.tiles)) if train.has_image else None,
        genes=QuantileScaler.fit(train.genes) if train.has_genes else None,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class FitPlan:
    """What is the same for every fit of a run."""

    classes: int
    tokens: GeneTokenNames
    spec: FitSpec
    seed: int
    device: str
    tiles_have_places: bool
    """False for features that came without coordinates: there is no map to keep then."""


def train_fold(inputs: FoldInputs, model: ModelName, plan: FitPlan) -> FoldResult:
    """Fit `model` on a prepared fold, answer for its test patients, and look into each answer."""
    fold = inputs.fold
    trained, held_out, history = _trained(inputs, model, plan)
    answers: dict[Mode, Answer] = {mode: trained.answer(inputs.test, mode=mode) for mode in held_out}
    main = next(iter(answers))
    look = scrutinised(trained, inputs.test, answers[main], mode=main, fold=fold, seed=plan.seed, most=plan.spec.tiles)
    explanations = explained(
        trained, inputs.test, answers[main], plan.tokens.names, mode=main, tiles_have_places=plan.tiles_have_places
    )
    fitted = (*inputs.learned, *_learned(inputs, held_out))
    known = embedded(trained, inputs.train)
    return FoldResult(
        model=model,
        fold=fold,
        predictions=predictions(trained, inputs.test, answers, fold),
        weights=weights_of(trained),
        settings=settings_of(trained)
        | {"tokens": [*plan.tokens.names], "history": history, "fitted": fitted_on(fitted, fold)},
        explanations={
            patient: replace(one, gene_attributions=look.gene_attributions.get(patient))
            for patient, one in explanations.items()
        },
        inner=predictions(trained, inputs.train, held_out_shares(trained, held_out), fold),
        probes=probes(trained, train=inputs.train, test=inputs.test, fold=fold, seed=plan.seed),
        scrutiny=look.scrutiny,
        neighbours=() if known is None else neighbours(trained, inputs.test, fold, known=known),
        embeddings=known,
    )


def _trained(inputs: FoldInputs, model: ModelName, plan: FitPlan) -> tuple[Trained, dict[Mode, np.ndarray], Json]:
    """The model, what its members said of the training patients they did not learn from, and how the fits went."""
    spec, train = plan.spec, inputs.train
    network = NetworkSpec(width=spec.width, heads=spec.heads, dropout=spec.dropout, input_dropout=spec.input_dropout)
    shape = Shape(classes=plan.classes, genes=train.genes.shape[1], dim=train.tiles[0].shape[1], sets=plan.tokens.sets)
    members, history = _members(inputs, model, plan, shape=shape, network=network)
    modes = modes_of(model, has_image=train.has_image, has_genes=train.has_genes)
    held_out: dict[Mode, np.ndarray] = {mode: _held_out(inputs, members, mode, plan.device) for mode in modes}
    calibrations: dict[Mode, Calibration] = {mode: calibrate(terms, train.label) for mode, terms in held_out.items()}
    trained = Trained(
        model=model,
        shape=shape,
        spec=network,
        scalers=inputs.scalers,
        members=tuple(members),
        calibrations=calibrations,
        device=plan.device,
    )
    return trained, held_out, history


def _learned(inputs: FoldInputs, modes: Iterable[Mode]) -> list[Learned]:
    """Whom members and calibrations saw: both are given the scaled training patients and nobody else."""
    patients = inputs.train.patients
    return [
        Learned(what="networks", patients=patients),
        *(Learned(what=f"calibration ({mode})", patients=patients) for mode in modes),
    ]


def _members(
    inputs: FoldInputs, model: ModelName, plan: FitPlan, *, shape: Shape, network: NetworkSpec
) -> tuple[list[nn.Module], Json]:
    """A network per inner part: it learns from the other parts and is stopped on its own."""
    if model == "logistic":
        return fit_logistic(inputs.train, inputs.inner, shape=shape, network=network), []
    members: list[nn.Module] = []
    history: list[Json] = []
    for index, part in enumerate(inputs.inner):
        seed = _member_seed(plan.seed, inputs.fold, index)
        with torch.random.fork_rng(devices=[0] if plan.device == "cuda" else []):
            torch.manual_seed(seed)
            module = build(model, shape, network).to(plan.device)
            fitted = fit(
                module,
                inputs.train.without(part),
                inputs.train.take(part),
                plan.spec,
                seed=seed,
                device=plan.device,
                drops_modalities=model == "fused",
            )
        # later passes ask for gradients by the inputs, never by the weights
        members.append(module.eval().requires_grad_(False))
        history.append({"best_epoch": fitted.best_epoch, "inner_loss": list(fitted.losses)})
    return members, history


def _held_out(inputs: FoldInputs, members: Sequence[nn.Module], mode: Mode, device: str) -> np.ndarray:
    """Terms of every training patient by the member that did not learn from them; float64[patients, terms, classes]."""
    found: dict[int, np.ndarray] = {}
    for member, part in zip(members, inputs.inner, strict=True):
        said = answered([member], inputs.train.take(part), mode=mode, device=device)
        terms = np.concatenate([terms_of(outputs[0]) for _, outputs in said])
        found |= dict(zip(part, terms, strict=True))
    return np.stack([found[row] for row in range(len(inputs.train.patients))])


def _member_seed(seed: int, fold: Fold, member: int) -> int:
    """Independent of what was trained before, so that a resumed run ends with the same numbers."""
    return int(np.random.SeedSequence((seed, fold.repeat, fold.index, member)).generate_state(1)[0])


def modes_of(model: ModelName, *, has_image: bool, has_genes: bool) -> tuple[Mode, ...]:
    """The modes a model answers in; its main mode first."""
    if model == "fused":
        return ("both", "image", "genes")
    if model == "image" or not has_genes:
        return ("image",)
    return ("genes",) if model == "genes" or not has_image else ("both",)


def explained(
    trained: Trained,
    scaled: Inputs,
    answer: Answer,
    names: Sequence[str],
    *,
    mode: Mode,
    tiles_have_places: bool,
    chosen: Int64[np.ndarray, " patients"] | None = None,
) -> dict[str, Explanation]:
    """What each answer looked at; contributions of gene sets for the models that are about gene tokens.

    Contributions are to the class of the largest probability, unless a class is `chosen` for each patient.
    """
    moved = None
    if trained.model in ("fused", "genes") and mode != "image":
        moved = contributions(
            lambda genes: trained.log_probabilities(scaled.with_genes(genes), mode=mode),
            scaled.genes,
            trained.shape.sets,
            chosen=chosen,
        )
    rows = tuple(names) if trained.model == "fused" else ("slide",)
    return {
        patient: Explanation(
            tile_attention=answer.tile_attention[row] if tiles_have_places else None,
            token_attention=answer.token_attention[row],
            contributions=None if moved is None else moved[row],
            tokens=rows,
            sets=tuple(names),
        )
        for row, patient in enumerate(scaled.patients)
    }
