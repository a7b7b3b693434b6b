"""An independent library reads the same pixels: large_image, with each of its sources named."""

from collections.abc import Iterator

import numpy as np
import PIL.Image
import pytest

from core.slides import open_slide
from tests.slides.formats.dicom_files import write_series
from tests.slides.formats.known_places import picture


@pytest.fixture
def pillows_guard() -> Iterator[None]:
    """Importing large_image lifts Pillow's bound for the whole process."""
    bound = PIL.Image.MAX_IMAGE_PIXELS
    yield
    PIL.Image.MAX_IMAGE_PIXELS = bound


def _same(slide, source, *, tolerance: int) -> None:
    """Every stored tile of every level, without what lies beyond the edge."""
    for level, scale in enumerate(slide.levels):
        width, height = round(slide.width / scale), round(slide.height / scale)
        z = source.levels - 1 - round(np.log2(scale))
        for y in range(0, height, source.tileHeight):
            for x in range(0, width, source.tileWidth):
                column, row = x // source.tileWidth, y // source.tileHeight
                theirs = source.getTile(column, row, z, numpyAllowed="always")[: height - y, : width - x, :3]
                ours = np.empty(theirs.shape, dtype=np.uint8)
                slide.read_level(level, x, y, into=ours)
                assert np.abs(ours.astype(int) - theirs).max() <= tolerance


@pytest.mark.usefixtures("pillows_guard")
@pytest.mark.parametrize("compression", ["jpeg", "deflate"])
def test_a_pyramid_shows_the_pixels_that_libtiff_shows(tmp_path, pyramid, painted, compression):
    tiff = pytest.importorskip("large_image_source_tiff", reason="the system's libtiff is missing")
    file = pyramid(tmp_path / "a.tif", painted(1280, 1024, tissue=(100, 90, 1200, 900)), compression=compression)
    source = tiff.TiffFileTileSource(str(file), noCache=True, style={"icc": False})
    with open_slide(file) as slide:
        assert slide.levels == (1.0, 2.0, 4.0)
        _same(slide, source, tolerance=1)


@pytest.mark.usefixtures("pillows_guard")
def test_a_dicom_slide_shows_the_pixels_that_wsidicom_shows(tmp_path):
    from large_image_source_dicom import DICOMFileTileSource

    folder = write_series(tmp_path / "P1", picture(640, 500))
    source = DICOMFileTileSource(str(next(folder.glob("*.dcm"))), noCache=True, style={"icc": False})
    with open_slide(folder) as slide:
        _same(slide, source, tolerance=1)
