"""A look inside a trained model at each test prediction: gradients, attention, removal of tiles, integrated gradients.

What takes many passes looks at no more tiles of a patient than a training step does, drawn evenly: of some thousand
tiles of a slide, a few hundred tell the same at a tenth of the time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from torch import Tensor

from core.explain import agreement, by_attention, by_chance, deletion, insertion, spread
from core.explain.attributions import STEPS, integrated_gradients
from core.explain.removal import FEWEST_TILES, Bags
from core.model import Batch, Output
from core.training.batches import Inputs, batch_of
from core.training.trained import Answer, Trained
from core.types import Fold, Mode, Scrutiny

ORDERS = 3
"""Random orders that removal by attention is held against."""
STREAM = 1002
"""Keeps these draws apart from those of the members and the probes."""
TILES_AT_ONCE = 16_384
"""Tiles that gradients flow through at once: 2,048 features of each are 128 MiB."""
ROWS_AT_ONCE = 1_024
ATTRIBUTED = ("fused", "genes")
"""Models whose genes are explained; the others are controls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What was seen of all test patients, in their order; NaN where a number cannot be had."""

    scrutiny: tuple[Scrutiny, ...]
    gene_attributions: Mapping[str, Float32[np.ndarray, " genes"]]
    """By patient; nobody where the model's genes are not explained."""


def scrutinised(
    trained: Trained,
    test: Inputs,
    answer: Answer,
    *,
    mode: Mode,
    fold: Fold,
    seed: int,
    most: int,
    chosen: Int64[np.ndarray, " patients"] | None = None,
) -> Look:
    """Look at every test prediction in one mode, at no more than `most` tiles of a patient where passes are many.

    What is looked into is the class of the largest probability, unless a class is `chosen` for each patient.
    """
    of = answer.probabilities.argmax(axis=1).astype(np.int64) if chosen is None else chosen
    generator = np.random.default_rng(np.random.SeedSequence((seed, fold.repeat, fold.index, STREAM)))
    thin = thinned(test, most, generator)
    image, genes, agreed = _first_look(trained, test, of, mode)
    deleted, inserted = _removal(trained, thin, of, mode, generator)
    attributions, gap = _attributed(trained, thin, of, mode)
    spreads = [None if maps is None else spread(maps.mean(axis=0)) for maps in answer.tile_attention]
    return Look(
        scrutiny=tuple(
            Scrutiny(
                model=trained.model,
                repeat=fold.repeat,
                fold=fold.index,
                patient=patient,
                image_gradient=None if mode == "genes" else float(image[row]),
                genes_gradient=None if mode == "image" else float(genes[row]),
                tile_entropy=spreads[row],
                agreement=agreed[row],
                deletion=_known(deleted[row]),
                insertion=_known(inserted[row]),
                completeness=_known(gap[row]),
            )
            for row, patient in enumerate(test.patients)
        ),
        gene_attributions=dict(zip(test.patients, attributions, strict=False)),
    )


def thinned(inputs: Inputs, most: int, generator: np.random.Generator) -> Inputs:
    """The same patients with at most `most` tiles each, drawn evenly and left in order."""
    tiles = tuple(
        bag if len(bag) <= most else bag[np.sort(generator.choice(len(bag), most, replace=False))]
        for bag in inputs.tiles
    )
    return replace(inputs, tiles=tiles)


def _first_look(
    trained: Trained, test: Inputs, chosen: np.ndarray, mode: Mode
) -> tuple[Float64[np.ndarray, " patients"], Float64[np.ndarray, " patients"], list[float | None]]:
    """Gradient by image and by genes, and how far the members' attention agrees, from one pass over all tiles."""
    image: list[Tensor] = []
    genes: list[Tensor] = []
    agreed: list[float | None] = []
    for rows in _groups(test, copies=1):
        batch = _batch(trained, test, rows, mode)
        tiles, expression = batch.tiles.requires_grad_(), batch.genes.requires_grad_()
        outputs: list[Output] = [member(batch) for member in trained.members]
        odds = trained.log_odds(outputs, _on(trained, chosen[rows]), mode=mode)
        by_tiles, by_genes = torch.autograd.grad(
            odds.sum(), (tiles, expression), allow_unused=True, materialize_grads=True
        )
        image.append(by_tiles.flatten(1).norm(dim=1))
        genes.append(by_genes.norm(dim=1))
        agreed.extend(_agreements(batch, outputs))
    return _joined(image), _joined(genes), agreed


def _agreements(batch: Batch, outputs: list[Output]) -> list[float | None]:
    maps = [output.tile_attention for output in outputs if output.tile_attention is not None]
    if not maps:
        return [None] * len(batch.label)
    means = torch.stack(maps).detach().float().mean(dim=2).cpu().numpy()
    present = (batch.present & batch.has_image[:, None]).cpu().numpy()
    return [agreement(list(means[:, row, seen])) for row, seen in enumerate(present)]


def _removal(
    trained: Trained, test: Inputs, chosen: np.ndarray, mode: Mode, generator: np.random.Generator
) -> tuple[Float64[np.ndarray, " patients"], Float64[np.ndarray, " patients"]]:
    """Deletion and insertion; NaN without attention, or with too few tiles to take any away."""
    deleted, inserted = np.full((2, len(test.patients)), np.nan)
    rows = [row for row, bag in enumerate(test.tiles) if len(bag) >= FEWEST_TILES]
    if mode == "genes" or not rows:
        return deleted, inserted
    some, place = test.take(rows), np.arange(len(rows))
    attention = [maps.mean(axis=0) for maps in trained.answer(some, mode=mode).tile_attention if maps is not None]
    if len(attention) < len(rows):
        return deleted, inserted

    def probability(bags: Bags) -> np.ndarray:
        shares = np.exp(trained.log_probabilities(replace(some, tiles=tuple(bags)), mode=mode))
        return shares[place, chosen[rows]]

    told, chance = by_attention(attention), by_chance(some.tiles, orders=ORDERS, generator=generator)
    deleted[rows] = deletion(probability, some.tiles, told=told, chance=chance)
    inserted[rows] = insertion(probability, some.tiles, told=told, chance=chance)
    return deleted, inserted


def _attributed(
    trained: Trained, test: Inputs, chosen: np.ndarray, mode: Mode
) -> tuple[list[np.ndarray], Float64[np.ndarray, " patients"]]:
    """Integrated gradients of the genes of each patient and how far they fall short; nothing for other models."""
    if trained.model not in ATTRIBUTED or mode == "image":
        return [], np.full(len(test.patients), np.nan)
    attributions: list[np.ndarray] = []
    gaps: list[Tensor] = []
    for rows in _groups(test, copies=STEPS):
        batch, target = _batch(trained, test, rows, mode), _on(trained, chosen[rows])

        def log_odds(genes: Tensor, whose: Tensor, batch: Batch = batch, target: Tensor = target) -> Tensor:
            repeated = _repeated(batch, genes, whose)
            return trained.log_odds([member(repeated) for member in trained.members], target[whose], mode=mode)

        found, gap = integrated_gradients(log_odds, batch.genes)
        attributions.extend(found.cpu().numpy())
        gaps.append(gap)
    return attributions, _joined(gaps)


def _repeated(batch: Batch, genes: Tensor, whose: Tensor) -> Batch:
    """Patients as often as they are asked for, with other expression."""
    return Batch(
        tiles=batch.tiles[whose],
        present=batch.present[whose],
        genes=genes,
        has_image=batch.has_image[whose],
        has_genes=batch.has_genes[whose],
        label=batch.label[whose],
    )


def _groups(inputs: Inputs, *, copies: int) -> Iterator[list[int]]:
    """Rows of patients, few enough that `copies` of each keep memory within bounds."""
    longest = max(len(bag) for bag in inputs.tiles)
    size = max(1, min(ROWS_AT_ONCE, TILES_AT_ONCE // longest) // copies)
    for start in range(0, len(inputs.patients), size):
        yield list(range(start, min(start + size, len(inputs.patients))))


def _batch(trained: Trained, inputs: Inputs, rows: list[int], mode: Mode) -> Batch:
    batch = batch_of(inputs, rows, sampled=None, most=0)
    return batch.only(image=mode != "genes", genes=mode != "image").to(trained.device)


def _on(trained: Trained, chosen: np.ndarray) -> Tensor:
    return torch.from_numpy(chosen).to(trained.device)


def _joined(parts: list[Tensor]) -> Float64[np.ndarray, " patients"]:
    return torch.cat(parts).double().cpu().numpy()


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
