"""Stains varied at random while a network learns from tiles, so that it does not learn the laboratory."""

import torch
from jaxtyping import Shaped
from torch import Tensor

from core.slides.stain.normalisation import directions, mixed
from core.slides.stain.reference import MACENKO


def jittered(
    tiles: Shaped[Tensor, "n 3 h w"], generator: torch.Generator, *, spread: float
) -> Shaped[Tensor, "n 3 h w"]:
    """Tiles with more or less haematoxylin and eosin, each tile by its own draw.

    An amount c of stain becomes a c + b, with a from 1 - spread to 1 + spread and b from -spread to spread, in optical
    density: Tellez et al. 2019 (doi:10.1016/j.media.2019.101544), who call a spread of 0.05 light and 0.2 strong.

    Args:
        tiles: RGB, uint8, or floating from 0 to 1; on any device.
        generator: draws; the same state gives the same changes on every device.
        spread: how far; 0 changes nothing.

    Returns:
        On the same device and of the same kind.
    """
    assert 0 <= spread < 1, "stains do not turn negative"
    whole = not tiles.is_floating_point()
    pixels = tiles.float() / 255 if whole else tiles
    draws = torch.rand(len(tiles), 2, 2, generator=generator, device=generator.device).to(pixels)
    scales, shifts = (draws * 2 - 1).mul_(spread).unbind(dim=2)
    stains = torch.from_numpy(directions(MACENKO.stains)).to(pixels)
    # density + stains (a - 1) (their amounts in it) + stains b
    change = (stains[:, :2] * scales[:, None]) @ torch.linalg.inv(stains)[:2] + torch.eye(3).to(pixels)
    density = mixed(pixels.clamp(min=1 / 255).log().neg_(), change)
    density += (shifts @ stains[:, :2].T)[..., None, None]
    changed = density.neg_().exp_()
    return (changed * 255).round_().clamp_(0, 255).to(tiles.dtype) if whole else changed.clamp_(0, 1)
