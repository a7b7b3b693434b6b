"""Tissue is what is stained: not glass, not fat, not ink."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import floats, integers

from core.slides import pen_mask, tissue_mask

INKS = {"blue": (40, 70, 170), "green": (40, 120, 70), "red": (205, 25, 40), "black": (35, 35, 40)}

SHARED = [HealthCheck.function_scoped_fixture]  # a fixture that is only read


@settings(max_examples=40, suppress_health_check=SHARED)
@given(left=integers(20, 80), top=integers(20, 80), seed=integers(0, 9))
def test_the_mask_covers_the_tissue_and_little_else(painted, left, top, seed):
    thumbnail = painted(200, 180, tissue=(left, top, left + 90, top + 80), seed=seed)
    mask = tissue_mask(thumbnail)
    truth = np.zeros_like(mask)
    truth[top : top + 80, left : left + 90] = True
    assert (mask & truth).sum() / (mask | truth).sum() > 0.93


@settings(max_examples=30)
@given(red=integers(225, 255), green=integers(225, 255), blue=integers(225, 255), noise=floats(0, 3))
def test_blank_glass_of_any_tint_is_no_tissue(red, green, blue, noise):
    random = np.random.default_rng(0)
    glass = np.array([red, green, blue]) + random.normal(0, noise, (120, 150, 3))
    assert tissue_mask(glass.clip(0, 255).astype(np.uint8)).mean() < 0.01 or max(red, green, blue) > 1.12 * min(
        red, green, blue
    )


def test_a_field_that_is_all_tissue_is_kept_whole(painted):
    assert tissue_mask(painted(120, 120, tissue=(0, 0, 120, 120))).mean() > 0.99


@pytest.mark.parametrize("ink", INKS)
def test_a_pen_mark_is_not_tissue(painted, ink):
    thumbnail = painted(240, 200, tissue=(20, 20, 120, 180))
    thumbnail[30:170, 160:175] = INKS[ink]
    pen, mask = pen_mask(thumbnail), tissue_mask(thumbnail)
    assert pen[30:170, 160:175].all() and not mask[:, 150:185].any()
    assert pen[:, :140].mean() == 0 and mask[30:170, 30:110].mean() > 0.98


def test_fat_is_not_tissue():
    """Cell walls 1 px thin around white lumens of 12 px: adipocytes of 50 um at 4 um per pixel."""
    thumbnail = np.full((180, 180, 3), (244, 243, 245), dtype=np.uint8)
    thumbnail[::13, :] = thumbnail[:, ::13] = (235, 205, 222)
    assert tissue_mask(thumbnail).mean() < 0.05


def test_specks_go_and_small_holes_close(painted):
    thumbnail = painted(300, 300, tissue=(100, 100, 250, 250))
    thumbnail[20:22, 20:22] = (150, 60, 120)
    thumbnail[170:175, 170:175] = (244, 243, 245)
    mask = tissue_mask(thumbnail)
    assert not mask[:80, :80].any() and mask[120:230, 120:230].all()


def test_an_all_ink_slide_has_no_tissue():
    assert not tissue_mask(np.full((90, 90, 3), INKS["black"], dtype=np.uint8)).any()


@pytest.mark.parametrize("ink", ["blue", "green", "black"])
def test_a_pen_mark_is_followed_over_tissue(painted, ink):
    """Ink is a filter: over tissue the stroke is tissue and ink in one."""
    thumbnail = painted(240, 200, tissue=(20, 20, 180, 180)).astype(float)
    thumbnail[90:110, 100:230] *= np.array(INKS[ink]) / 255
    pen = pen_mask(thumbnail.astype(np.uint8))
    assert pen[92:108, 102:228].mean() > 0.97 and pen[:80].mean() == 0
