"""Attention drawn on a slide's thumbnail."""

import numpy as np
from jaxtyping import Float, Int32, UInt8

# Dark violet to yellow, even steps in lightness, so that it reads the same for colour-blind eyes and in print.
STOPS = np.array([[40, 15, 84], [112, 31, 110], [186, 54, 85], [237, 105, 37], [251, 180, 26], [252, 253, 164]], float)


def colours(values: Float[np.ndarray, " values"]) -> UInt8[np.ndarray, "values 3"]:
    """Colour of each value in [0, 1], from dark violet (0) to pale yellow (1)."""
    places = np.linspace(0, 1, len(STOPS))
    return np.stack([np.interp(values, places, STOPS[:, channel]) for channel in range(3)], axis=1).astype(np.uint8)


def percentile_scale(attention: Float[np.ndarray, " tiles"]) -> Float[np.ndarray, " tiles"]:
    """Rank of each tile among the slide's tiles, from 0 to 1; equal weights get equal ranks, all equal gives 0.5."""
    if len(attention) == 1 or np.ptp(attention) == 0:
        return np.full(len(attention), 0.5)
    ordered = np.sort(attention)
    low = np.searchsorted(ordered, attention, side="left")
    high = np.searchsorted(ordered, attention, side="right") - 1
    return (low + high) / 2 / (len(attention) - 1)


def overlay(
    thumbnail: UInt8[np.ndarray, "height width 3"],
    *,
    origins: Int32[np.ndarray, "tiles 2"],
    side_px: float,
    downsample: float,
    attention: Float[np.ndarray, " tiles"],
    opacity: float = 0.5,
) -> UInt8[np.ndarray, "height width 3"]:
    """The thumbnail with each tile tinted by the rank of its attention.

    Args:
        thumbnail: the whole slide, small.
        origins: top-left corners of the tiles, level-0 pixels.
        side_px: tile side, level-0 pixels.
        downsample: level-0 pixels per thumbnail pixel.
        attention: one weight per tile.
        opacity: 0 shows the tissue alone, 1 the colours alone.
    """
    drawn = thumbnail.astype(float)
    corners = np.round(origins / downsample).astype(int)
    ends = np.round((origins + side_px) / downsample).astype(int)
    for (left, top), (right, bottom), colour in zip(corners, ends, colours(percentile_scale(attention)), strict=True):
        drawn[top:bottom, left:right] = (1 - opacity) * drawn[top:bottom, left:right] + opacity * colour
    return drawn.astype(np.uint8)
