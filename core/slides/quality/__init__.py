"""What a slide shows where: tissue, glass, and what spoils it."""

from core.slides.quality.tissue import pen_mask, tissue_mask

__all__ = ["pen_mask", "tissue_mask"]
