"""What stains are brought to. Any one look would do, as long as it is the same for all slides."""

import numpy as np
from jaxtyping import Float64

from core.slides.stain.fits import TO_LAB, MacenkoFit, ReinhardFit, log_cones

_NUCLEUS, _STROMA = (70, 45, 115), (215, 110, 155)
"""Our choice, in sRGB on white glass: the fullest haematoxylin and the fullest eosin. The directions it gives,
(0.56, 0.75, 0.35) and (0.17, 0.85, 0.50), lie within 4 degrees of the medians of five TCGA fields."""


def _macenko() -> MacenkoFit:
    density = -np.log(np.array([_NUCLEUS, _STROMA]).T / 255)
    full = np.linalg.norm(density, axis=0)
    return MacenkoFit(stains=density / full, full=full)


MACENKO = _macenko()


def painted(amounts: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 3"]:
    """Optical density of tissue that holds these shares of the fullest reference stains."""
    return (amounts * MACENKO.full) @ MACENKO.stains.T


def _reinhard() -> ReinhardFit:
    """Colours of mixtures of the reference stains, more pale than dark, so that both methods end with one look."""
    steps = np.linspace(0, 1, 21) ** 2
    lab = log_cones(painted(np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2))) @ TO_LAB.T
    return ReinhardFit(mean=lab.mean(axis=0), std=lab.std(axis=0))


REINHARD = _reinhard()
