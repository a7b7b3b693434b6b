"""Tiles of many slides at once, each brought from its own slide's stain to one reference. On the GPU where asked."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, UInt8
from torch import Tensor

from core.slides.stain.fits import TO_CONES, TO_LAB, MacenkoFit, ReinhardFit, StainFit
from core.slides.stain.reference import MACENKO, REINHARD

_GLASS, _TISSUE = 0.05, 0.2
"""Mean optical density: up to the first nothing is changed, from the second on everything, in between a share."""


def normalise(
    tiles: UInt8[np.ndarray, "n size size 3"],
    fits: Sequence[StainFit],
    *,
    device: str,
    target: StainFit | None = None,
) -> UInt8[np.ndarray, "n size size 3"]:
    """Tiles as if their slides had been stained like the reference; white stays white.

    Args:
        tiles: RGB.
        fits: for each tile its slide's stain, all by one method.
        device: "cpu", "cuda" or "cuda:1".
        target: the stain to end with, by the same method; the method's reference where left out.

    Returns:
        Each tile as it would come out alone: it does not depend on the others.
    """
    assert len(tiles) == len(fits), "every tile has a fit"
    if not fits:
        return tiles
    with torch.inference_mode():
        pixels = torch.from_numpy(tiles.copy()).to(device).permute(0, 3, 1, 2).float().clamp_(min=1) / 255
        macenko = [fit for fit in fits if isinstance(fit, MacenkoFit)]
        if macenko:
            assert len(macenko) == len(fits) and not isinstance(target, ReinhardFit), "one method a batch"
            changed = _restained(pixels, macenko, target or MACENKO)
        else:
            reinhard = [fit for fit in fits if isinstance(fit, ReinhardFit)]
            assert not isinstance(target, MacenkoFit), "one method a batch"
            changed = _recoloured(pixels, reinhard, target or REINHARD)
        return (changed * 255).round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def _restained(
    pixels: Float32[Tensor, "n 3 h w"], fits: Sequence[MacenkoFit], target: MacenkoFit
) -> Float32[Tensor, "n 3 h w"]:
    """The amounts of stain are kept, in proportion to the fullest; so is what is neither stain."""
    changes = np.stack([_full(target) @ np.linalg.inv(_full(fit)) for fit in fits])
    # -log and back again: the two signs cancel
    return mixed(pixels.log(), torch.from_numpy(changes)).exp_()


def _full(fit: MacenkoFit) -> Float64[np.ndarray, "3 3"]:
    """Optical density of the fullest pixel of either stain, and as much of what is neither."""
    return directions(fit.stains) * np.append(fit.full, np.sqrt(fit.full.prod()))


def _recoloured(
    pixels: Float32[Tensor, "n 3 h w"], fits: Sequence[ReinhardFit], target: ReinhardFit
) -> Float32[Tensor, "n 3 h w"]:
    """Mean and spread in l-alpha-beta become the target's; glass, which has no stain, is left as it is."""
    back = np.linalg.inv(TO_LAB)
    scales = np.stack([target.std / fit.std for fit in fits])
    shifts = (target.mean - np.stack([fit.mean for fit in fits]) * scales) @ back.T * np.log(10)
    moves = back @ (scales[:, :, None] * TO_LAB)
    cones = mixed(pixels, torch.from_numpy(TO_CONES)[None]).log_()
    moved = mixed(cones, torch.from_numpy(moves)) + torch.from_numpy(shifts).to(cones)[..., None, None]
    coloured = mixed(moved.exp_(), torch.from_numpy(np.linalg.inv(TO_CONES))[None])
    share = ((-pixels.log().mean(dim=1, keepdim=True) - _GLASS) / (_TISSUE - _GLASS)).clamp_(0, 1)
    return pixels + share * (coloured - pixels)


def directions(stains: Float64[np.ndarray, "3 2"]) -> Float64[np.ndarray, "3 3"]:
    """Two stains and, as the third column, the direction that neither of them has a part in."""
    third = np.cross(stains[:, 0], stains[:, 1])
    return np.column_stack([stains, third / np.linalg.norm(third)])


def mixed(planes: Float[Tensor, "n 3 h w"], matrices: Float[Tensor, "#n 3 3"]) -> Float[Tensor, "n 3 h w"]:
    """Each tile's channels times its own matrix, term by term: a product of matrices would round as its batch likes."""
    weights = matrices.to(planes)[..., None, None]
    mix = weights[:, :, 0] * planes[:, 0, None]
    for channel in (1, 2):
        mix = mix.addcmul_(weights[:, :, channel], planes[:, channel, None])
    return mix
