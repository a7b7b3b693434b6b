"""What a prediction looked at: attention drawn on the slide, and contributions of gene sets."""

from core.explain.contributions import contributions
from core.explain.overlay import overlay

__all__ = ["contributions", "overlay"]
