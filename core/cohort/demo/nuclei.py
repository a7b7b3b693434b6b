"""Little pictures of single nuclei: how much haematoxylin each pixel of one holds.

Drawn once per process and resolution, then stamped thousands of times: the whole demo is painted in seconds.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

GRADES = 5
"""Steps of nuclear grade, from small and even (0) to large and pleomorphic (4)."""
ANGLES = 16
"""Directions of spindle nuclei over half a turn."""
_VARIANTS = 36

Sprite = Float32[np.ndarray, "_ _"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Nucleus:
    """How one kind of nucleus looks; lengths in micrometres, haematoxylin as concentration (1 = a usual nucleus)."""

    radius_um: float
    spread: float
    """Standard deviation of the radius, as a share of it."""
    elongation: float
    irregularity: float
    """Amplitude of the outline's bumps, as a share of the radius."""
    stain: float
    rim: float
    """Extra haematoxylin along the membrane."""
    texture: float
    """Contrast of the chromatin."""
    nucleolus: float
    """Chance of each of three nucleoli."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpriteBank:
    """All nuclei of one resolution."""

    epithelial: tuple[tuple[Sprite, ...], ...]
    """By grade."""
    lymphocytes: tuple[Sprite, ...]
    spindles: tuple[tuple[Sprite, ...], ...]
    """By direction: entry k lies at k * 180 / `ANGLES` degrees, turning from +x towards +y."""
    mitoses: tuple[Sprite, ...]


LYMPHOCYTE = Nucleus(
    radius_um=2.7, spread=0.08, elongation=1.1, irregularity=0.04, stain=1.45, rim=0.1, texture=0.35, nucleolus=0.0
)
SPINDLE = Nucleus(
    radius_um=2.9, spread=0.18, elongation=3.6, irregularity=0.08, stain=1.1, rim=0.15, texture=0.25, nucleolus=0.0
)
MITOSIS = Nucleus(
    radius_um=3.4, spread=0.15, elongation=2.0, irregularity=0.28, stain=1.9, rim=0.0, texture=0.2, nucleolus=0.0
)


def epithelial(grade: float) -> Nucleus:
    """Nucleus of a tumour cell; grade 0 (small, even, bland) to 1 (large, irregular, vesicular, with nucleoli)."""
    return Nucleus(
        radius_um=3.2 + 1.9 * grade,
        spread=0.07 + 0.17 * grade,
        elongation=1.2 + 0.15 * grade,
        irregularity=0.03 + 0.09 * grade,
        stain=0.85 + 0.05 * grade,
        rim=0.18 + 0.25 * grade,
        texture=0.22 + 0.28 * grade,
        nucleolus=0.05 + 0.45 * grade,
    )


@lru_cache(maxsize=4)
def sprite_bank(um_per_px: float) -> SpriteBank:
    """The same pictures every time: they do not depend on the cohort's seed."""
    rng = np.random.default_rng(20)
    grades = [epithelial(step / (GRADES - 1)) for step in range(GRADES)]
    return SpriteBank(
        epithelial=tuple(_variants(rng, kind, um_per_px=um_per_px) for kind in grades),
        lymphocytes=_variants(rng, LYMPHOCYTE, um_per_px=um_per_px),
        spindles=tuple(
            tuple(draw_nucleus(rng, SPINDLE, um_per_px=um_per_px, angle=np.pi * step / ANGLES) for _ in range(8))
            for step in range(ANGLES)
        ),
        mitoses=_variants(rng, MITOSIS, um_per_px=um_per_px),
    )


def draw_nucleus(rng: np.random.Generator, kind: Nucleus, *, um_per_px: float, angle: float) -> Sprite:
    """Haematoxylin of one nucleus on an odd square of pixels, zero outside it."""
    radius = kind.radius_um * float(np.clip(1 + kind.spread * rng.standard_normal(), 0.6, 1.8))
    half = int(np.ceil(radius * np.sqrt(kind.elongation) * 1.3 / um_per_px)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1] * um_per_px
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    stretch = np.sqrt(kind.elongation * rng.uniform(0.9, 1.1))
    depth = _outline(rng, kind, np.arctan2(across, along)) * radius - np.hypot(along / stretch, across * stretch)
    inside = np.clip(depth / 0.7 + 0.5, 0, 1)
    stain = kind.stain * rng.uniform(0.82, 1.15) * (1 + kind.texture * _chromatin(rng, x.shape, um_per_px))
    stain = stain + kind.rim * np.exp(-(((depth - 0.4) / 0.5) ** 2)) + _nucleoli(rng, kind, x, y, radius)
    return (inside * np.maximum(stain, 0.2)).astype(np.float32)


def _variants(rng: np.random.Generator, kind: Nucleus, *, um_per_px: float) -> tuple[Sprite, ...]:
    return tuple(draw_nucleus(rng, kind, um_per_px=um_per_px, angle=rng.uniform(0, np.pi)) for _ in range(_VARIANTS))


def _outline(rng: np.random.Generator, kind: Nucleus, turn: np.ndarray) -> np.ndarray:
    """Radius by direction, as a share of the mean radius."""
    bumps = [
        rng.normal(0, kind.irregularity / np.sqrt(k)) * np.cos(k * turn + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4)
    ]
    return 1 + np.sum(bumps, axis=0)


def _chromatin(rng: np.random.Generator, shape: tuple[int, ...], um_per_px: float) -> np.ndarray:
    """Clumps of about a micrometre, zero mean and unit spread."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), 0.45 / um_per_px)
    return (noise - noise.mean()) / noise.std()


def _nucleoli(rng: np.random.Generator, kind: Nucleus, x: np.ndarray, y: np.ndarray, radius: float) -> np.ndarray:
    spots = np.zeros_like(x, dtype=np.float64)
    for _ in range(3):
        if rng.random() < kind.nucleolus:
            cx, cy = rng.normal(0, 0.35 * radius, size=2)
            spots += 0.7 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 0.65**2))
    return spots
