"""The stored tiles of an open slide that were decoded lately, or are being decoded ahead of their use."""

from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from jaxtyping import UInt8

from core.slides.formats.source import Source

KEPT_BYTES = 96 << 20
"""Kept decoded: neighbouring regions share stored tiles."""

Place = tuple[int, int, int]
"""Level, column and row of a stored tile."""


class DecodedTiles:
    """Stored tiles by their place, each decoded once while it is among the last that were needed.

    For one thread at a time; the decoding itself may run in several.
    """

    def __init__(self, source: Source, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._source = source
        width, height = source.tile_px
        self._most = max(2, kept_bytes // (width * height * 3))
        self._kept: OrderedDict[Place, UInt8[np.ndarray, "h w 3"] | Future[UInt8[np.ndarray, "h w 3"]]] = OrderedDict()
        self._pool: ThreadPoolExecutor | None = None

    def __getitem__(self, place: Place) -> UInt8[np.ndarray, "h w 3"]:
        """The pixels of a stored tile.

        Raises:
            InputError: its data cannot be decoded.
        """
        kept = self._kept.get(place)
        tile = kept.result() if isinstance(kept, Future) else kept
        if tile is None:
            tile = self._decode(place)
        self._keep(place, tile)
        return tile

    def ahead(self, places: Iterable[Place], *, threads: int) -> None:
        """Begins to decode tiles that will be needed; an error shows when they are."""
        if threads < 2 or not self._source.parallel:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(threads)
        for place in places:
            if place not in self._kept:
                self._keep(place, self._pool.submit(self._decode, place))

    def close(self) -> None:
        """Waits for what is being decoded, then lets go of the file."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._kept.clear()
        self._source.close()

    def _decode(self, place: Place) -> UInt8[np.ndarray, "h w 3"]:
        level, column, row = place
        return self._source.tile(column, row, level=level)

    def _keep(self, place: Place, tile: UInt8[np.ndarray, "h w 3"] | Future[UInt8[np.ndarray, "h w 3"]]) -> None:
        self._kept[place] = tile
        self._kept.move_to_end(place)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
