"""Which genes of the panel make up which token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TOGETHER = "genes in no set"
"""Name of the token that holds the panel's genes that no gene set names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneTokenNames:
    """Gene sets as positions in a panel."""

    names: tuple[str, ...]
    sets: tuple[tuple[int, ...], ...]


def gene_tokens(genes: Sequence[str], gene_sets: Mapping[str, Sequence[str]], *, least: int = 3) -> GeneTokenNames:
    """Sets with at least `least` panel genes, and one last token for the genes in no set: no gene is lost."""
    place = {gene: index for index, gene in enumerate(genes)}
    found = {
        name: tuple(sorted({place[gene] for gene in members if gene in place})) for name, members in gene_sets.items()
    }
    kept = {name: members for name, members in found.items() if len(members) >= least}
    used = {index for members in kept.values() for index in members}
    rest = tuple(index for index in range(len(genes)) if index not in used)
    if rest:
        kept[TOGETHER] = rest
    return GeneTokenNames(names=tuple(kept), sets=tuple(kept.values()))
