"""Slides -> cached bags: every slide once, whatever is killed on the way."""

from core.slides.extraction.extract import TileEncoder, extract_bags, extract_slide

__all__ = ["TileEncoder", "extract_bags", "extract_slide"]
