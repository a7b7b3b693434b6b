"""Gene branch: expression becomes one token per gene set."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from core.model.batch import masked_softmax


class SetLinear(nn.Module):
    """One linear layer per gene set, all computed in one batched product.

    Sets have different sizes, so each is padded to the largest with a gene that is read but multiplied by zero.
    """

    index: Tensor
    real: Tensor

    def __init__(self, sets: Sequence[Sequence[int]], width: int) -> None:
        super().__init__()
        longest = max(len(members) for members in sets)
        index = torch.zeros(len(sets), longest, dtype=torch.int64)
        real = torch.zeros(len(sets), longest, dtype=torch.bool)
        weight = torch.zeros(len(sets), longest, width)
        for row, members in enumerate(sets):
            index[row, : len(members)] = torch.tensor(list(members))
            real[row, : len(members)] = True
            weight[row, : len(members)] = torch.randn(len(members), width) / len(members) ** 0.5
        self.register_buffer("index", index, persistent=False)
        self.register_buffer("real", real, persistent=False)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(len(sets), width))

    def forward(self, genes: Float[Tensor, "batch genes"]) -> Float[Tensor, "batch sets width"]:
        members = genes[:, self.index] * self.real
        return torch.einsum("bsg,sgw->bsw", members, self.weight) + self.bias


class GeneTokens(nn.Module):
    """A small network per gene set: expression of the set's genes -> one token."""

    def __init__(self, sets: Sequence[Sequence[int]], *, width: int, dropout: float) -> None:
        super().__init__()
        # The leftover token can be ten times larger than a set: kept apart, or padding would cost ten times the work.
        order = sorted(range(len(sets)), key=lambda row: len(sets[row]))
        self.largest = order[-1]
        small = [members for row, members in enumerate(sets) if row != self.largest]
        self.small = SetLinear(small, width) if small else None
        self.large = SetLinear([sets[self.largest]], width)
        self.second = nn.Parameter(torch.randn(len(sets), width, width) / width**0.5)
        self.identity = nn.Parameter(torch.randn(len(sets), width) * 0.02)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, genes: Float[Tensor, "batch genes"]) -> Float[Tensor, "batch sets width"]:
        large = self.large(genes)
        if self.small is None:
            hidden = large
        else:
            small = self.small(genes)
            hidden = torch.cat([small[:, : self.largest], large, small[:, self.largest :]], dim=1)
        hidden = self.dropout(torch.nn.functional.gelu(hidden))
        tokens = torch.einsum("bsw,swv->bsv", hidden, self.second)
        return self.norm(tokens) + self.identity


class TokenPool(nn.Module):
    """Attention-weighted mean of gene tokens."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(
        self, tokens: Float[Tensor, "batch sets width"], has_genes: Bool[Tensor, " batch"]
    ) -> tuple[Float[Tensor, "batch width"], Float[Tensor, "batch sets"]]:
        weights = masked_softmax(self.score(tokens)[..., 0], has_genes[:, None].expand(tokens.shape[:2]))
        return torch.einsum("bs,bsw->bw", weights, tokens), weights
