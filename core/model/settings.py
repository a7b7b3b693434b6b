"""Everything needed to build a network again, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Sizes of the inputs and the outputs."""

    classes: int
    genes: int
    """Genes of the panel; 0 when the cohort has no expression."""
    dim: int
    """Features of a tile; 0 when the cohort has no images."""
    sets: tuple[tuple[int, ...], ...]
    """Gene tokens: positions of each set's genes in the panel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSpec:
    """Sizes and regularisation of the networks."""

    width: int = 32
    """Length of a token."""
    heads: int = 4
    """Heads of the cross-attention."""
    dropout: float = 0.3
    """Dropout inside the network."""
    input_dropout: float = 0.3
    """Dropout of single genes and tile features on their way into the networks."""
