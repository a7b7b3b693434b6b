"""How much haematoxylin and eosin a pixel holds, in optical density (base 10)."""

import numpy as np
from jaxtyping import Float32, UInt8

HAEMATOXYLIN = (0.65, 0.70, 0.29)
EOSIN = (0.07, 0.99, 0.11)
"""How a stain's absorption is shared between red, green and blue; Ruifrok and Johnston, Anal Quant Cytol Histol
2001;23:291."""

White = tuple[float, float, float]
"""What a scanner shows of red, green and blue where nothing absorbs, 0 to 255."""

WHITE: White = (255.0, 255.0, 255.0)


def optical_density(image: UInt8[np.ndarray, "*places 3"], *, white: White = WHITE) -> Float32[np.ndarray, "*places 3"]:
    """Absorption of red, green and blue; 0 where a pixel is as bright as `white` or brighter, at most 2.4."""
    levels = np.arange(256, dtype=np.float32).clip(1)
    tables = [np.log10(np.float32(peak) / levels).clip(0).astype(np.float32) for peak in white]
    return np.stack([table[image[..., channel]] for channel, table in enumerate(tables)], axis=-1)


def stain_density(density: Float32[np.ndarray, "*places 3"]) -> Float32[np.ndarray, "*places 2"]:
    """Haematoxylin and eosin that explain an optical density.

    What neither explains is left in a third direction at right angles to both; slightly below 0 where a pixel has
    another hue.
    """
    stains = np.array([HAEMATOXYLIN, EOSIN, np.cross(HAEMATOXYLIN, EOSIN)])
    unmixing = np.linalg.inv(stains / np.linalg.norm(stains, axis=1, keepdims=True))
    return density @ unmixing[:, :2].astype(np.float32)
