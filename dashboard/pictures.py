"""Pictures of slides as pages show them: no larger than they are drawn."""

import io
from functools import cache
from pathlib import Path

import streamlit as st
from PIL import Image

QUALITY = 85


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
