"""Every place of a slide is glass, tissue or what spoils either, and what spoils it is found where it was put."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import floats, integers
from scipy import ndimage

from core.slides.quality import Surface, pen_mask, surfaces, tissue_mask

INKS = {"blue": (40, 70, 170), "green": (40, 120, 70), "red": (205, 25, 40), "black": (35, 35, 40)}
UM = 4.0
SPOILERS = [Surface.INK, Surface.FOLD, Surface.BORDER]

some = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


def overlap(found, put):
    """Intersection over union."""
    return (found & put).sum() / (found | put).sum()


@some
@given(seed=integers(0, 99))
def test_nothing_is_found_to_spoil_tissue_with_dense_nests_round_and_elongated(a_section, seed):
    found = surfaces(a_section(seed=seed), um_per_px=UM)
    assert not np.isin(found, SPOILERS).any()
    assert 0.5 < (found == Surface.TISSUE).mean() < 0.6


@some
@given(seed=integers(0, 99), turn=floats(0, np.pi), reach=floats(35, 60), half=floats(5, 9))
def test_tissue_lying_on_itself_is_a_fold_through_stroma_and_nests(a_section, a_band, fold, seed, turn, reach, half):
    thumbnail = a_section(seed=seed)
    x, y = reach * np.cos(turn), reach * np.sin(turn)
    where = a_band(thumbnail.shape, start=(130 - x, 110 - y), end=(130 + x, 110 + y), half_px=half)
    found = surfaces(fold(thumbnail, where), um_per_px=UM) == Surface.FOLD
    assert found[where].mean() > 0.95 and overlap(found, where) > 0.7


@some
@given(seed=integers(0, 99), times=floats(1.0, 1.3))
def test_a_denser_stain_of_the_whole_slide_makes_no_fold(a_section, fold, seed, times):
    thumbnail = (255 * (a_section(seed=seed) / 255) ** times).astype(np.uint8)
    assert not (surfaces(thumbnail, um_per_px=UM) == Surface.FOLD).any()


@pytest.mark.parametrize("colour", INKS)
@pytest.mark.parametrize(("start", "end"), [((8, 40), (220, 150)), ((5, 8), (60, 4)), ((130, 0), (130, 219))])
def test_a_stroke_of_ink_is_ink_on_glass_over_tissue_and_at_the_edge(a_section, a_band, ink, colour, start, end):
    thumbnail = a_section()
    where = a_band(thumbnail.shape, start=start, end=end, half_px=5)
    found = surfaces(ink(thumbnail, where, colour=INKS[colour]), um_per_px=UM)
    assert (found == Surface.INK)[where].mean() > 0.95
    assert overlap(found == Surface.INK, where) > 0.55, "a margin of a few pixels on either side"
    assert not np.isin(found, [Surface.FOLD, Surface.BORDER]).any()


@some
@given(left=integers(0, 60), top=integers(0, 60), black=integers(0, 12), seed=integers(0, 9))
def test_what_was_never_scanned_is_border_and_neither_ink_nor_tissue(a_section, left, top, black, seed):
    thumbnail = a_section(seed=seed)
    clean = surfaces(thumbnail, um_per_px=UM)
    put = np.zeros(clean.shape, dtype=bool)
    put[:, :left] = put[:top] = True
    thumbnail[put] = black
    found = surfaces(thumbnail, um_per_px=UM)
    assert (found[put] == Surface.BORDER).all() and not (found == Surface.INK).any()
    far = ~ndimage.binary_dilation(put, iterations=8) if put.any() else ~put
    assert (found == clean)[far].mean() > 0.98


def test_a_gap_between_scanned_fields_is_border():
    thumbnail = np.full((200, 300, 3), 243, dtype=np.uint8)
    thumbnail[60:120, 100:180] = 0
    found = surfaces(thumbnail, um_per_px=UM)
    assert (found[60:120, 100:180] == Surface.BORDER).all() and (found == Surface.BORDER).mean() < 0.1


def test_a_lumen_within_tissue_is_fat_and_glass_around_it_is_glass(painted):
    thumbnail = painted(300, 300, tissue=(60, 60, 240, 240))
    thumbnail[120:160, 120:160] = (244, 243, 245)
    found = surfaces(thumbnail, um_per_px=UM)
    lumen = np.zeros(found.shape, dtype=bool)
    lumen[120:160, 120:160] = True
    assert overlap(found == Surface.FAT, lumen) > 0.85
    assert (found[:50] == Surface.GLASS).all()


def test_adipose_at_the_margin_of_tissue_is_fat(painted):
    """Walls 1 px thin around white of 12 px, hanging on tissue: cells of 50 um."""
    thumbnail = painted(300, 200, tissue=(20, 20, 120, 180))
    adipose = np.full((130, 131, 3), (244, 243, 245), dtype=np.uint8)
    adipose[::13, :] = adipose[:, ::13] = adipose[-1] = (235, 205, 222)
    thumbnail[30:160, 119:250] = adipose
    found = surfaces(thumbnail, um_per_px=UM)
    assert (found[35:155, 125:245] == Surface.FAT).mean() > 0.95
    assert (found[:, 258:] == Surface.GLASS).all()


def test_glass_that_a_wide_ring_of_tissue_encloses_stays_glass(painted):
    thumbnail = painted(600, 600, tissue=(20, 20, 580, 580))
    thumbnail[60:540, 60:540] = (243, 242, 244)
    assert (surfaces(thumbnail, um_per_px=UM)[70:530, 70:530] == Surface.GLASS).all()


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("side", [1, 2, 7])
def test_a_thumbnail_of_a_few_pixels_has_a_surface_everywhere(level, side):
    found = surfaces(np.full((side, side + 1, 3), level, dtype=np.uint8), um_per_px=UM)
    assert found.shape == (side, side + 1) and (found <= max(Surface)).all()


def test_ink_that_is_known_already_need_not_be_looked_for_again(a_section, a_band, ink):
    thumbnail = a_section()
    spoiled = ink(thumbnail, a_band(thumbnail.shape, start=(8, 40), end=(220, 150), half_px=5), colour=INKS["blue"])
    np.testing.assert_array_equal(tissue_mask(spoiled), tissue_mask(spoiled, ink=pen_mask(spoiled)))
