"""A picture whose pixels are known, and the check that an open slide shows it where it should."""

import numpy as np

from core.slides.formats import Slide

SIDE = 48
COLOURS = ((200, 30, 40), (30, 160, 60), (40, 60, 190), (20, 20, 20), (230, 200, 40), (150, 60, 170))
PLACES = ((16, 16), (300, 48), (64, 240), (400, 400), (208, 336), (448, 160))
"""Corners that are multiples of 16, so that no 8 x 8 block of a JPEG with halved chroma holds two colours."""


def picture(width: int, height: int) -> np.ndarray:
    """White with squares of one colour each."""
    pixels = np.full((height, width, 3), 255, dtype=np.uint8)
    for (x, y), colour in zip(PLACES, COLOURS, strict=True):
        pixels[y : y + SIDE, x : x + SIDE] = colour
    return pixels


def reduced(pixels: np.ndarray, step: int) -> np.ndarray:
    """The picture, `step` times smaller."""
    height, width = (side // step for side in pixels.shape[:2])
    blocks = pixels[: height * step, : width * step].reshape(height, step, width, step, 3)
    return blocks.mean(axis=(1, 3)).round().astype(np.uint8)


def assert_shows(slide: Slide, *, tolerance: int, reductions: tuple[int, ...] = (1, 2, 4)) -> None:
    """Each square has its colour inside and white beside it, at each scale."""
    for reduction in reductions:
        for (x, y), colour in zip(PLACES, COLOURS, strict=True):
            out = SIDE // reduction
            inside = _at(slide, x, y, out)[2:-2, 2:-2].astype(int)
            assert np.abs(inside - colour).max() <= tolerance, (x, y, reduction)
            beside = _at(slide, x + SIDE + 8, y, out)[2:-2, 2:-2]
            assert beside.min() >= 255 - tolerance, (x, y, reduction)


def _at(slide: Slide, x: int, y: int, out: int) -> np.ndarray:
    return slide.region(x=x, y=y, side_px_w=SIDE, side_px_h=SIDE, out_w=out, out_h=out)
