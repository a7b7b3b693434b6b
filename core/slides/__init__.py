"""Slide file -> tissue -> tiles -> features -> bag; the only room that opens slides.

formats     a file, looked at before it is trusted, then read at any place and scale
quality     where there is tissue, and what spoils it
tiles       where tiles lie, which are kept, their pixels
encoders    tiles -> features; the only part that needs torch, so imported by its own name
bags        a slide's features on disk
extraction  all slides of a cohort, each once
"""

from core.slides.bags import read_bag, read_provenance, read_thumbnail, read_tile, write_bag
from core.slides.formats import Probe, Slide, open_slide, probe
from core.slides.quality import pen_mask, tissue_mask

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
    "tissue_mask",
    "write_bag",
]
