"""How each site of the demo cohort stains and scans: from amounts of dye to colours, by Beer and Lambert's law."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

STRONGEST = 2.6
"""Largest concentration that is told apart; a usual nucleus holds about 1 of haematoxylin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scanner:
    """One site's laboratory. Dyes are optical densities of red, green and blue per unit of concentration."""

    um_per_px: float
    haematoxylin: tuple[float, float, float]
    eosin: tuple[float, float, float]
    glass: tuple[float, float, float]
    """Grey value of empty glass."""


SCANNERS = (
    Scanner(um_per_px=0.5, haematoxylin=(0.95, 0.98, 0.44), eosin=(0.11, 0.72, 0.34), glass=(244.0, 243.0, 245.0)),
    Scanner(um_per_px=0.5, haematoxylin=(1.02, 0.92, 0.40), eosin=(0.13, 0.66, 0.25), glass=(241.0, 240.0, 244.0)),
    Scanner(um_per_px=0.5, haematoxylin=(0.88, 1.00, 0.48), eosin=(0.16, 0.76, 0.42), glass=(247.0, 246.0, 246.0)),
    Scanner(um_per_px=0.5, haematoxylin=(0.98, 1.02, 0.38), eosin=(0.09, 0.60, 0.28), glass=(238.0, 240.0, 242.0)),
    Scanner(um_per_px=0.5, haematoxylin=(0.92, 0.94, 0.36), eosin=(0.12, 0.78, 0.36), glass=(246.0, 244.0, 242.0)),
    Scanner(um_per_px=0.4, haematoxylin=(1.05, 0.98, 0.50), eosin=(0.15, 0.70, 0.22), glass=(243.0, 244.0, 247.0)),
    Scanner(um_per_px=0.25, haematoxylin=(0.90, 0.96, 0.34), eosin=(0.10, 0.64, 0.38), glass=(245.0, 241.0, 243.0)),
)
"""In the order of `demo_patients.SITES`."""


def colours(
    haematoxylin: Float32[np.ndarray, "h w"], eosin: Float32[np.ndarray, "h w"], scanner: Scanner
) -> UInt8[np.ndarray, "h w 3"]:
    """Colours of two stacked dyes. Looked up, not computed, per pixel: 256 steps of each dye are finer than 8 bits."""
    table = _lookup(scanner)
    steps = 255 / STRONGEST
    rows = np.clip(haematoxylin * steps, 0, 255).astype(np.uint16)
    columns = np.clip(eosin * steps, 0, 255).astype(np.uint16)
    return table[rows * 256 + columns]


def _lookup(scanner: Scanner) -> UInt8[np.ndarray, "65536 3"]:
    amounts = np.linspace(0, STRONGEST, 256)
    first = amounts[:, None, None] * np.array(scanner.haematoxylin)
    second = amounts[None, :, None] * np.array(scanner.eosin)
    light = np.array(scanner.glass) * np.exp(-(first + second))
    return np.rint(light).astype(np.uint8).reshape(-1, 3)
