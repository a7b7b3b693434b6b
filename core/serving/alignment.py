"""Expression from elsewhere, put onto the panel a run was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from core.errors import InputError

LEAST_COVERAGE = 0.8
"""Share of the panel's genes that a table must have; below it, too much would be filled in."""
SHOWN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Which genes of a run's panel a table has."""

    panel: int
    missing: tuple[str, ...]
    """In the panel's order."""

    @property
    def found(self) -> int:
        """Genes that the table has."""
        return self.panel - len(self.missing)

    @property
    def words(self) -> str:
        """`480 of 500 genes (96.0 %)`."""
        return f"{self.found:,} of {self.panel:,} genes ({100 * self.found / self.panel:.1f} %)"


def covered(genes: Sequence[str], panel: Sequence[str]) -> Coverage:
    """Which genes of a panel these are."""
    there = set(genes)
    return Coverage(panel=len(panel), missing=tuple(gene for gene in panel if gene not in there))


def require(coverage: Coverage, *, what: str, least: float = LEAST_COVERAGE) -> None:
    """Refuse a table that has too little of the panel.

    Raises:
        InputError: less than `least` of the panel is there.
    """
    if coverage.found < least * coverage.panel:
        first = ", ".join(coverage.missing[:SHOWN])
        raise InputError(
            f"{what} has {coverage.words} of those this run was trained on, and {100 * least:g} % are needed "
            f"(missing: {first}{', ...' if len(coverage.missing) > SHOWN else ''}); check that genes are HGNC symbols "
            "and that it is the right table"
        )


def on_panel(
    values: Float32[np.ndarray, "patients genes"],
    genes: Sequence[str],
    panel: Sequence[str],
    *,
    what: str,
    least: float = LEAST_COVERAGE,
) -> Float32[np.ndarray, "patients panel"]:
    """The panel's genes in their order; a missing gene is NaN, which scaling puts at the training middle.

    Raises:
        InputError: less than `least` of the panel is there.
    """
    require(covered(genes, panel), what=what, least=least)
    place = {gene: column for column, gene in enumerate(genes)}
    aligned = np.full((len(values), len(panel)), np.nan, np.float32)
    for column, gene in enumerate(panel):
        if gene in place:
            aligned[:, column] = values[:, place[gene]]
    return aligned


def missing_note(aligned: Float32[np.ndarray, "patients panel"]) -> str:
    """How many genes were filled in, in words; empty when none."""
    missing = int(np.isnan(aligned).all(axis=0).sum())
    if not missing:
        return ""
    return f"{missing} of {aligned.shape[1]} genes are missing and were put at the middle of the training patients"
