"""Slide file -> tissue -> tiles -> features -> bag; the only room that opens slides.

What needs torch, `core.slides.encoder`, is imported by its own name.
"""

from core.slides.bags import read_bag, read_provenance, read_thumbnail, read_tile, write_bag
from core.slides.probe import Probe, probe
from core.slides.reader import Slide, open_slide
from core.slides.tiling import tile_origins
from core.slides.tissue import pen_mask, tissue_mask

__all__ = [
    "Probe",
    "Slide",
    "open_slide",
    "pen_mask",
    "probe",
    "read_bag",
    "read_provenance",
    "read_thumbnail",
    "read_tile",
    "tile_origins",
    "tissue_mask",
    "write_bag",
]
