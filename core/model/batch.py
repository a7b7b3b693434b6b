"""What goes into a network and what comes out of it."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Patients padded to the longest bag. Padding changes no output."""

    tiles: Float[Tensor, "batch tiles dim"]
    present: Bool[Tensor, "batch tiles"]
    """False where a tile is padding."""
    genes: Float[Tensor, "batch genes"]
    has_image: Bool[Tensor, " batch"]
    has_genes: Bool[Tensor, " batch"]
    label: Int64[Tensor, " batch"]

    def to(self, device: str) -> "Batch":
        """The same patients on another device."""
        return Batch(
            tiles=self.tiles.to(device, non_blocking=True),
            present=self.present.to(device, non_blocking=True),
            genes=self.genes.to(device, non_blocking=True),
            has_image=self.has_image.to(device, non_blocking=True),
            has_genes=self.has_genes.to(device, non_blocking=True),
            label=self.label.to(device, non_blocking=True),
        )

    def only(self, *, image: bool, genes: bool) -> "Batch":
        """The same patients as if they came without one modality."""
        return replace(self, has_image=self.has_image & image, has_genes=self.has_genes & genes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """Class logits and where the network looked."""

    logits: Float[Tensor, "batch classes"]
    tile_attention: Float[Tensor, "batch tokens tiles"] | None = None
    """Rows sum to 1 over the tiles that are present; zero for a patient without image."""
    token_attention: Float[Tensor, "batch sets"] | None = None
    """Sums to 1 over the gene sets; zero for a patient without genes."""
    parts: tuple[Float[Tensor, "batch classes"], ...] = ()
    """Logits that each have to answer by themselves in training; empty: `logits` alone."""
    terms: tuple[Float[Tensor, "batch classes"], ...] = ()
    """What `logits` is the sum of, when the terms are to be calibrated one by one; empty: `logits` alone."""
    embedding: Float[Tensor, "batch width"] | None = None
    """What genes and tissue say together, before it becomes logits; None where a model has no such place."""


def masked_softmax(scores: Float[Tensor, "*lead keys"], present: Bool[Tensor, "*#lead keys"]) -> Tensor:
    """Softmax over the last axis that gives padding exactly zero, and zeros where nothing is present."""
    weights = torch.softmax(scores.float().masked_fill(~present, torch.finfo(torch.float32).min), dim=-1)
    return (weights * present).to(scores.dtype)
