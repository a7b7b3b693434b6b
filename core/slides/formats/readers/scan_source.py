"""large_image's libtiff source, kept from what opening a slide does not need. Importing it fails without libtiff."""

from typing import Any, Literal

import large_image_source_tiff


class ScanTileSource(large_image_source_tiff.TiffFileTileSource):  # type: ignore[misc]
    """The scan alone, in the colours that are stored. Opens in 2 ms in place of 20."""

    PLAIN: dict[str, Any] = {"icc": False}  # noqa: RUF012
    """ICC off: one colour policy for training and serving."""
    # A style other than this one makes large_image open the file a second time.
    _unstyledStyle = PLAIN  # noqa: N815
    cacheName = "tilesource"  # noqa: N815

    def _initWithTiffTools(self) -> Literal[True]:  # noqa: N802
        # It keeps directories by path: a new file under an old name would be read by those of the old one.
        large_image_source_tiff._cached_read_tiff.cache_clear()  # pyright: ignore[reportPrivateUsage]
        return super()._initWithTiffTools()

    def _addAssociatedImage(self, *_: Any, **__: Any) -> None:  # noqa: N802
        """Images beside the scan are decoded when they are asked for, not to open it."""
