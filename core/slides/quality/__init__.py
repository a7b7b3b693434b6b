"""What a slide shows where: tissue, glass, and what spoils it.

tissue     stained tissue, and pen marks
folds      tissue lying on itself
surfaces   one of glass, tissue, ink, fold, fat, border for each pixel
sharpness  of tiles
density    haematoxylin and eosin in optical density
record     what is kept of how good a slide is
problems   what is amiss with a slide, in words
drawing    the thumbnail with what was found
"""

from core.slides.quality.drawing import COLOURS, drawn
from core.slides.quality.problems import Problem, StainStrength, no_tile_reason
from core.slides.quality.record import SlideQuality, slide_quality
from core.slides.quality.sharpness import LEAST_SHARPNESS, sharpness
from core.slides.quality.surfaces import Surface, surfaces
from core.slides.quality.tissue import pen_mask, tissue_mask

__all__ = [
    "COLOURS",
    "LEAST_SHARPNESS",
    "Problem",
    "SlideQuality",
    "StainStrength",
    "Surface",
    "drawn",
    "no_tile_reason",
    "pen_mask",
    "sharpness",
    "slide_quality",
    "surfaces",
    "tissue_mask",
]
