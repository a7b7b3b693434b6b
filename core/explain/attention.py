"""How attention over tiles is spread, and whether networks that learned from different patients look alike."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata


def spread(attention: Float[np.ndarray, " tiles"]) -> float | None:
    """Entropy as a share of that of even attention: 1 looks everywhere alike, 0 at one tile; None for a single tile."""
    if len(attention) < 2:
        return None
    shares = attention[attention > 0].astype(np.float64)
    shares /= shares.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(attention)))


def agreement(maps: Sequence[Float[np.ndarray, " tiles"]]) -> float | None:
    """Mean Spearman correlation over all pairs of maps of the same tiles.

    A map without any difference ranks nothing and is left out; None when no two maps are left.
    """
    ranked = [_standard(rankdata(one)) for one in maps if len(one) > 1 and np.ptp(one) > 0]
    pairs = [float(one @ other) for one, other in combinations(ranked, 2)]
    return float(np.mean(pairs)) if pairs else None


def _standard(ranks: Float[np.ndarray, " tiles"]) -> Float[np.ndarray, " tiles"]:
    """Centred and of length one, so that a product is a correlation."""
    centred = ranks - ranks.mean()
    return centred / np.sqrt(centred @ centred)
