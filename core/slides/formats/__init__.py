"""A slide file, looked at before it is trusted, then read at any place and scale."""

from core.slides.formats.folders import slide_files
from core.slides.formats.probe import Probe, probe
from core.slides.formats.reader import Slide, open_slide

__all__ = ["Probe", "Slide", "open_slide", "probe", "slide_files"]
