"""What the rest of the house asks of an encoder; needs no torch."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8


@runtime_checkable
class TileEncoder(Protocol):
    """What turns tiles into features: our ResNet-50, or a network of someone else in a `ModuleEncoder`."""

    @property
    def key(self) -> str:
        """Equal for equal numbers; names the folder of the bags."""
        ...

    @property
    def note(self) -> str:
        """In words."""
        ...

    @property
    def dim(self) -> int:
        """Features per tile."""
        ...

    @property
    def batch(self) -> int:
        """Tiles it likes to get at once."""
        ...

    def __call__(self, tiles: UInt8[np.ndarray, "n size size 3"]) -> Float32[np.ndarray, "n dim"]: ...
