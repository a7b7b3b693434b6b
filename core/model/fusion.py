"""Cross-attention between gene tokens and tiles, with residuals.

Gene tokens are the queries over tile keys, so that each gene set has its own attention map over the slide; tiles
then query gene tokens. Without the residual, and with one token as the only key, the layer would be degenerate: a
softmax over one key is 1 whatever the query (see `paper.py`).
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from core.model.batch import masked_softmax


class CrossAttention(nn.Module):
    """Multi-head attention of queries over keys, added to the queries."""

    def __init__(self, width: int, *, heads: int, dropout: float) -> None:
        super().__init__()
        assert width % heads == 0
        self.heads = heads
        self.query_norm = nn.LayerNorm(width)
        self.key_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.mix = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: Float[Tensor, "batch queries width"],
        keys: Float[Tensor, "batch keys width"],
        present: Bool[Tensor, "batch keys"],
    ) -> tuple[Float[Tensor, "batch queries width"], Float[Tensor, "batch queries keys"]]:
        """Queries enriched by what they looked at, and the weights (mean over heads).

        A patient without any key present leaves the queries as they are.
        """
        kept = self.key_norm(keys)
        query = self._split(self.query(self.query_norm(queries)))
        key, value = self._split(self.key(kept)), self._split(self.value(kept))
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        weights = masked_softmax(scores, present[:, None, None, :])
        seen = (weights @ value).transpose(1, 2).flatten(2)
        some = present.any(dim=1)[:, None, None]
        return queries + self.dropout(self.mix(seen)) * some, weights.mean(dim=1)

    def _split(self, tokens: Float[Tensor, "batch tokens width"]) -> Float[Tensor, "batch heads tokens part"]:
        return tokens.unflatten(2, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Module):
    """Position-wise layer with residual."""

    def __init__(self, width: int, *, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )

    def forward(self, tokens: Float[Tensor, "batch tokens width"]) -> Float[Tensor, "batch tokens width"]:
        return tokens + self.layers(tokens)


class Fusion(nn.Module):
    """Gene tokens look at the tiles, then tiles look at the gene tokens."""

    def __init__(self, width: int, *, heads: int, dropout: float) -> None:
        super().__init__()
        self.genes_over_tiles = CrossAttention(width, heads=heads, dropout=dropout)
        self.tiles_over_genes = CrossAttention(width, heads=heads, dropout=dropout)
        self.genes_forward = FeedForward(width, dropout=dropout)
        self.tiles_forward = FeedForward(width, dropout=dropout)

    def forward(
        self,
        tokens: Float[Tensor, "batch sets width"],
        tiles: Float[Tensor, "batch tiles width"],
        present: Bool[Tensor, "batch tiles"],
        has_genes: Bool[Tensor, " batch"],
    ) -> tuple[Tensor, Tensor, Float[Tensor, "batch sets tiles"]]:
        """Enriched gene tokens, enriched tiles, and each gene set's attention over the tiles."""
        seen, weights = self.genes_over_tiles(tokens, tiles, present)
        known = has_genes[:, None].expand(tokens.shape[:2])
        told, _ = self.tiles_over_genes(tiles, tokens, known)
        return self.genes_forward(seen), self.tiles_forward(told), weights * has_genes[:, None, None]
