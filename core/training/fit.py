"""Fit one network: padded, masked batches, early stopping on a part kept aside, modality dropout."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.config import FitSpec
from core.model import Batch, Output
from core.training.batches import Inputs, in_order, shuffled


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """How a fit went: the state of the best epoch, and the loss on the part kept aside after every epoch."""

    state: dict[str, Tensor]
    best_epoch: int
    losses: tuple[float, ...]


def autocast(device: str) -> AbstractContextManager[object]:
    """bf16 on CUDA; full precision elsewhere."""
    return torch.autocast("cuda", dtype=torch.bfloat16) if device == "cuda" else nullcontext()


def loss_of(output: Output, label: Tensor) -> Tensor:
    """Cross-entropy of the logits, or summed over the parts that each have to answer by themselves."""
    if output.parts:
        return torch.stack([cross_entropy(part.float(), label) for part in output.parts]).sum()
    return cross_entropy(output.logits.float(), label)


def with_dropped_modalities(batch: Batch, share: float, generator: torch.Generator) -> Batch:
    """Each patient loses the image or the genes with probability `share` each, never both."""
    draw = torch.rand(len(batch.label), generator=generator).to(batch.label.device)
    keep_image, keep_genes = draw >= share, draw < 1 - share
    both = batch.has_image & batch.has_genes
    return Batch(
        tiles=batch.tiles,
        present=batch.present,
        genes=batch.genes,
        has_image=batch.has_image & (keep_image | ~both),
        has_genes=batch.has_genes & (keep_genes | ~both),
        label=batch.label,
    )


def optimiser_of(network: nn.Module, spec: FitSpec) -> torch.optim.Optimizer:
    """AdamW; the linear shortcuts have steps and a decay of their own."""
    deep: list[Tensor] = []
    genes: list[Tensor] = []
    image: list[Tensor] = []
    for name, weight in network.named_parameters():
        (genes if "genes_wide" in name else image if "image_wide" in name else deep).append(weight)
    groups = [
        {"params": deep, "lr": spec.rate, "weight_decay": spec.decay},
        {"params": genes, "lr": spec.genes_wide_rate, "weight_decay": spec.wide_decay},
        {"params": image, "lr": spec.image_wide_rate, "weight_decay": spec.wide_decay},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], fused=True)


def fit(
    network: nn.Module,
    train: Inputs,
    aside: Inputs,
    spec: FitSpec,
    *,
    seed: int,
    device: str,
    drops_modalities: bool,
) -> Fitted:
    """Train until the loss on the part kept aside stops improving for `spec.patience` epochs; keep the best epoch."""
    order = np.random.default_rng(seed)
    drops = torch.Generator().manual_seed(seed)
    optimiser = optimiser_of(network, spec)
    share = spec.modality_dropout if drops_modalities else 0.0
    losses: list[float] = []
    best: dict[str, Tensor] = {}
    for epoch in range(spec.epochs):
        network.train()
        for batch in shuffled(train, size=spec.batch, most=spec.tiles, generator=order):
            _step(network, optimiser, with_dropped_modalities(batch.to(device), share, drops), spec, device)
        losses.append(loss_aside(network, aside, spec, device))
        if losses[-1] <= min(losses):
            best = {name: value.detach().clone() for name, value in network.state_dict().items()}
        if epoch - int(np.argmin(losses)) >= spec.patience:
            break
    network.load_state_dict(best)
    return Fitted(state=best, best_epoch=int(np.argmin(losses)), losses=tuple(losses))


def _step(network: nn.Module, optimiser: torch.optim.Optimizer, batch: Batch, spec: FitSpec, device: str) -> None:
    with autocast(device):
        output: Output = network(batch)
    optimiser.zero_grad(set_to_none=True)
    loss_of(output, batch.label).backward()
    nn.utils.clip_grad_norm_(network.parameters(), spec.clip)
    optimiser.step()


@torch.inference_mode()
def loss_aside(network: nn.Module, inputs: Inputs, spec: FitSpec, device: str) -> float:
    """Mean loss per patient, with every tile and every modality."""
    network.eval()
    total = 0.0
    for batch in in_order(inputs, size=spec.batch):
        moved = batch.to(device)
        with autocast(device):
            total += float(loss_of(network(moved), moved.label)) * len(batch.label)
    return total / len(inputs.patients)
