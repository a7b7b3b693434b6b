"""Tiles that are sent show what the slide file holds."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import openslide
import PIL.Image
import pytest
import tifffile

from core.errors import InputError
from dashboard.viewer import libtiff, pixels
from dashboard.viewer.pixels import open_reader
from tests.dashboard.viewer.kinds import HEIGHT, KINDS, SCAN, WIDTH, decoded, whole, write_with_tables
from tests.real_data import real_data
from tests.slides.conftest import paint, write_pyramid
from tests.slides.formats.known_places import COLOURS, PLACES, SIDE

TOLERANCE = 24
"""Of 255, inside a square of one colour: JPEG of a JPEG, with halved chroma."""


def assert_shows_the_picture(sent: np.ndarray, *, scale: int) -> None:
    """Each square has its colour inside, at this scale."""
    for (x, y), colour in zip(PLACES, COLOURS, strict=True):
        rim = 8 // scale + 1
        inside = slice(y // scale + rim, (y + SIDE) // scale - rim), slice(x // scale + rim, (x + SIDE) // scale - rim)
        assert np.abs(sent[inside].astype(int) - colour).max() <= TOLERANCE, (x, y, scale)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tiles_of_every_level_make_up_the_whole_slide_whatever_its_kind(tmp_path: Path, kind: str):
    with closing(open_reader(KINDS[kind](tmp_path / kind))) as reader:
        facts = reader.facts
        assert (facts.width, facts.height) == (WIDTH, HEIGHT)
        for level in range(facts.levels):
            scale, sent = facts.scale(level), whole(reader, level)
            assert sent.shape == (-(-HEIGHT // scale), -(-WIDTH // scale), 3)
            if scale <= 4:
                assert_shows_the_picture(sent, scale=scale)
        assert max(whole(reader, 0).shape) <= facts.tile_px
        assert_shows_the_picture(decoded(reader.thumbnail()), scale=1)


@pytest.mark.skipif(not libtiff.has_libtiff(), reason="the system's libtiff is missing")
def test_stored_tiles_are_sent_as_they_lie_in_the_file(tmp_path: Path):
    path = write_with_tables(tmp_path / "a.tif")
    with closing(open_reader(path)) as reader, tifffile.TiffFile(path) as file:
        assert reader.facts.name == "large_image tiff"
        for step, page in enumerate(file.pages):
            sent = reader.tile(reader.facts.levels - 1 - step, 0, 0)
            file.filehandle.seek(page.dataoffsets[0])
            stored = file.filehandle.read(page.databytecounts[0])
            # tables are put before it
            assert sent.endswith(stored[-(len(stored) // 2) :])
            assert np.array_equal(decoded(sent), page.asarray()[:128, :128])


def test_sizes_that_no_tile_divides_are_covered_to_the_last_pixel(tmp_path: Path):
    scan = paint(1003, 701, tissue=(100, 100, 900, 600))
    for path in (
        write_with_tables(tmp_path / "a.tif", scan),
        write_pyramid(tmp_path / "b.tif", scan, compression="lzw"),
    ):
        with closing(open_reader(path)) as reader:
            for level in range(reader.facts.levels):
                scale = reader.facts.scale(level)
                assert whole(reader, level).shape == (-(-701 // scale), -(-1003 // scale), 3)


def test_there_are_no_tiles_beyond_the_slide(tmp_path: Path):
    with closing(open_reader(KINDS["lzw.tif"](tmp_path / "a.tif"))) as reader:
        facts = reader.facts
        last = facts.levels - 1
        assert facts.holds(last, (WIDTH - 1) // facts.tile_px, (HEIGHT - 1) // facts.tile_px)
        for level, column, row in ((last, 5, 0), (last, 0, 5), (last + 1, 0, 0), (-1, 0, 0), (0, 1, 0), (last, -1, 0)):
            assert not facts.holds(level, column, row)


@pytest.mark.parametrize("compression", ["jpeg", "lzw"])
def test_levels_that_a_slide_lacks_are_made_from_one_look_at_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
):
    # small enough here that a slide of 2,048 px lacks levels
    monkeypatch.setattr(pixels, "OVERVIEW_PX", 512)
    scan = np.kron(paint(128, 96, tissue=(20, 20, 110, 80)), np.ones((16, 16, 1), dtype=np.uint8))
    path = write_pyramid(tmp_path / "a.tif", scan, levels=1, tile=128, compression=compression)
    with closing(open_reader(path)) as reader:
        assert reader.facts.alone
        for level in range(reader.facts.levels):
            scale, sent = reader.facts.scale(level), whole(reader, level)
            height, width = -(-scan.shape[0] // scale), -(-scan.shape[1] // scale)
            assert sent.shape == (height, width, 3)
            expected = PIL.Image.fromarray(scan).resize((width, height), PIL.Image.Resampling.BOX)
            assert np.abs(sent.astype(int) - np.asarray(expected)).mean() < 8


def test_a_truncated_slide_is_refused_and_not_black(tmp_path: Path):
    path = write_pyramid(tmp_path / "slide.tif", SCAN)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError):
        open_reader(path)


@pytest.mark.parametrize("write", [write_pyramid, write_with_tables])
def test_a_stored_tile_that_is_no_jpeg_is_refused(tmp_path: Path, write: Callable[..., Path]):
    path = write(tmp_path / "slide.tif", SCAN, tile=128)
    with tifffile.TiffFile(path) as file:
        offset, count = file.pages[0].dataoffsets[6], file.pages[0].databytecounts[6]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\0" * count)
    with closing(open_reader(path)) as reader, pytest.raises(InputError):
        whole(reader, reader.facts.levels - 1)


def test_a_new_file_under_an_old_name_shows_its_own_tiles(tmp_path: Path):
    path = tmp_path / "slide.tif"
    for tile, colour in ((128, 30), (256, 200), (256, 90)):
        write_with_tables(path, np.full((512, 640, 3), colour, dtype=np.uint8), tile=tile)
        with closing(open_reader(path)) as reader:
            assert reader.facts.tile_px == tile
            assert np.abs(decoded(reader.tile(reader.facts.levels - 1, 0, 0)).astype(int) - colour).max() <= 2


def test_opening_slides_does_not_lift_the_bound_on_pictures(tmp_path: Path):
    before = PIL.Image.MAX_IMAGE_PIXELS
    open_reader(write_pyramid(tmp_path / "slide.tif", SCAN)).close()
    assert before is not None and before == PIL.Image.MAX_IMAGE_PIXELS


@pytest.mark.real
def test_a_real_aperio_slide_has_the_pixels_that_openslide_shows():
    data = real_data()
    path = data / "slides" / "CMU-1-Small-Region.svs" if data else None
    if path is None or not path.is_file():
        pytest.skip("no real slide")
    with closing(open_reader(path)) as reader, openslide.OpenSlide(path) as theirs:
        facts = reader.facts
        assert (facts.width, facts.height) == theirs.dimensions
        assert facts.name == ("large_image tiff" if libtiff.has_libtiff() else "tiff")
        side = facts.tile_px
        for column, row in ((0, 0), (4, 5), (2, 9), (9, 12)):
            sent = decoded(reader.tile(facts.levels - 1, column, row))
            region = theirs.read_region((column * side, row * side), 0, sent.shape[1::-1]).convert("RGB")
            assert np.abs(sent.astype(int) - np.asarray(region)).max() <= 8
