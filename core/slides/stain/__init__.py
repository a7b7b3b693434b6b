"""A slide's stain: found, brought to one reference, or varied for training.

fits           what a slide's stain is, by numpy
reference      what all stains are brought to
normalisation  tiles of many slides brought there; needs torch, so imported by its own name
jitter         stains varied at random while a network learns from tiles; the same
"""

from core.slides.stain.fits import MacenkoFit, ReinhardFit, StainFit, fit
from core.slides.stain.names import StainName

__all__ = ["MacenkoFit", "ReinhardFit", "StainFit", "StainName", "fit"]
