"""Small real slides, written as scanners write them, and an encoder that needs no network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import tifffile

GLASS = (243, 242, 244)
PINK, PURPLE = (226, 150, 190), (110, 70, 150)


@dataclass
class ColourEncoder:
    """Mean and spread of a tile's colours; counts what it was asked."""

    key: str = "colour-1"
    note: str = "mean and spread of colour"
    dim: int = 6
    batch: int = 4
    asked: list[int] = field(default_factory=list)

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        self.asked.append(len(tiles))
        pixels = tiles.reshape(len(tiles), -1, 3).astype(np.float32)
        return np.concatenate([pixels.mean(axis=1), pixels.std(axis=1)], axis=1)


def write_pyramid(
    path: Path,
    picture: np.ndarray,
    *,
    um_per_px: float | None = 0.5,
    levels: int = 3,
    tile: int = 256,
    compression: str | None = "jpeg",
    bigtiff: bool = False,
) -> Path:
    """A tiled TIFF pyramid whose levels halve."""
    resolution = (1e4 / um_per_px,) * 2 if um_per_px else None
    with tifffile.TiffWriter(path, bigtiff=bigtiff) as file:
        for step in range(levels):
            level = picture[: picture.shape[0] >> step << step, : picture.shape[1] >> step << step]
            size = (level.shape[0] >> step, 1 << step, level.shape[1] >> step, 1 << step, 3)
            file.write(
                level.reshape(size).mean(axis=(1, 3)).round().astype(np.uint8),
                photometric="rgb",
                tile=(tile, tile),
                compression=compression,
                compressionargs={"level": 95} if compression == "jpeg" else None,
                subfiletype=1 if step else 0,
                resolution=resolution and tuple(value / 2**step for value in resolution),
                resolutionunit="CENTIMETER" if resolution else None,
                metadata=None,
            )
    return path


def paint(width: int, height: int, *, tissue: tuple[int, int, int, int] | None, seed: int = 0) -> np.ndarray:
    """Glass with a rectangle (left, top, right, bottom) of pink stroma and purple nuclei."""
    random = np.random.default_rng(seed)
    picture = np.full((height, width, 3), GLASS, dtype=np.float32)
    if tissue:
        left, top, right, bottom = tissue
        nuclei = random.random((bottom - top, right - left)) < 0.2
        picture[top:bottom, left:right] = np.where(nuclei[..., None], PURPLE, PINK)
    return (picture + random.normal(0, 2, picture.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture
def pyramid() -> Callable[..., Path]:
    return write_pyramid


@pytest.fixture
def painted() -> Callable[..., np.ndarray]:
    return paint


@pytest.fixture
def encoder() -> ColourEncoder:
    return ColourEncoder()


@pytest.fixture
def slide_file(tmp_path: Path) -> Path:
    """1280 x 1024 px at 0.5 um/px, tissue in the middle."""
    return write_pyramid(tmp_path / "slide.tif", paint(1280, 1024, tissue=(224, 224, 1120, 896)))
