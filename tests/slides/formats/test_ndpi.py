"""Slides of Hamamatsu scanners (.ndpi): classic TIFF, each level one JPEG with restart markers."""

import io
import struct
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from core.errors import InputError
from core.slides import open_slide, probe
from tests.slides.formats.known_places import assert_shows, picture, reduced

WIDTH, HEIGHT = 640, 512
SHORT, LONG, RATIONAL, SLONG, FLOAT = 3, 4, 5, 9, 11
FORMATS = {SHORT: "H", LONG: "I", SLONG: "i", FLOAT: "f"}
TAGS = 17
OVER_4_GB = (1 << 32) + 5000


def jpeg(pixels: np.ndarray, *, restarts: bool = True) -> bytes:
    stream = io.BytesIO()
    blocks = {"restart_marker_rows": 1} if restarts else {}
    PIL.Image.fromarray(pixels).save(stream, "jpeg", quality=95, subsampling="4:2:2", **blocks)
    return stream.getvalue()


def write_ndpi(path: Path, *, restarts: bool = True, start: int = 64, marked: bool = True) -> Path:
    """Three levels and a macro; `start` is where the first byte of data goes, sparse before."""
    scan = picture(WIDTH, HEIGHT)
    images = [(reduced(scan, step), 20.0 / step) for step in (1, 2, 4)]
    images.append((np.full((80, 190, 3), 90, np.uint8), -1.0))
    with path.open("wb") as file:
        file.write(b"II*\0")
        next_at = 4
        place = start
        for pixels, lens in images:
            data = jpeg(pixels, restarts=restarts and lens > 0)
            file.seek(place)
            file.write(data)
            resolution_at = place + len(data)
            per_cm = round(1e4 / 0.46 * max(lens, 1) / 20)
            file.write(struct.pack("<IIII", per_cm, 1, per_cm, 1))
            directory_at = resolution_at + 16
            file.write(_directory(pixels, lens, strip=(place, len(data)), resolution_at=resolution_at, marked=marked))
            after = file.tell()
            file.seek(next_at)
            file.write(struct.pack("<Q", directory_at))  # 64 bits, as Hamamatsu does
            next_at, place = after - 8 - 4 * TAGS, after
    return path


def _directory(pixels: np.ndarray, lens: float, *, strip: tuple[int, int], resolution_at: int, marked: bool) -> bytes:
    """A directory: low halves of values in the tags, the high halves after the place of the next directory."""
    height, width = pixels.shape[:2]
    words = (1 << 32) - 1
    tags = [
        (256, LONG, width), (257, LONG, height), (258, SHORT, 8), (259, SHORT, 7), (262, SHORT, 6),
        (273, LONG, strip[0] & words), (277, SHORT, 3), (278, LONG, height), (279, LONG, strip[1]),
        (282, RATIONAL, resolution_at & words), (283, RATIONAL, resolution_at + 8 & words), (296, SHORT, 3),
        (65420 if marked else 65419, LONG, 1), (65421, FLOAT, lens), (65422, SLONG, 1200), (65423, SLONG, -800),
        (65424, SLONG, 0),
    ]  # fmt: skip
    body = b"".join(
        struct.pack("<HHI", tag, kind, 1) + struct.pack("<" + FORMATS.get(kind, "I"), value).ljust(4, b"\0")
        for tag, kind, value in tags
    )
    high = {273: strip[0] >> 32, 282: resolution_at >> 32, 283: resolution_at + 8 >> 32}
    assert len(tags) == TAGS
    return struct.pack("<H", TAGS) + body + bytes(8) + struct.pack(f"<{TAGS}I", *(high.get(tag[0], 0) for tag in tags))


@pytest.mark.parametrize("start", [64, OVER_4_GB, OVER_4_GB - 9000])
@pytest.mark.parametrize("restarts", [True, False])
def test_an_ndpi_shows_its_pixels_whatever_its_size(tmp_path, restarts, start):
    file = write_ndpi(tmp_path / "a.ndpi", restarts=restarts, start=start)
    with open_slide(file) as slide:
        assert (slide.reader, slide.width, slide.height) == ("openslide", WIDTH, HEIGHT)
        assert slide.levels[:3] == (1.0, 2.0, 4.0)  # and those that OpenSlide reduces from the last
        assert (slide.um_per_px, slide.um_source) == (pytest.approx(0.46, rel=1e-3), "file")
        assert slide.magnification == 20.0
        assert_shows(slide, tolerance=16)
        assert slide.associated == {"macro": (190, 80)}
        assert np.abs(slide.associated_image("macro").astype(int) - 90).max() <= 3


def test_a_classic_tiff_of_over_4_gb_that_is_no_ndpi_is_refused(tmp_path):
    with pytest.raises(InputError, match="classic TIFF of over 4 GB"):
        probe(write_ndpi(tmp_path / "a.tif", start=OVER_4_GB, marked=False))


def test_a_level_too_large_to_decode_at_once_needs_restart_markers(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["core.slides.formats.probe"], "WHOLE_READ_PX", WIDTH * HEIGHT - 1)
    assert probe(write_ndpi(tmp_path / "cut.ndpi")).width == WIDTH
    with pytest.raises(InputError, match="640 x 512 px in one piece"):
        probe(write_ndpi(tmp_path / "whole.ndpi", restarts=False))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_ndpi_is_refused(tmp_path, share):
    whole = write_ndpi(tmp_path / "a.ndpi").read_bytes()
    (tmp_path / "cut.ndpi").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="cut"):
        open_slide(tmp_path / "cut.ndpi")
