"""What covers a slide, as a picture to lay over it."""

import io
import threading
from functools import lru_cache

import numpy as np
import PIL.Image
from jaxtyping import UInt8

from core.errors import InputError
from core.slides import read_provenance, read_thumbnail
from core.slides.quality.drawing import painted
from core.slides.quality.surfaces import surfaces
from dashboard.viewer.readers import FileKey

KEPT = 128
_ONE_AT_A_TIME = threading.Lock()


def has_quality(bag: FileKey) -> bool:
    """Whether the features keep what a mask is told from: a thumbnail, and its resolution."""
    return _looked_at(bag) is not None


def quality_mask(bag: FileKey) -> bytes | None:
    """PNG over the whole slide: tissue outlined, ink, folds, fat and border coloured, all else transparent.

    Told from the thumbnail that lies beside the features, as it was when they were made. None without one.
    """
    with _ONE_AT_A_TIME:  # those who ask for the same at once wait for the first
        return _drawn(bag)


@lru_cache(maxsize=KEPT)
def _drawn(bag: FileKey) -> bytes | None:
    found = _thumbnail(bag)
    if found is None:
        return None
    thumbnail, um_per_px = found
    buffer = io.BytesIO()
    PIL.Image.fromarray(painted(surfaces(thumbnail, um_per_px=um_per_px))).save(buffer, format="PNG")
    return buffer.getvalue()


@lru_cache(maxsize=4096)
def _looked_at(bag: FileKey) -> tuple[int, ...] | None:
    found = _thumbnail(bag)
    return None if found is None else found[0].shape


def _thumbnail(bag: FileKey) -> tuple[UInt8[np.ndarray, "h w 3"], float] | None:
    """The thumbnail and its micrometres per pixel; None in bags of other programs, which have none."""
    try:
        thumbnail, level0_px = read_thumbnail(bag.path)
        stated = read_provenance(bag.path).get("slide_um_per_px")
    except InputError:
        return None
    return (thumbnail, stated * level0_px) if isinstance(stated, float) else None
