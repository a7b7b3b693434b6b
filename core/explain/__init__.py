"""What a prediction looked at: attention on the slide, what genes contribute, and how far both can be trusted."""

from core.explain.attention import agreement, spread
from core.explain.attributions import integrated_gradients
from core.explain.contributions import contributions
from core.explain.nearest import nearest, similarity
from core.explain.overlay import overlay
from core.explain.removal import by_attention, by_chance, deletion, insertion

__all__ = [
    "agreement",
    "by_attention",
    "by_chance",
    "contributions",
    "deletion",
    "insertion",
    "integrated_gradients",
    "nearest",
    "overlay",
    "similarity",
    "spread",
]
