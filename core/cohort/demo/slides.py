"""Writes the demo cohort's slides: pyramidal tiled JPEG TIFF with its resolution, as scanners make them."""

from pathlib import Path

import numpy as np
import tifffile
from jaxtyping import Float32, UInt8
from PIL import Image
from scipy import ndimage

from core.cohort.demo.stain import Scanner
from core.cohort.demo.tissue import paint_slide

_TILE_PX = 256
_SMALLEST_LEVEL_PX = 256
_JPEG_QUALITY = 82
_INKS = {"blue": (0.16, 0.24, 0.62), "green": (0.14, 0.47, 0.27), "black": (0.13, 0.13, 0.15)}
"""Share of red, green and blue light that passes a pen stroke."""

Picture = UInt8[np.ndarray, "h w 3"]


def write_slide(path: Path, *, factor: float, scanner: Scanner, tissue_um: float, seed: tuple[int, ...]) -> None:
    """Paint one slide and write it; the same arguments give the same bytes."""
    rng = np.random.default_rng(seed)
    picture = paint_slide(rng, factor=factor, scanner=scanner, tissue_um=tissue_um)
    picture = _soil(rng, picture, scanner.um_per_px)
    if rng.random() < 0.2:
        picture = _draw_pen(rng, picture, scanner.um_per_px)
    write_pyramid(path, picture, um_per_px=scanner.um_per_px)


def write_pyramid(path: Path, picture: Picture, *, um_per_px: float) -> None:
    """Each level halves the one before. Reduced levels are pages of their own: OpenSlide does not look into SubIFDs."""
    per_cm = 1e4 / um_per_px
    with tifffile.TiffWriter(path) as file:
        for step, level in enumerate(_levels(picture)):
            file.write(
                level,
                photometric="rgb",
                tile=(_TILE_PX, _TILE_PX),
                compression="jpeg",
                compressionargs={"level": _JPEG_QUALITY},
                subfiletype=1 if step else 0,
                resolution=(per_cm / 2**step, per_cm / 2**step),
                resolutionunit="CENTIMETER",
                description="Acinus synthetic demo slide; no patient" if not step else None,
                metadata=None,
                software=False,
            )


def _levels(picture: Picture) -> list[UInt8[np.ndarray, "_ _ 3"]]:
    levels = [picture]
    while max(levels[-1].shape) // 2 >= _SMALLEST_LEVEL_PX:
        levels.append(np.asarray(Image.fromarray(levels[-1]).reduce(2)))
    return levels


def _soil(rng: np.random.Generator, picture: Picture, um_per_px: float) -> Picture:
    """Dust and fibres on the glass."""
    soiled = picture.copy()
    for _ in range(rng.integers(2, 9)):
        _blend(
            soiled,
            _speck(rng, um_per_px),
            rng.integers(soiled.shape[:2]),
            ink=rng.uniform(0.25, 0.6) * rng.uniform(0.85, 1.0, size=3),
        )
    return soiled


def _speck(rng: np.random.Generator, um_per_px: float) -> Float32[np.ndarray, "h w"]:
    """How much of a speck's ink covers each pixel: a grain, or a thin curved fibre."""
    side = int(rng.uniform(14, 50) / um_per_px)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    if rng.random() < 0.5:
        radius = 0.25 + 0.1 * ndimage.gaussian_filter(rng.standard_normal((side, side)), side / 12) * side / 6
        depth = radius - np.hypot(x, y)
    else:
        depth = (
            0.03
            - np.abs(y - rng.uniform(-0.5, 0.5) * x**2 - rng.uniform(-0.4, 0.4) * x)
            - 2 * np.maximum(np.abs(x) - 0.8, 0)
        )
    return np.clip(depth * side / 3 + 0.5, 0, 1).astype(np.float32)


def _draw_pen(rng: np.random.Generator, picture: Picture, um_per_px: float) -> Picture:
    """A pathologist's stroke beside the tissue, sometimes over its edge."""
    marked = picture.copy()
    ink = np.array(_INKS[str(rng.choice(list(_INKS)))])
    height, width = picture.shape[:2]
    coarse = _stroke(rng, height=height * um_per_px, width=width * um_per_px)
    cover = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)).clip(0, 1)
    _blend(marked, cover, np.array([0, 0]), ink=ink)
    return marked


def _stroke(rng: np.random.Generator, *, height: float, width: float) -> Float32[np.ndarray, "rows cols"]:
    """Cover of a bent stroke at 4 um per pixel, uneven as felt pens are."""
    y, x = np.mgrid[0:height:4, 0:width:4]
    turn = rng.uniform(0, 2 * np.pi)
    u = (x - width / 2) * np.cos(turn) + (y - height / 2) * np.sin(turn)
    v = (y - height / 2) * np.cos(turn) - (x - width / 2) * np.sin(turn)
    path = rng.uniform(0.37, 0.43) * min(height, width) + 18 * np.sin(v / rng.uniform(60, 110))
    long = rng.uniform(80, 170)
    depth = 17 - np.hypot(u - path, np.maximum(np.abs(v) - long, 0))
    streaks = ndimage.gaussian_filter(rng.standard_normal(depth.shape), (1, 1)) * 0.25
    return (np.clip(depth / 5, 0, 1) * np.clip(0.82 + streaks, 0.5, 1)).astype(np.float32)


def _blend(picture: Picture, cover: Float32[np.ndarray, "rows cols"], corner: np.ndarray, *, ink: np.ndarray) -> None:
    """Let light through `ink` where it covers; what hangs over the border is cut off."""
    top, left = (int(place) for place in corner)
    window = picture[top : top + cover.shape[0], left : left + cover.shape[1]]
    part = cover[: window.shape[0], : window.shape[1], None]
    window[:] = np.rint(window * (1 - part * (1 - ink))).astype(np.uint8)
