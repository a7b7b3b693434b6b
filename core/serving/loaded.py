"""A source with its networks and its encoder loaded once, however many cases it then answers for."""

from functools import cached_property
from pathlib import Path

from core.config import ModelName
from core.serving.ensemble import Ensemble
from core.serving.source import Source
from core.slides.encoders import TileEncoder
from core.types import RunRecord


class Loaded:
    """What is read and built on first need is kept.

    Args:
        source: a finished run or a bundle.
        data: folder whose `features` keep what is computed from slides.
        device: cpu or cuda.
    """

    def __init__(self, source: Source, *, data: Path, device: str) -> None:
        self.source = source
        self.data = data
        self.device = device
        self._ensembles: dict[ModelName, Ensemble] = {}

    @property
    def record(self) -> RunRecord:
        """Of the run that answers."""
        return self.source.record

    @cached_property
    def encoder(self) -> TileEncoder:
        """Of the run's slides."""
        return self.source.encoder(device=self.device)

    def ensemble(self, model: ModelName) -> Ensemble:
        """All folds of one model, verified when they are read."""
        if model not in self._ensembles:
            self._ensembles[model] = Ensemble.load(self.source, model, device=self.device)
        return self._ensembles[model]
