"""Paired permutation test of any metric: as if it were luck which of two models gave a patient which answer."""

from collections.abc import Collection

import numpy as np
from jaxtyping import Float64

from core.evaluation.bca import SAME
from core.evaluation.metrics import BY_PROBABILITY, BY_RANK, METRICS, evaluate, missing
from core.evaluation.ranking import midranks
from core.evaluation.values import Scored


def permutation_p(
    one: Scored, other: Scored, *, permutations: int, seed: int, names: Collection[str] = tuple(METRICS)
) -> dict[str, float]:
    """Two-sided p of every metric that can be computed, when the models' answers are exchanged patient by patient.

    (1 + permutations at least as extreme) / (1 + permutations), so never 0. For AUROC and average precision the models
    exchange ranks, so that a test of their ranking does not depend on how they are scaled (Bandos, Rockette & Gur 2005,
    Stat Med 24:2873); for the others, probabilities. Both must hold the same patients in the same order.
    """
    assert one.patients == other.patients, "answers are exchanged patient by patient"
    found = _differences(one, other, permutations=permutations, seed=seed, names=names)
    why = missing(one)
    return {
        name: float((np.abs(values) >= np.abs(values[0]) - SAME).sum() / len(values))
        for name, values in found.items()
        if name not in why
    }


def _differences(
    one: Scored, other: Scored, *, permutations: int, seed: int, names: Collection[str]
) -> dict[str, Float64[np.ndarray, " permutations"]]:
    """Every metric's difference, first as it is, then under each exchange.

    Both models' answers stand as 2n rows under one another; which of them are a model's is a matter of weights 0 and 1.
    """
    exchanged = np.random.default_rng(seed).integers(2, size=(1 + permutations, len(one.patients)), dtype=np.int8)
    exchanged[0] = 0
    weights = np.concatenate([1 - exchanged, exchanged], axis=1).astype(np.float64)
    found: dict[str, Float64[np.ndarray, " permutations"]] = {}
    for rows, kind in ((_stacked(_ranked(one), _ranked(other)), BY_RANK), (_stacked(one, other), BY_PROBABILITY)):
        wanted = [name for name in kind if name in names]
        mine, its = evaluate(rows, weights=weights, names=wanted), evaluate(rows, weights=1 - weights, names=wanted)
        found |= {name: mine[name] - its[name] for name in wanted}
    return found


def _ranked(scored: Scored) -> Scored:
    """The same patients with each class's probabilities turned into midranks between 0 and 1."""
    ranks = np.stack([midranks(column) for column in scored.probabilities.T], axis=1) / (len(scored.patients) + 1)
    return Scored(patients=scored.patients, labels=scored.labels, probabilities=ranks)


def _stacked(one: Scored, other: Scored) -> Scored:
    return Scored(
        patients=(*one.patients, *(f"{patient} again" for patient in other.patients)),
        labels=np.concatenate([one.labels, other.labels]),
        probabilities=np.concatenate([one.probabilities, other.probabilities]),
    )
