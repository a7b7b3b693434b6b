"""A real slide, spoiled here and there: each spoil is found where it was put, and nothing where none was."""

import math

import numpy as np
import pytest
from scipy import ndimage

from core.slides import open_slide
from core.slides.quality import LEAST_SHARPNESS, Surface, sharpness, surfaces
from tests.real_data import VARIABLE, real_data

pytestmark = pytest.mark.real

INKS = {"blue": (40, 70, 170), "green": (40, 120, 70), "red": (205, 25, 40), "black": (35, 35, 40)}
UM = 0.5


@pytest.fixture(scope="module")
def real():
    folder = real_data()
    if folder is None:
        pytest.skip(f"set {VARIABLE} to the folder of the real patients to run this test")
    return folder


@pytest.fixture(scope="module")
def skin(real):
    """Thumbnail at 4 um per pixel: stroma, epidermis, keratin, pigmented basal cells, dyed margins."""
    with open_slide(real / "slides" / "CMU-1-Small-Region.svs") as slide:
        thumbnail = slide.thumbnail(math.ceil(slide.height * slide.um_per_px / 4))
        return thumbnail, slide.height * slide.um_per_px / len(thumbnail)


def tissue_tiles(slide):
    """Every tile of 112 um at 0.5 um per pixel that is mostly stained, and the slide they are cut from."""
    size = {"out_w": round(slide.width * slide.um_per_px / UM), "out_h": round(slide.height * slide.um_per_px / UM)}
    whole = slide.region(x=0, y=0, side_px_w=slide.width, side_px_h=slide.height, **size)
    corners = [(y, x) for y in range(0, len(whole) - 223, 224) for x in range(0, whole.shape[1] - 223, 224)]
    stained = np.ptp(whole, axis=-1) > 25
    return whole, [(y, x) for y, x in corners if stained[y : y + 224, x : x + 224].mean() > 0.5]


def cut(whole, corners):
    return np.stack([whole[y : y + 224, x : x + 224] for y, x in corners])


def test_nothing_spoils_the_real_slide_and_the_real_fields(real, skin):
    found = surfaces(skin[0], um_per_px=skin[1])
    assert np.isin(found, [Surface.INK, Surface.FOLD, Surface.BORDER]).mean() < 0.001
    assert 0.3 < (found == Surface.TISSUE).mean() < 0.45 and 0.01 < (found == Surface.FAT).mean() < 0.05
    for file in sorted((real / "tiles").glob("*.tif")):
        with open_slide(file, um_per_px=0.25) as slide:
            field = surfaces(slide.thumbnail(63), um_per_px=1000 * 0.25 / 63)
        assert (field == Surface.TISSUE).mean() > 0.8
        assert not np.isin(field, [Surface.INK, Surface.FOLD, Surface.BORDER]).any()


@pytest.mark.parametrize(
    ("start", "end", "half_px"),
    [((95, 180), (130, 120), 5), ((70, 330), (180, 260), 7), ((75, 360), (105, 270), 5), ((90, 280), (200, 330), 12)],
    ids=["stroma", "across", "along the epidermis", "wide"],
)
def test_a_fold_painted_on_real_tissue_is_found_there_and_nowhere_else(skin, a_band, fold, start, end, half_px):
    thumbnail, um = skin
    clean = surfaces(thumbnail, um_per_px=um)
    where = a_band(thumbnail.shape, start=start, end=end, half_px=half_px) & (clean == Surface.TISSUE)
    found = surfaces(fold(thumbnail, where), um_per_px=um) == Surface.FOLD
    assert found[where].mean() > 0.85
    assert (found & where).sum() / (found | where).sum() > 0.65


@pytest.mark.parametrize("colour", INKS)
@pytest.mark.parametrize(("start", "end"), [((80, 240), (230, 340)), ((20, 40), (90, 120)), ((20, 330), (270, 200))])
def test_ink_painted_on_the_real_slide_is_found_and_the_tissue_beside_it_kept(skin, a_band, ink, colour, start, end):
    thumbnail, um = skin
    where = a_band(thumbnail.shape, start=start, end=end, half_px=6)
    found = surfaces(ink(thumbnail, where, colour=INKS[colour]), um_per_px=um)
    assert (found == Surface.INK)[where].mean() > 0.95
    assert ((found == Surface.INK) & where).sum() / ((found == Surface.INK) | where).sum() > 0.65
    beside = (surfaces(thumbnail, um_per_px=um) == Surface.TISSUE) & ~ndimage.binary_dilation(where, iterations=5)
    assert (found == Surface.TISSUE)[beside].mean() > 0.98


def test_a_black_border_beside_real_tissue_is_border(skin):
    thumbnail, um = skin[0].copy(), skin[1]
    put = np.zeros(thumbnail.shape[:2], dtype=bool)
    put[:, :30] = put[300:, :80] = put[:40, 200:] = True
    thumbnail[put] = 2
    found = surfaces(thumbnail, um_per_px=um)
    assert (found[put] == Surface.BORDER).all() and ((found == Surface.BORDER) & ~put).mean() < 0.02
    assert not (found == Surface.INK).any()


def test_every_blurred_part_of_the_real_slide_is_caught_and_no_sharp_tile_is_lost(real):
    with open_slide(real / "slides" / "CMU-1-Small-Region.svs") as slide:
        whole, corners = tissue_tiles(slide)
    assert len(corners) > 35
    whole = whole.copy()
    half = len(whole) // 2
    whole[half:] = ndimage.gaussian_filter(whole[half:], (2.0 / UM, 2.0 / UM, 0))
    values = sharpness(cut(whole, corners))
    above, below = (np.array([side(y) for y, _ in corners]) for side in (lambda y: y + 224 < half, lambda y: y > half))
    assert (values[above] >= 5 * LEAST_SHARPNESS).all() and (values[below] < LEAST_SHARPNESS / 3).all()


def test_real_fields_are_sharp_until_they_are_blurred(real):
    for file in sorted((real / "tiles").glob("*.tif")):
        with open_slide(file, um_per_px=0.25) as slide:
            whole, corners = tissue_tiles(slide)
        assert (sharpness(cut(whole, corners)) >= 5 * LEAST_SHARPNESS).all()
        assert (sharpness(cut(ndimage.gaussian_filter(whole, (2.5, 2.5, 0)), corners)) < LEAST_SHARPNESS).all()
