"""What a prediction looked at: attention on the slide, what genes contribute, and how far both can be trusted.

Integrated gradients are taken from their module: they need torch, which those who only read results do without.
"""

from core.explain.attention import agreement, spread
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
    "nearest",
    "overlay",
    "similarity",
    "spread",
]
