"""Slides of 3DHISTECH scanners (.mrxs and the folder of that name)."""

import io
import struct
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from core.errors import InputError
from core.slides import open_slide, probe
from core.slides.formats.folders import slide_files
from tests.slides.formats.known_places import assert_shows, picture, reduced

SIDE, ACROSS, DOWN = 128, 5, 4
SLIDE = "0123456789ABCDEF"
LEVELS = 3
INI = f"""\ufeff[GENERAL]
SLIDE_VERSION = 01.02
SLIDE_ID = {SLIDE}
IMAGENUMBER_X = {ACROSS}
IMAGENUMBER_Y = {DOWN}
OBJECTIVE_MAGNIFICATION = 20
CameraImageDivisionsPerSide = 1

[HIERARCHICAL]
INDEXFILE = Index.dat
HIER_COUNT = 1
HIER_0_NAME = Slide zoom level
HIER_0_COUNT = {LEVELS}
HIER_0_VAL_0_SECTION = LAYER_0
HIER_0_VAL_1_SECTION = LAYER_1
HIER_0_VAL_2_SECTION = LAYER_2
NONHIER_COUNT = 1
NONHIER_0_NAME = Scan data layer
NONHIER_0_COUNT = 1
NONHIER_0_VAL_0 = ScanDataLayer_SlideBarcode
NONHIER_0_VAL_0_SECTION = LABEL

[LABEL]
BARCODE_IMAGE_TYPE = JPEG

[DATAFILE]
FILE_COUNT = 1
FILE_0 = Data0000.dat
"""
LAYER = f"""
[LAYER_%d]
OVERLAP_X = 0.000000
OVERLAP_Y = 0.000000
MICROMETER_PER_PIXEL_X = %f
MICROMETER_PER_PIXEL_Y = %f
IMAGE_FORMAT = JPEG
IMAGE_FILL_COLOR_BGR = 16777215
DIGITIZER_WIDTH = {SIDE}
DIGITIZER_HEIGHT = {SIDE}
IMAGE_CONCAT_FACTOR = %d
"""


def write_mrxs(path: Path) -> Path:
    """Three levels of 128 px images without overlap, and a label."""
    folder = path.with_suffix("")
    folder.mkdir()
    path.write_bytes(b"")
    layers = "".join(LAYER % (level, 0.5 * 2**level, 0.5 * 2**level, min(level, 1)) for level in range(LEVELS))
    (folder / "Slidedat.ini").write_bytes((INI + layers).replace("\n", "\r\n").encode())
    data, levels, label = _data(picture(ACROSS * SIDE, DOWN * SIDE))
    (folder / "Data0000.dat").write_bytes(data)
    (folder / "Index.dat").write_bytes(_index(levels, label))
    return path


def _data(scan: np.ndarray) -> tuple[bytes, list[list[tuple[int, int, int]]], tuple[int, int]]:
    """Bytes of the data file; number, place and length of each image of each level; place and length of the label."""
    data, levels = bytearray(b"\0" * 100), []
    for level in range(LEVELS):
        step, images = 2**level, []
        small = reduced(np.pad(scan, ((0, SIDE * 4), (0, SIDE * 4), (0, 0)), constant_values=255), step)
        for y in range(0, DOWN, step):
            for x in range(0, ACROSS, step):
                top, left = y // step * SIDE, x // step * SIDE
                jpeg = _jpeg(small[top : top + SIDE, left : left + SIDE])
                images.append((y * ACROSS + x, len(data), len(jpeg)))
                data += jpeg
        levels.append(images)
    label = _jpeg(np.full((60, 50, 3), 90, np.uint8))
    return bytes(data + label), levels, (len(data), len(label))


def _jpeg(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    PIL.Image.fromarray(pixels).save(stream, "jpeg", quality=95)
    return stream.getvalue()


def _index(levels: list[list[tuple[int, int, int]]], label: tuple[int, int]) -> bytes:
    head = b"01.02" + SLIDE.encode()
    table = len(head) + 8  # after the places of the two roots: of levels, then of what lies beside
    at = table + 4 * LEVELS
    places, pages = [], b""
    for images in levels:
        places.append(at + len(pages))
        body = b"".join(struct.pack("<4i", number, start, length, 0) for number, start, length in images)
        pages += struct.pack("<4i", 0, places[-1] + 8, len(images), 0) + body
    beside = at + len(pages)
    record = struct.pack("<3i", beside + 4, 0, beside + 12) + struct.pack("<7i", 1, 0, 0, 0, *label, 0)
    return head + struct.pack("<2i", table, beside) + struct.pack(f"<{LEVELS}i", *places) + pages + record


@pytest.fixture
def mrxs(tmp_path):
    return write_mrxs(tmp_path / "P1.mrxs")


def test_a_mirax_slide_shows_its_pixels_and_its_label(mrxs):
    with open_slide(mrxs) as slide:
        assert (slide.reader, slide.width, slide.height) == ("openslide", ACROSS * SIDE, DOWN * SIDE)
        assert slide.levels == (1.0, 2.0, 4.0)
        assert (slide.um_per_px, slide.um_source, slide.magnification) == (0.5, "file", 20.0)
        assert_shows(slide, tolerance=16)
        assert slide.associated == {"label": (50, 60)}
        assert np.abs(slide.associated_image("label").astype(int) - 90).max() <= 3


def test_its_files_are_the_mrxs_and_those_of_the_folder(mrxs):
    names = ["P1.mrxs", "Data0000.dat", "Index.dat", "Slidedat.ini"]
    assert [file.name for file in slide_files(mrxs)] == names


def test_a_missing_folder_is_named(mrxs):
    mrxs.with_suffix("").rename(mrxs.parent / "elsewhere")
    with pytest.raises(InputError, match=r"no folder P1 beside it.*copy the folder P1 to where P1\.mrxs lies"):
        probe(mrxs)


@pytest.mark.parametrize("name", ["../Data0000.dat", "/etc/hostname", "..\\Data0000.dat", "..", "sub/Data0000.dat", ""])
@pytest.mark.parametrize("key", ["FILE_0 = Data0000.dat", "INDEXFILE = Index.dat"])
def test_names_that_leave_the_folder_are_refused(mrxs, key, name):
    ini = mrxs.with_suffix("") / "Slidedat.ini"
    ini.write_text(ini.read_text("utf-8").replace(key, f"{key.split(' = ')[0]} = {name}"), "utf-8")
    with pytest.raises(InputError, match="outside its folder"):
        probe(mrxs)


def test_a_link_out_of_the_folder_is_refused(mrxs):
    data = mrxs.with_suffix("") / "Data0000.dat"
    data.rename(mrxs.parent / "elsewhere.dat")
    data.symlink_to(mrxs.parent / "elsewhere.dat")
    with pytest.raises(InputError, match="outside its folder"):
        probe(mrxs)


@pytest.mark.parametrize("name", ["Data0000.dat", "Index.dat", "Slidedat.ini"])
def test_a_file_that_is_missing_or_cut_short_is_refused(mrxs, name):
    file = mrxs.with_suffix("") / name
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut short or damaged"):
        probe(mrxs)
    file.unlink()
    with pytest.raises(InputError, match=f"{name}.*missing"):
        probe(mrxs)


@pytest.mark.parametrize(
    ("key", "value"),
    [("IMAGENUMBER_X", 10**9), ("HIER_0_COUNT", 10**6), ("FILE_COUNT", 10**8), ("DIGITIZER_WIDTH", 0)],
)  # fmt: skip
def test_absurd_numbers_are_refused(mrxs, key, value):
    ini = mrxs.with_suffix("") / "Slidedat.ini"
    lines = [f"{key} = {value}" if line.startswith(key) else line for line in ini.read_text("utf-8").splitlines()]
    ini.write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError, match=key):
        probe(mrxs)
