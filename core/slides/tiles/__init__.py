"""Where a slide's tiles lie, which of them are kept, and their pixels."""

from core.slides.tiles.grid import tile_origins

__all__ = ["tile_origins"]
