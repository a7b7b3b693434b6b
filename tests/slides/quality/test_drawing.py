"""What was found can be seen on the picture."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis.strategies import integers

from core.slides.quality import COLOURS, Surface, drawn


@settings(max_examples=20)
@given(seed=integers(0, 99))
def test_glass_and_the_inside_of_tissue_stay_as_they_are_and_all_else_is_coloured(seed):
    random = np.random.default_rng(seed)
    thumbnail = random.integers(0, 256, (60, 80, 3)).astype(np.uint8)
    surface_map = np.repeat(np.repeat(random.integers(0, 6, (6, 8)), 10, axis=0), 10, axis=1).astype(np.uint8)
    before = thumbnail.copy()
    picture = drawn(thumbnail, surface_map)
    np.testing.assert_array_equal(thumbnail, before)
    changed = (picture != thumbnail).any(axis=-1)
    assert not changed[surface_map == Surface.GLASS].any()
    for surface in (Surface.INK, Surface.FOLD, Surface.FAT, Surface.BORDER):
        assert (surface_map != surface).all() or changed[surface_map == surface].mean() > 0.99
    inner = changed.reshape(6, 10, 8, 10)[:, 3:7, :, 3:7]
    assert not inner[surface_map.reshape(6, 10, 8, 10)[:, 3:7, :, 3:7] == Surface.TISSUE].any()


def test_tissue_has_a_closed_outline_and_none_along_the_edge_of_the_slide():
    thumbnail = np.full((60, 60, 3), 200, dtype=np.uint8)
    surface_map = np.zeros((60, 60), dtype=np.uint8)
    surface_map[20:40, :30] = Surface.TISSUE
    line = (drawn(thumbnail, surface_map) == COLOURS[Surface.TISSUE]).all(axis=-1)
    assert line[20, :30].all() and line[39, :30].all() and line[20:40, 29].all()
    assert not line[21:39, :29].any() and line.sum() == 30 + 30 + 18


def test_any_two_colours_are_far_apart():
    for one, other in combinations(COLOURS.values(), 2):
        assert np.abs(np.subtract(one, other)).max() > 60
    assert set(COLOURS) == set(Surface) - {Surface.GLASS}
