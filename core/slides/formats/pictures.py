"""Sizes of PNG and JPEG pictures, found by following their parts to the end."""

from dataclasses import dataclass

from core.slides.formats.window import Window

_MAX_SEGMENTS = 4096
"""A JPEG has a dozen, with a large colour profile some hundreds."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_RESTART_INTERVAL, _SCAN, _FILL = 0xDD, 0xDA, 0xFF


@dataclass(frozen=True, kw_only=True, slots=True)
class JpegHead:
    """What stands before the pixels of a JPEG."""

    width: int
    height: int
    restarts: bool
    """Whether it is cut by restart markers, so that parts of it can be decoded alone."""


def jpeg_head(window: Window, start: int = 0) -> JpegHead:
    """The header of the JPEG at `start`.

    Raises:
        InputError: its segments leave the file, are too many, or hold no frame.
    """
    offset, size, restarts = start + 2, None, False
    for _ in range(_MAX_SEGMENTS):
        marker = window.take(offset, 4, what="a JPEG segment")
        if marker[0] != _FILL:
            raise window.broken(f"no JPEG segment at byte {offset}")
        if marker[1] in _FRAMES:
            frame = window.take(offset + 5, 4, what="the JPEG frame header")
            size = int.from_bytes(frame[2:], "big"), int.from_bytes(frame[:2], "big")
        if marker[1] == _RESTART_INTERVAL:
            restarts = window.take(offset + 4, 2, what="the JPEG restart interval") != b"\0\0"
        if marker[1] == _SCAN and size is not None:
            return JpegHead(width=size[0], height=size[1], restarts=restarts)
        offset += 2 + int.from_bytes(marker[2:], "big") if marker[1] != _FILL else 1
    raise window.broken(f"more than {_MAX_SEGMENTS} segments before the pixels of a JPEG")


def jpeg_size(window: Window) -> tuple[int, int]:
    """Width and height of a JPEG file that has an end marker."""
    head = jpeg_head(window)
    tail = min(window.size, 4096)
    if b"\xff\xd9" not in window.take(window.size - tail, tail, what="the end of the JPEG"):
        raise window.broken("its end marker is missing")
    return head.width, head.height


def png_size(window: Window) -> tuple[int, int]:
    """Width and height of a PNG file whose chunks lead from IHDR to IEND."""
    header = window.take(16, 8, what="the PNG header")
    offset, name = 8, b""
    while name != b"IEND":
        chunk = window.take(offset, 8, what="a PNG chunk")
        name = chunk[4:]
        offset += 12 + int.from_bytes(chunk[:4], "big")
        if offset > window.size:
            raise window.broken(f"a PNG chunk would end at byte {offset} of {window.size}")
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
