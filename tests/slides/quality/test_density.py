"""Optical density and the two stains that make it up."""

import numpy as np
from hypothesis import given
from hypothesis.strategies import floats

from core.slides.quality.density import EOSIN, HAEMATOXYLIN, optical_density, stain_density

amounts = floats(0, 0.9)


@given(haematoxylin=amounts, eosin=amounts)
def test_what_was_stained_is_found_again(haematoxylin, eosin):
    unit = [np.array(stain) / np.linalg.norm(stain) for stain in (HAEMATOXYLIN, EOSIN)]
    density = (haematoxylin * unit[0] + eosin * unit[1]).astype(np.float32)[None]
    np.testing.assert_allclose(stain_density(density)[0], [haematoxylin, eosin], atol=1e-5)


@given(haematoxylin=floats(0, 0.6), eosin=floats(0, 0.6), white=floats(200, 255))
def test_density_does_not_depend_on_how_bright_the_lamp_is(haematoxylin, eosin, white):
    wanted = haematoxylin * np.array(HAEMATOXYLIN) + eosin * np.array(EOSIN)
    pixel = np.rint(white * 10**-wanted).astype(np.uint8)[None]
    # half a grey level of 20, the darkest, is 0.011
    np.testing.assert_allclose(optical_density(pixel, white=(white, white, white))[0], wanted, atol=0.02)


def test_what_is_brighter_than_white_absorbs_nothing():
    assert (optical_density(np.full((2, 3), 255, dtype=np.uint8), white=(240.0, 240.0, 240.0)) == 0).all()
    assert np.isfinite(optical_density(np.zeros((2, 3), dtype=np.uint8))).all()
