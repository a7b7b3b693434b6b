"""Tiles taken away and put in."""

import numpy as np
import pytest

from core.explain import by_attention, by_chance, deletion, insertion

TILES = 20


def bags_of(patients: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Bags with one decisive tile each, which holds a one, and attention that is largest there."""
    draw = np.random.default_rng(0)
    bags, attention = [], []
    for place in draw.integers(TILES, size=patients):
        bag, weights = np.zeros((TILES, 2), np.float32), draw.random(TILES)
        bag[place, 0], weights[place] = 1, 2
        bags.append(bag)
        attention.append(weights / weights.sum())
    return bags, attention


def has_decisive(bags: list[np.ndarray]) -> np.ndarray:
    return np.array([0.5 + 0.5 * bag[:, 0].max() for bag in bags])


def test_taking_away_the_decisive_tile_moves_the_answer_more_than_taking_any() -> None:
    bags, attention = bags_of(30)
    chance = by_chance(bags, orders=3, generator=np.random.default_rng(1))
    told = by_attention(attention)
    # by chance the tile is gone with a chance equal to the share; the mean share is 0.27
    assert deletion(has_decisive, bags, told=told, chance=chance).mean() == pytest.approx(0.5 * (1 - 0.27), abs=0.05)
    assert insertion(has_decisive, bags, told=told, chance=chance).mean() == pytest.approx(0.5 * (1 - 0.27), abs=0.05)


def test_attention_on_the_wrong_tiles_does_worse_than_chance() -> None:
    bags, attention = bags_of(30)
    chance = by_chance(bags, orders=3, generator=np.random.default_rng(1))
    told = by_attention([-weights for weights in attention])
    assert deletion(has_decisive, bags, told=told, chance=chance).mean() < 0
    assert insertion(has_decisive, bags, told=told, chance=chance).mean() < 0


def test_where_tiles_do_not_matter_nothing_is_found() -> None:
    bags, attention = bags_of(4)
    chance = by_chance(bags, orders=2, generator=np.random.default_rng(1))
    constant = lambda some: np.full(len(some), 0.7)  # noqa: E731
    for measure in (deletion, insertion):
        np.testing.assert_array_equal(measure(constant, bags, told=by_attention(attention), chance=chance), 0)
