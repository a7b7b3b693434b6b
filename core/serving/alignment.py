"""Expression from elsewhere, put onto the panel a run was trained on."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from core.errors import InputError

LEAST_COVERAGE = 0.8
"""Share of the panel's genes that a table must have; below it, too much would be filled in."""


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
    place = {gene: column for column, gene in enumerate(genes)}
    found = [(column, place[gene]) for column, gene in enumerate(panel) if gene in place]
    if len(found) < least * len(panel):
        raise InputError(
            f"{what} has {len(found)} of the {len(panel)} genes this run was trained on "
            f"({least:.0%} are needed); check that genes are HGNC symbols and that it is the right table"
        )
    aligned = np.full((len(values), len(panel)), np.nan, np.float32)
    aligned[:, [column for column, _ in found]] = values[:, [source for _, source in found]]
    return aligned


def missing_note(aligned: Float32[np.ndarray, "patients panel"]) -> str:
    """How many genes were filled in, in words; empty when none."""
    missing = int(np.isnan(aligned).all(axis=0).sum())
    if not missing:
        return ""
    return f"{missing} of {aligned.shape[1]} genes are missing and were put at the middle of the training patients"
