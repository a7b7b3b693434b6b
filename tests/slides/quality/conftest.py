"""Thumbnails at 4 um per pixel that look like sections, and ways to spoil them."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from core.slides.quality.density import EOSIN, HAEMATOXYLIN

GLASS = np.array([243.0, 242.0, 244.0])
STROMA, TUMOUR = (0.06, 0.22), (0.55, 0.18)
"""Haematoxylin and eosin of one layer."""


def stained(densities: np.ndarray) -> np.ndarray:
    """RGB of pixels that hold so much of both stains."""
    return GLASS * 10 ** -(densities @ np.array([HAEMATOXYLIN, EOSIN]))


def section(width: int = 260, height: int = 220, *, seed: int = 0) -> np.ndarray:
    """An oval of stroma with round and elongated nests of dense tumour, uneven as tissue is."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    tissue = ((x / width - 0.5) / 0.42) ** 2 + ((y / height - 0.5) / 0.42) ** 2 < 1
    nests = ndimage.gaussian_filter(random.normal(size=(height, width)), (9, 4)) > 0.045
    nests |= np.hypot(x - width * 0.7, y - height * 0.35) < 0.1 * height
    uneven = ndimage.gaussian_filter(random.normal(size=(height, width)), 3)
    uneven = 1 + 0.12 * uneven / uneven.std() + random.normal(0, 0.1, (height, width))
    densities = np.where(nests[..., None], TUMOUR, STROMA) * (tissue * uneven.clip(0.4))[..., None]
    picture = stained(densities) + random.normal(0, 1, (height, width, 3))
    return picture.clip(0, 255).astype(np.uint8)


def band(shape: tuple[int, ...], *, start: tuple[float, float], end: tuple[float, float], half_px: float) -> np.ndarray:
    """True on a straight band between two places (x, y)."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    along = np.subtract(end, start)
    length = np.hypot(*along)
    forth = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length
    aside = ((x - start[0]) * along[1] - (y - start[1]) * along[0]) / length
    return (forth >= 0) & (forth <= length) & (np.abs(aside) <= half_px)


def folded(thumbnail: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Twice the optical density: light passes the tissue twice."""
    spoiled = thumbnail.astype(float)
    spoiled[where] = 255 * (spoiled[where].clip(1) / 255) ** 2
    return spoiled.round().astype(np.uint8)


def inked(thumbnail: np.ndarray, where: np.ndarray, *, colour: tuple[int, int, int]) -> np.ndarray:
    """A stroke is a filter over what lies beneath."""
    spoiled = thumbnail.astype(float)
    spoiled[where] *= np.array(colour) / 255
    return spoiled.round().astype(np.uint8)


@pytest.fixture
def a_section() -> Callable[..., np.ndarray]:
    return section


@pytest.fixture
def a_band() -> Callable[..., np.ndarray]:
    return band


@pytest.fixture
def fold() -> Callable[..., np.ndarray]:
    return folded


@pytest.fixture
def ink() -> Callable[..., np.ndarray]:
    return inked
