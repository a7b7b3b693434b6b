"""Readers of slide files, one a module, behind the face of `core.slides.formats.source`."""
