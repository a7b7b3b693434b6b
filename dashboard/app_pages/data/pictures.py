"""Pictures of slides as pages show them: no larger than they are drawn."""

import glob
import io
from functools import cache
from pathlib import Path

import streamlit as st
from PIL import Image

from core.slides.extraction.states import SlideState, picture_file, read_state

QUALITY = 85


def of_slide(folder: Path, stem: str, state: SlideState) -> Path:
    """Where the picture of a slide lies: its own, else that of the same slide read under another path.

    Features are known by a slide's content. A slide that is found again elsewhere is not read again, and then it has
    no picture of its own.
    """
    own = picture_file(folder, stem)
    if own.is_file() or not state.bag:
        return own
    for other in sorted(folder.glob(f"{glob.escape(stem.rpartition('-')[0])}-*.jpg")):
        twin = read_state(folder, other.stem)
        if twin is not None and twin.bag == state.bag:
            return other
    return own


def shrunk(file: Path, *, width_px: int) -> bytes | None:
    """A picture at most that wide, as JPEG; None when there is none, or none that can be read."""
    try:
        return _shrunk(file, file.stat().st_mtime_ns, width_px)
    except OSError:
        return None


@cache
def blank() -> bytes:
    """What stands in place of a picture that is not there yet."""
    return _encoded(Image.new("RGBA", (4, 3), (124, 122, 133, 40)), kind="PNG")


@st.cache_data(max_entries=512, show_spinner=False)
def _shrunk(file: Path, time_ns: int, width_px: int) -> bytes:
    """Kept until the file changes."""
    assert time_ns
    with Image.open(file) as picture:
        # lets the decoder skip what is not needed of a large picture
        picture.draft("RGB", (width_px, width_px))
        height = max(1, round(picture.height * width_px / picture.width))
        small = picture.convert("RGB")
        return _encoded(small.resize((width_px, height)) if width_px < small.width else small, kind="JPEG")


def _encoded(picture: Image.Image, *, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, quality=QUALITY)
    return buffer.getvalue()
