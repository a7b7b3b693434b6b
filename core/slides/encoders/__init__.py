"""Tiles -> features; knows no slide. torch is imported only when an encoder is loaded."""

from core.slides.encoders.loading import load_encoder
from core.slides.encoders.protocol import TileEncoder

__all__ = ["TileEncoder", "load_encoder"]
