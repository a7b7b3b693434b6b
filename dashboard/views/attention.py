"""Where a model looked: attention of tiles on a slide, and what gene sets added."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.types import Explanation

MEAN = "mean of all"
"""Choice of map that averages the maps of all gene sets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneSet:
    """What one gene set added to the decision."""

    name: str
    contribution: float | None
    """Drop of the decided class's log-odds when the set is put at the training mean."""
    attention: float | None
    """Its weight among the gene sets; all add up to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gene:
    """What one gene added to the decision."""

    name: str
    attribution: float
    """Integrated gradient of the decided class's log-odds, from the middle of the training patients."""


def maps(explanation: Explanation) -> tuple[str, ...]:
    """The maps to choose from: the mean, then one for each token; only the one there is when there is one."""
    if explanation.tile_attention is None:
        return ()
    return (MEAN, *explanation.tokens) if len(explanation.tokens) > 1 else explanation.tokens


def tile_weights(explanation: Explanation, chosen: str) -> Float[np.ndarray, " tiles"]:
    """Attention of all the patient's tiles in the chosen map, times their number: 1 is an even share."""
    attention = explanation.tile_attention
    assert attention is not None, "only asked when `maps` offers something"
    row = attention.mean(axis=0) if chosen == MEAN else attention[explanation.tokens.index(chosen)]
    return np.asarray(row, dtype=np.float64) * len(row)


def slide_parts(
    weights: Float[np.ndarray, " tiles"], tile_counts: Sequence[int]
) -> tuple[Float[np.ndarray, " tiles"], ...]:
    """The weights of each slide; tiles of all slides follow one another in the order of the slides."""
    assert sum(tile_counts) == len(weights), "one weight a tile"
    return tuple(np.split(weights, np.cumsum(tile_counts)[:-1]))


def top_gene_sets(explanation: Explanation, *, count: int) -> tuple[GeneSet, ...]:
    """The gene sets that moved the decision most, up or down; by attention where contributions are not known."""
    contributions, attention = explanation.contributions, explanation.token_attention
    ranking = contributions if contributions is not None else attention
    if ranking is None:
        return ()
    order = np.argsort(-np.abs(ranking), kind="stable")[:count]
    return tuple(
        GeneSet(
            name=explanation.sets[place],
            contribution=None if contributions is None else float(contributions[place]),
            attention=None if attention is None else float(attention[place]),
        )
        for place in order
    )


def top_genes(explanation: Explanation, genes: Sequence[str], *, count: int) -> tuple[Gene, ...]:
    """The genes that moved the decision most, up or down; `genes` are those of the run, in its order."""
    values = explanation.gene_attributions
    if values is None:
        return ()
    assert len(values) == len(genes), "one attribution a gene of the run"
    order = np.argsort(-np.abs(values), kind="stable")[:count]
    return tuple(Gene(name=genes[place], attribution=float(values[place])) for place in map(int, order))
