"""Where a slide's tiles lie, which of them are kept and why, and their pixels."""

from core.slides.tiles.planning import TilePlan, planned

__all__ = ["TilePlan", "planned"]
