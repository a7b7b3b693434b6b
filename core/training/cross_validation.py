"""One model on one fold: fit on train, stop and calibrate on validation, answer for test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.config import FitSpec, ModelName
from core.explain import contributions
from core.model import NetworkSpec, Shape, build
from core.training.batches import Inputs
from core.training.calibration import calibrated
from core.training.fit import fit
from core.training.gene_tokens import GeneTokenNames
from core.training.logistic import fit_logistic
from core.training.scaling import QuantileScaler, StandardScaler
from core.training.trained import Answer, Scalers, Trained, settings_of, weights_of
from core.types import Explanation, Fold, FoldResult, Json, Mode, Prediction

NEEDS: dict[ModelName, tuple[bool, bool]] = {
    "fused": (True, True),
    "image": (True, False),
    "genes": (False, True),
    "concat": (True, True),
    "late": (True, True),
    "logistic": (True, True),
    "paper": (True, True),
}
"""Which modalities a model needs: (image, genes)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldInputs:
    """A fold's patients, scaled by what was fitted on its training part; shared by all models."""

    fold: Fold
    scalers: Scalers
    train: Inputs
    validation: Inputs
    test: Inputs


def prepare(raw: Inputs, fold: Fold) -> FoldInputs:
    """Fit the scalers on the training patients and apply them to all."""
    place = {patient: row for row, patient in enumerate(raw.patients)}
    train, validation, test = (
        raw.take([place[patient] for patient in part]) for part in (fold.train, fold.validation, fold.test)
    )
    one_row = all(len(bag) == 1 for bag in raw.tiles)
    scaler = QuantileScaler if one_row else StandardScaler
    scalers = Scalers(
        tiles=scaler.fit(np.concatenate(train.tiles)) if raw.has_image else None,
        genes=QuantileScaler.fit(train.genes) if raw.has_genes else None,
    )
    return FoldInputs(
        fold=fold, scalers=scalers, train=scalers(train), validation=scalers(validation), test=scalers(test)
    )


def train_fold(
    inputs: FoldInputs,
    model: ModelName,
    *,
    classes: int,
    tokens: GeneTokenNames,
    spec: FitSpec,
    seed: int,
    device: str,
    tiles_have_places: bool,
) -> FoldResult:
    """Fit `model` on a prepared fold and answer for its test patients, each with what it looked at."""
    network = NetworkSpec(width=spec.width, heads=spec.heads, dropout=spec.dropout, input_dropout=spec.input_dropout)
    shape = Shape(
        classes=classes,
        genes=inputs.train.genes.shape[1],
        dim=inputs.train.tiles[0].shape[1],
        sets=tokens.sets,
    )
    members, history = _members(inputs, model, shape, network, spec, seed, device)
    fitted = Trained(
        model=model,
        shape=shape,
        spec=network,
        scalers=inputs.scalers,
        members=tuple(members),
        temperature=1.0,
        device=device,
    )
    trained = calibrated(fitted, inputs.validation)
    predictions, explanations = _answers(trained, inputs, tokens, tiles_have_places)
    return FoldResult(
        model=model,
        fold=inputs.fold,
        predictions=predictions,
        weights=weights_of(trained),
        settings=settings_of(trained) | {"tokens": [*tokens.names], "history": history},
        explanations=explanations,
    )


def _members(
    inputs: FoldInputs, model: ModelName, shape: Shape, network: NetworkSpec, spec: FitSpec, seed: int, device: str
) -> tuple[list[nn.Module], Json]:
    if model == "logistic":
        return [fit_logistic(inputs.train, inputs.validation, shape=shape, network=network)], []
    members: list[nn.Module] = []
    history: list[Json] = []
    for index in range(spec.members):
        state = np.random.SeedSequence((seed, inputs.fold.repeat, inputs.fold.index, index)).generate_state(1)
        member_seed = int(state[0])
        with torch.random.fork_rng(devices=[0] if device == "cuda" else []):
            torch.manual_seed(member_seed)
            module = build(model, shape, network).to(device)
            fitted = fit(
                module,
                inputs.train,
                inputs.validation,
                spec,
                seed=member_seed,
                device=device,
                drops_modalities=model == "fused",
            )
        members.append(module.eval())
        history.append({"best_epoch": fitted.best_epoch, "validation_loss": list(fitted.losses)})
    return members, history


def modes_of(model: ModelName, *, has_image: bool, has_genes: bool) -> tuple[Mode, ...]:
    """The modes a model answers in; its main mode first."""
    if model == "fused":
        return ("both", "image", "genes")
    image, genes = NEEDS[model]
    if image and genes and has_image and has_genes:
        return ("both",)
    return ("image",) if image and has_image else ("genes",)


def _answers(
    trained: Trained, inputs: FoldInputs, tokens: GeneTokenNames, tiles_have_places: bool
) -> tuple[tuple[Prediction, ...], dict[str, Explanation]]:
    test = inputs.test
    modes = modes_of(trained.model, has_image=test.has_image, has_genes=test.has_genes)
    answers: dict[Mode, Answer] = {
        mode: trained.answer(test, image=mode != "genes", genes=mode != "image") for mode in modes
    }
    predictions = tuple(
        Prediction(
            model=trained.model,
            repeat=inputs.fold.repeat,
            fold=inputs.fold.index,
            patient=patient,
            label=int(label),
            mode=mode,
            probabilities=tuple(float(share) for share in shares),
        )
        for mode, answer in answers.items()
        for patient, label, shares in zip(test.patients, test.label, answer.probabilities, strict=True)
    )
    return predictions, explained(trained, test, answers[modes[0]], tokens.names, tiles_have_places=tiles_have_places)


def explained(
    trained: Trained, scaled: Inputs, answer: Answer, names: Sequence[str], *, tiles_have_places: bool
) -> dict[str, Explanation]:
    """What each answer looked at; contributions of gene sets for the models that are about gene tokens."""
    moved = None
    if trained.model in ("fused", "genes") and scaled.has_genes:
        moved = contributions(
            lambda genes: trained.logits(scaled.with_genes(genes), size=256).numpy(), scaled.genes, trained.shape.sets
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
