"""Tissue branch: tile features -> tile embeddings -> one slide embedding, by gated attention.

Gated attention follows Ilse, Tomczak, Welling 2018 (arXiv 1802.04712), equation 9.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from core.model.batch import masked_softmax


class FeatureDropout(nn.Module):
    """Drops the same features of all tiles of a patient: what one tile hides, no other tells."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, tiles: Float[Tensor, "batch tiles dim"]) -> Float[Tensor, "batch tiles dim"]:
        if not self.training:
            return tiles
        kept = torch.nn.functional.dropout(tiles.new_ones(len(tiles), 1, tiles.shape[2]), self.share)
        return tiles * kept


class TileEmbedding(nn.Module):
    """One layer over each tile's features."""

    def __init__(self, dim: int, *, width: int, dropout: float, input_dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            FeatureDropout(input_dropout), nn.Linear(dim, width), nn.GELU(), nn.Dropout(dropout), nn.LayerNorm(width)
        )

    def forward(self, tiles: Float[Tensor, "batch tiles dim"]) -> Float[Tensor, "batch tiles width"]:
        return self.layers(tiles)


class GatedAttention(nn.Module):
    """Weight of each tile in the slide's mean; one row that sums to 1 over the tiles that are present."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.content = nn.Linear(width, width)
        self.gate = nn.Linear(width, width)
        self.score = nn.Linear(width, 1)

    def forward(
        self, tiles: Float[Tensor, "batch tiles width"], present: Bool[Tensor, "batch tiles"]
    ) -> Float[Tensor, "batch tiles"]:
        gated = torch.tanh(self.content(tiles)) * torch.sigmoid(self.gate(tiles))
        return masked_softmax(self.score(gated)[..., 0], present)


def pooled(weights: Float[Tensor, "batch tiles"], tiles: Float[Tensor, "batch tiles any"]) -> Tensor:
    """Weighted mean over tiles."""
    return torch.einsum("bt,btw->bw", weights, tiles)
