"""A run frozen into one file that predicts anywhere: written from a finished run, verified whole before it is used."""

from core.serving.bundle.opened import About, Bundle, described, open_bundle
from core.serving.bundle.writing import write_bundle

__all__ = ["About", "Bundle", "described", "open_bundle", "write_bundle"]
