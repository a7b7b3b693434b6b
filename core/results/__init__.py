"""The run folder, which holds what was computed, and the catalogue that pages read."""

from core.results.catalogue import publish
from core.results.places import SlideTiles
from core.results.run_folder import RunFolder, run_names
from core.results.store import Store

__all__ = ["RunFolder", "SlideTiles", "Store", "publish", "run_names"]
