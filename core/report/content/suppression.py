"""Counts of few patients are not told, nor left to be worked out from the counts beside them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int64

SMALL = 5
HIDDEN = "–"


def suppressed(counts: Sequence[Sequence[int]], *, totals: Sequence[int]) -> list[list[str]]:
    """Cells of a block as text: count and share, "<5" for a small one, a dash for one that would betray a small one.

    Args:
        counts: rows are levels; the last column is the sum of the others.
        totals: of each column, which are told elsewhere.
    """
    cells = np.asarray(counts, dtype=np.int64)
    small = (cells > 0) & (cells < SMALL)
    hidden = _closed(cells, small)
    return [
        [
            f"<{SMALL}" if small[row, column] else HIDDEN if hidden[row, column] else _share(count, totals[column])
            for column, count in enumerate(line.tolist())
        ]
        for row, line in enumerate(cells)
    ]


def _closed(cells: Int64[np.ndarray, "levels columns"], small: Bool[np.ndarray, "levels columns"]) -> np.ndarray:
    """Hidden cells, such that no row and no column has exactly one: the sum of each is known."""
    hidden = small.copy()
    changed = True
    while changed:
        changed = False
        for lines, values in ((hidden, cells), (hidden.T, cells.T)):
            for own, counts in zip(lines, values, strict=True):
                if own.sum() == 1 and len(own) > 1:
                    # zeros last: hiding one would say nothing, for it is known not to be small
                    order = np.lexsort((counts, counts == 0, own))
                    own[order[0]] = True
                    changed = True
    return hidden


def _share(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.0f} %)" if total else f"{count}"
