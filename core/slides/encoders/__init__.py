"""Tiles -> features. Needs torch; knows no slide."""

from core.slides.encoders.resnet import Encoder, load_encoder

__all__ = ["Encoder", "load_encoder"]
