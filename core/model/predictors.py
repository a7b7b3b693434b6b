"""The models that are compared, each `forward(batch) -> Output`.

Every branch ends in a deep path and a linear shortcut from its scaled inputs. On a few hundred patients a linear
model is hard to beat; with the shortcut (which starts at zero) a network falls back to it rather than below it.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.model.batch import Batch, Output
from core.model.fusion import Fusion
from core.model.genes import GeneTokens, TokenPool
from core.model.settings import NetworkSpec, Shape
from core.model.tissue import GatedAttention, TileEmbedding, pooled


def shortcut(inputs: int, classes: int) -> nn.Linear:
    """A linear layer that starts at zero."""
    layer = nn.Linear(inputs, classes, bias=False)
    nn.init.zeros_(layer.weight)
    return layer


def head(inputs: int, shape: Shape, spec: NetworkSpec) -> nn.Sequential:
    """From an embedding to class logits."""
    return nn.Sequential(nn.LayerNorm(inputs), nn.Dropout(spec.dropout), nn.Linear(inputs, shape.classes))


class ImageOnly(nn.Module):
    """Gated-attention multiple-instance learning over the tiles."""

    def __init__(self, shape: Shape, spec: NetworkSpec) -> None:
        super().__init__()
        self.embed = TileEmbedding(shape.dim, width=spec.width, dropout=spec.dropout, input_dropout=spec.input_dropout)
        self.attend = GatedAttention(spec.width)
        self.deep = head(spec.width, shape, spec)
        self.image_wide = shortcut(shape.dim, shape.classes)
        self.drop = nn.Dropout(spec.input_dropout)

    def forward(self, batch: Batch) -> Output:
        tiles = self.embed(batch.tiles)
        weights = self.attend(tiles, batch.present & batch.has_image[:, None])
        logits = self.deep(pooled(weights, tiles)) + self.image_wide(self.drop(pooled(weights, batch.tiles)))
        return Output(logits=logits, tile_attention=weights[:, None])


class GenesOnly(nn.Module):
    """A token per gene set, pooled by attention."""

    def __init__(self, shape: Shape, spec: NetworkSpec) -> None:
        super().__init__()
        self.drop = nn.Dropout(spec.input_dropout)
        self.tokens = GeneTokens(shape.sets, width=spec.width, dropout=spec.dropout)
        self.pool = TokenPool(spec.width)
        self.deep = head(spec.width, shape, spec)
        self.genes_wide = shortcut(shape.genes, shape.classes)

    def forward(self, batch: Batch) -> Output:
        genes = self.drop(batch.genes)
        embedding, weights = self.pool(self.tokens(genes), batch.has_genes)
        return Output(logits=self.deep(embedding) + self.genes_wide(genes), token_attention=weights)


class Fused(nn.Module):
    """Cross-attention between gene tokens and tiles; one set of weights serves both, image only and genes only.

    The logits are a sum: what the genes say, what the tissue says, and what the two say together through the
    cross-attention. A missing modality leaves its terms out, so nothing has to be imputed for it.
    """

    def __init__(self, shape: Shape, spec: NetworkSpec) -> None:
        super().__init__()
        width = spec.width
        self.drop = nn.Dropout(spec.input_dropout)
        self.tokens = GeneTokens(shape.sets, width=width, dropout=spec.dropout)
        self.embed = TileEmbedding(shape.dim, width=width, dropout=spec.dropout, input_dropout=spec.input_dropout)
        self.fusion = Fusion(width, heads=spec.heads, dropout=spec.dropout)
        self.pool = TokenPool(width)
        self.attend = GatedAttention(width)
        self.genes_wide = shortcut(shape.genes, shape.classes)
        self.image_wide = shortcut(shape.dim, shape.classes)
        self.genes_deep = head(width, shape, spec)
        self.image_deep = head(width, shape, spec)
        self.together = head(2 * width, shape, spec)

    def forward(self, batch: Batch) -> Output:
        genes = self.drop(batch.genes)
        present = batch.present & batch.has_image[:, None]
        tokens, tiles = self.tokens(genes), self.embed(batch.tiles)
        seen, told, tile_attention = self.fusion(tokens, tiles, present, batch.has_genes)
        from_genes, token_attention = self.pool(seen, batch.has_genes)
        weights = self.attend(told, present)
        from_tissue = pooled(weights, told)
        alone_genes, _ = self.pool(tokens, batch.has_genes)
        alone_weights = self.attend(tiles, present)
        image = self.image_deep(pooled(alone_weights, tiles)) + self.image_wide(
            self.drop(pooled(alone_weights, batch.tiles))
        )
        embedding = torch.cat([from_genes, from_tissue], dim=1)
        together = self.together(embedding)
        terms = (
            (self.genes_deep(alone_genes) + self.genes_wide(genes)) * batch.has_genes[:, None],
            image * batch.has_image[:, None],
            together * (batch.has_genes & batch.has_image)[:, None],
        )
        return Output(
            logits=terms[0] + terms[1] + terms[2],
            # without genes there is no gene set to ask: every row is then the tissue's own attention
            tile_attention=torch.where(batch.has_genes[:, None, None], tile_attention, alone_weights[:, None]),
            token_attention=token_attention,
            parts=(terms[0] + terms[1] + terms[2], terms[0], terms[1]),
            terms=terms,
            embedding=embedding,
        )


class Concat(nn.Module):
    """Control: the two embeddings side by side, no cross-attention."""

    def __init__(self, shape: Shape, spec: NetworkSpec) -> None:
        super().__init__()
        self.drop = nn.Dropout(spec.input_dropout)
        self.tokens = GeneTokens(shape.sets, width=spec.width, dropout=spec.dropout)
        self.pool = TokenPool(spec.width)
        self.embed = TileEmbedding(shape.dim, width=spec.width, dropout=spec.dropout, input_dropout=spec.input_dropout)
        self.attend = GatedAttention(spec.width)
        self.deep = head(2 * spec.width, shape, spec)
        self.genes_wide = shortcut(shape.genes, shape.classes)
        self.image_wide = shortcut(shape.dim, shape.classes)

    def forward(self, batch: Batch) -> Output:
        genes = self.drop(batch.genes)
        from_genes, token_attention = self.pool(self.tokens(genes), batch.has_genes)
        tiles = self.embed(batch.tiles)
        weights = self.attend(tiles, batch.present & batch.has_image[:, None])
        deep = self.deep(torch.cat([from_genes, pooled(weights, tiles)], dim=1))
        logits = deep + self.genes_wide(genes) + self.image_wide(self.drop(pooled(weights, batch.tiles)))
        return Output(logits=logits, tile_attention=weights[:, None], token_attention=token_attention)


class Late(nn.Module):
    """Control: the unimodal models, trained each on its own, their probabilities averaged."""

    def __init__(self, shape: Shape, spec: NetworkSpec) -> None:
        super().__init__()
        self.image = ImageOnly(shape, spec)
        self.genes = GenesOnly(shape, spec)

    def forward(self, batch: Batch) -> Output:
        image, genes = self.image(batch), self.genes(batch)
        mean = (image.logits.softmax(dim=1) + genes.logits.softmax(dim=1)) / 2
        return Output(
            logits=mean.clamp_min(1e-12).log(),
            tile_attention=image.tile_attention,
            token_attention=genes.token_attention,
            parts=(image.logits, genes.logits),
        )


class Logistic(nn.Module):
    """Control: logistic regression on the mean tile and the genes; scikit-learn fits it, this serves it."""

    def __init__(self, shape: Shape, _: NetworkSpec) -> None:
        super().__init__()
        self.linear = nn.Linear(shape.genes + shape.dim, shape.classes)

    def forward(self, batch: Batch) -> Output:
        return Output(logits=self.linear(flat(batch)))


def flat(batch: Batch) -> Float[Tensor, "batch inputs"]:
    """Genes and the mean tile of each patient, side by side: what a linear model sees."""
    count = batch.present.sum(dim=1, keepdim=True).clamp_min(1)
    mean = torch.einsum("bt,btd->bd", batch.present.to(batch.tiles.dtype), batch.tiles) / count
    return torch.cat([batch.genes, mean], dim=1)
