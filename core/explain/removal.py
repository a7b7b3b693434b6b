"""Whether the tiles that attention marks are those the answer rests on: they are taken away, and put in alone.

Deletion and insertion follow Petsiuk, Das, Saenko 2018 (arXiv 1806.07421); both are held against tiles drawn by chance,
since any tile taken away moves an answer a little.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

SHARES = (0.05, 0.1, 0.2, 0.4, 0.6)
"""Shares of the tiles that are taken away, or put in."""
FEWEST_TILES = 8
"""Of fewer tiles, the shares cannot be told apart."""

Bags = Sequence[Float[np.ndarray, "_ dim"]]
Order = Sequence[Int[np.ndarray, " _"]]
"""For each patient its tiles' positions, the first to go first."""
Probability = Callable[[Bags], Float[np.ndarray, " patients"]]
"""Tiles of the same patients -> probability of the class that each was predicted with all tiles."""


def by_attention(attention: Sequence[Float[np.ndarray, " _"]]) -> Order:
    """The most attended tile first."""
    return [np.argsort(-weights, kind="stable") for weights in attention]


def by_chance(bags: Bags, *, orders: int, generator: np.random.Generator) -> list[Order]:
    """Several random orders."""
    return [[generator.permutation(len(bag)) for bag in bags] for _ in range(orders)]


def deletion(
    probability: Probability, bags: Bags, *, told: Order, chance: Sequence[Order]
) -> Float[np.ndarray, " patients"]:
    """Fall of the probability as tiles are taken away in the order told, less the fall by chance; mean over SHARES.

    Positive: the answer rests on the tiles that come first.
    """
    return _mean(
        [
            _by_chance(probability, _without(bags, share), chance) - probability(_without(bags, share)(told))
            for share in SHARES
        ]
    )


def insertion(
    probability: Probability, bags: Bags, *, told: Order, chance: Sequence[Order]
) -> Float[np.ndarray, " patients"]:
    """Probability with only the first tiles of the order told, less that with as many by chance; mean over SHARES."""
    return _mean(
        [
            probability(_only(bags, share)(told)) - _by_chance(probability, _only(bags, share), chance)
            for share in SHARES
        ]
    )


def _by_chance(probability: Probability, changed: Callable[[Order], Bags], chance: Sequence[Order]) -> np.ndarray:
    return _mean([probability(changed(order)) for order in chance])


def _without(bags: Bags, share: float) -> Callable[[Order], Bags]:
    return lambda order: [bag[np.sort(places[_count(bag, share) :])] for bag, places in zip(bags, order, strict=True)]


def _only(bags: Bags, share: float) -> Callable[[Order], Bags]:
    return lambda order: [bag[np.sort(places[: _count(bag, share)])] for bag, places in zip(bags, order, strict=True)]


def _count(bag: Float[np.ndarray, "tiles dim"], share: float) -> int:
    return max(1, round(share * len(bag)))


def _mean(values: Sequence[Float[np.ndarray, " patients"]]) -> Float[np.ndarray, " patients"]:
    return np.mean(values, axis=0)
