"""NDPI of Hamamatsu scanners: each level one JPEG strip, read in parts only where restart markers cut it."""

from collections.abc import Sequence

from core.errors import InputError
from core.slides.formats.pictures import jpeg_head
from core.slides.formats.tiff import Directory
from core.slides.formats.window import Window

_JPEG = 7


def check_levels(window: Window, directories: Sequence[Directory], *, most_px: int) -> None:
    """Look at the JPEG header of every image of an NDPI.

    Args:
        window: the file.
        directories: its images.
        most_px: pixels that may be decoded in one piece.

    Raises:
        InputError: an image is no JPEG, or is too large to be decoded in one piece and cannot be cut.
    """
    for image in directories:
        if image.compression != _JPEG:
            continue  # maps of the focus; OpenSlide leaves them alone
        head = jpeg_head(window, image.start)
        if not head.restarts and image.width * image.height > most_px:
            raise InputError(
                f"{window.name} holds {image.width} x {image.height} px in one piece, more than {most_px:,}; "
                "export it again with NDP.toolkit or as tiled pyramidal TIFF"
            )
