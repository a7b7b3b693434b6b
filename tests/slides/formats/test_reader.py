"""Regions of a slide are at the places and scales that were asked for."""

import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import floats

from core.errors import InputError
from core.slides import open_slide

SIDE = 64

SHARED = [HealthCheck.function_scoped_fixture]  # a fixture that is only read


@pytest.fixture
def squares(tmp_path, pyramid):
    """Black squares of 64 px at known places on white, and the places."""
    picture = np.full((1500, 1700, 3), 255, dtype=np.uint8)
    places = [(0, 0), (200, 317), (1000, 64), (1636, 1436), (811, 1203)]
    for x, y in places:
        picture[y : y + SIDE, x : x + SIDE] = 0
    return pyramid(tmp_path / "squares.tif", picture, um_per_px=0.25, compression="deflate"), places


@pytest.mark.parametrize("reduction", [1, 1.7, 2, 2.3, 4, 6])
def test_squares_at_known_places_come_back_at_any_scale(squares, reduction):
    file, places = squares
    out = round(SIDE / reduction)
    with open_slide(file) as slide:
        assert (slide.um_per_px, slide.um_source, slide.levels) == (0.25, "file", (1.0, 2.0, 4.0))
        for x, y in places:
            inside = slide.region(x=x, y=y, side_px_w=SIDE, side_px_h=SIDE, out_w=out, out_h=out)
            assert inside[2:-2, 2:-2].max() < 8 and inside.mean() < 40
            beside = slide.region(x=x - SIDE, y=y, side_px_w=SIDE, side_px_h=SIDE, out_w=out, out_h=out)
            assert beside[2:-2, 2:-2].min() > 247 and beside.mean() > 215


def test_level_zero_at_its_own_size_is_the_stored_pixels(tmp_path, pyramid, painted):
    picture = painted(700, 600, tissue=(50, 50, 650, 550))
    with open_slide(pyramid(tmp_path / "a.tif", picture, compression="deflate")) as slide:
        found = slide.region(x=131, y=77, side_px_w=300, side_px_h=280, out_w=300, out_h=280)
    np.testing.assert_array_equal(found, picture[77:357, 131:431])


def test_both_readers_see_the_same_pixels(slide_file, monkeypatch):
    boxes = [(0, 0, 500, 400, 250, 200), (333, 411, 448, 448, 224, 224), (1000, 800, 280, 224, 70, 56)]

    def regions():
        with open_slide(slide_file) as slide:
            return slide.reader, [
                slide.region(x=x, y=y, side_px_w=w, side_px_h=h, out_w=a, out_h=b).astype(int)
                for x, y, w, h, a, b in boxes
            ]

    first, expected = regions()
    monkeypatch.setattr("core.slides.formats.sources.choose_reader", lambda *_: "openslide")
    second, found = regions()
    assert (first, second) == ("tiff", "openslide")
    for one, other in zip(expected, found, strict=True):
        assert np.abs(one - other).mean() < 1.0


def test_decoding_ahead_in_threads_changes_no_pixel(slide_file):
    corners = np.array([[x, y] for y in range(0, 1024, 200) for x in range(-50, 1280, 210)])
    found = []
    for threads in (1, 3):
        with open_slide(slide_file) as slide:
            slide.decode_ahead(0, corners, side_px=224, threads=threads)
            patches = np.empty((len(corners), 224, 224, 3), dtype=np.uint8)
            for patch, (x, y) in zip(patches, corners.tolist(), strict=True):
                slide.read_level(0, x, y, into=patch)
            found.append(patches)
    np.testing.assert_array_equal(*found)


@settings(max_examples=30, suppress_health_check=SHARED)
@given(x=floats(-300, 1500), y=floats(-300, 1300), side=floats(40, 600))
def test_what_lies_outside_the_slide_is_white(slide_file, x, y, side):
    with open_slide(slide_file) as slide:
        found = slide.region(x=x, y=y, side_px_w=side, side_px_h=side, out_w=32, out_h=32)
        if x >= slide.width or y >= slide.height or x + side <= 0 or y + side <= 0:
            assert found.min() == 255
        assert found.shape == (32, 32, 3)


def test_a_thumbnail_shows_the_whole_slide_and_bands_do_not_show(slide_file, monkeypatch):
    with open_slide(slide_file) as slide:
        whole = slide.thumbnail(320)
        monkeypatch.setattr("core.slides.formats.reader._BAND_PX", 50_000)
        banded = slide.thumbnail(320)
        assert slide.thumbnail(5000).shape == (1024, 1280, 3), "never enlarged"
    assert whole.shape == (256, 320, 3)
    assert np.abs(whole.astype(int) - banded).max() <= 24
    assert whole[128, 160].mean() < 215 < whole[5, 5].mean()


def test_a_slide_without_resolution_names_the_key_that_mends_it(tmp_path, pyramid, painted):
    file = pyramid(tmp_path / "a.tif", painted(300, 300, tissue=None), um_per_px=None)
    with pytest.raises(InputError, match=r"um_per_px.*\[images\].*cohort\.toml"):
        open_slide(file)
    with open_slide(file, um_per_px=0.25) as slide:
        assert (slide.um_per_px, slide.um_source) == (0.25, "given")


def test_what_the_file_states_wins_over_what_is_given(slide_file):
    with open_slide(slide_file, um_per_px=0.25) as slide:
        assert (slide.um_per_px, slide.um_source) == (pytest.approx(0.5), "file")


@pytest.mark.parametrize("um", [0.0, -1.0, 1e9, float("nan")])
def test_an_absurd_resolution_is_refused(tmp_path, pyramid, painted, um):
    file = pyramid(tmp_path / "a.tif", painted(300, 300, tissue=None), um_per_px=None)
    with pytest.raises(InputError, match="um_per_px must lie between"):
        open_slide(file, um_per_px=um)


def test_a_screen_resolution_is_no_resolution(tmp_path, painted):
    file = tmp_path / "field.tif"
    tifffile.imwrite(file, painted(300, 300, tissue=None), resolution=(72, 72), resolutionunit="INCH")
    with pytest.raises(InputError, match="states no resolution"):
        open_slide(file)


@pytest.mark.parametrize("name", ["field.png", "field.jpg", "field.tif"])
def test_plain_pictures_are_read_whole(tmp_path, painted, name):
    picture = painted(500, 400, tissue=(100, 100, 400, 300))
    PIL.Image.fromarray(picture).save(tmp_path / name)
    with open_slide(tmp_path / name, um_per_px=0.5) as slide:
        assert (slide.reader, slide.levels) == ("pillow", (1.0,))
        found = slide.region(x=100, y=100, side_px_w=300, side_px_h=200, out_w=300, out_h=200)
    assert np.abs(found.astype(int) - picture[100:300, 100:400]).mean() < (16 if name.endswith("jpg") else 0.01)


def test_a_gray_picture_is_refused(tmp_path):
    PIL.Image.new("L", (300, 300)).save(tmp_path / "gray.png")
    with pytest.raises(InputError, match="not colours"):
        open_slide(tmp_path / "gray.png", um_per_px=0.5)


def test_a_colour_profile_changes_no_pixel(tmp_path, painted):
    from PIL import ImageCms

    picture = painted(300, 300, tissue=(0, 0, 300, 300))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    PIL.Image.fromarray(picture).save(tmp_path / "icc.png", icc_profile=profile)
    with open_slide(tmp_path / "icc.png", um_per_px=0.5) as slide:
        found = slide.region(x=0, y=0, side_px_w=300, side_px_h=300, out_w=300, out_h=300)
    np.testing.assert_array_equal(found, picture)


def test_a_new_file_under_an_old_name_shows_its_own_pixels(tmp_path, pyramid):
    for level in (40, 200):
        picture = np.full((300, 300, 3), level, dtype=np.uint8)
        with open_slide(pyramid(tmp_path / "upload.tif", picture, levels=1)) as slide:
            found = slide.region(x=0, y=0, side_px_w=256, side_px_h=256, out_w=64, out_h=64)
        assert abs(float(found.mean()) - level) < 2


def test_the_room_starts_without_torch_and_leaves_pillows_guard_on():
    code = (
        "import sys, PIL.Image, core.slides; "
        "assert PIL.Image.MAX_IMAGE_PIXELS == 89_478_485; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_pyramid_below_its_image_is_used(tmp_path, painted):
    """As OME-TIFF stores it: reduced levels in SubIFDs."""
    picture = painted(1024, 1024, tissue=(200, 200, 800, 800))
    options = {"photometric": "rgb", "tile": (256, 256), "resolutionunit": "CENTIMETER", "metadata": None}
    with tifffile.TiffWriter(tmp_path / "sub.tif") as file:
        file.write(picture, subifds=2, resolution=(20_000, 20_000), **options)
        for step in (2, 4):
            file.write(picture[::step, ::step], subfiletype=1, **options)
    with open_slide(tmp_path / "sub.tif") as slide:
        assert slide.levels == (1.0, 2.0, 4.0)
        assert slide.thumbnail(256).shape == (256, 256, 3)


def test_tiles_that_the_scanner_skipped_are_white(tmp_path, painted, pyramid):
    file = pyramid(tmp_path / "sparse.tif", painted(512, 512, tissue=(0, 0, 512, 512)), levels=1)
    with tifffile.TiffFile(file, mode="r+b") as tiff:
        counts = tiff.pages[0].tags["TileByteCounts"]
        offsets = tiff.pages[0].tags["TileOffsets"]
        counts.overwrite((*counts.value[:3], 0))
        offsets.overwrite((*offsets.value[:3], 0))
    with open_slide(file) as slide:
        assert slide.reader == "openslide"
        found = slide.region(x=256, y=256, side_px_w=256, side_px_h=256, out_w=64, out_h=64)
        assert found.min() > 240 and found[8:, 8:].min() == 255


def test_levels_that_were_rounded_down_are_read_to_their_edge_and_not_beyond(tmp_path):
    """513 px reduced to 256, a whole number of stored tiles: a tile that is not there would be asked for."""
    random = np.random.default_rng(0)
    full = random.integers(0, 255, (513, 513, 3), dtype=np.uint8)
    half = random.integers(0, 255, (256, 256, 3), dtype=np.uint8)
    options = {"photometric": "rgb", "tile": (128, 128), "resolutionunit": "CENTIMETER", "metadata": None}
    with tifffile.TiffWriter(tmp_path / "odd.tif") as file:
        file.write(full, resolution=(20_000, 20_000), **options)
        file.write(half, subfiletype=1, resolution=(10_000, 10_000), **options)
    with open_slide(tmp_path / "odd.tif") as slide:
        assert slide.levels == (1.0, 2.0)
        corner = np.empty((60, 60, 3), dtype=np.uint8)
        slide.decode_ahead(1, np.array([[200, 200]]), side_px=60, threads=2)
        slide.read_level(1, 200, 200, into=corner)
        np.testing.assert_array_equal(corner[:56, :56], half[200:, 200:])
        np.testing.assert_array_equal(corner[:56, 56], half[200:, 255])
        np.testing.assert_array_equal(corner[56, :56], half[255, 200:])
        assert corner[57:].min() == 255 and corner[:, 57:].min() == 255, "white beyond the slide"
        assert slide.thumbnail(257).shape == (257, 257, 3)


def test_a_picture_that_breaks_its_decoder_says_so(tmp_path, painted):
    PIL.Image.fromarray(painted(300, 300, tissue=None)).save(tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    at = content.index(b"IDAT")
    content[at : at + 4] = b"ID\0T"
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.png cannot be decoded|a\.png is cut short"):
        open_slide(tmp_path / "a.png", um_per_px=0.5)
