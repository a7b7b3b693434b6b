"""Slides of Leica (.scn), Philips (.tiff) and Ventana (.bif) scanners."""

import base64
import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tifffile

from core.errors import InputError
from core.slides import open_slide, probe
from tests.slides.formats.known_places import assert_shows, picture, reduced

WIDTH, HEIGHT, TILE = 640, 512, 128
STEPS = (1, 2, 4)
GRAY = np.full((80, 192, 3), 90, np.uint8)

LEICA = """<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">
<collection name="s" sizeX="960000" sizeY="400000"><image name="macro"><pixels>
<dimension ifd="0" sizeX="192" sizeY="80"/></pixels><view sizeX="960000" sizeY="400000" offsetX="0" offsetY="0"/>
{light}</image><image name="scan"><pixels><dimension ifd="1" sizeX="640" sizeY="512"/>
<dimension ifd="2" sizeX="320" sizeY="256"/><dimension ifd="3" sizeX="160" sizeY="128"/></pixels>
<view sizeX="320000" sizeY="256000" offsetX="100000" offsetY="50000"/>{light}</image></collection></scn>"""
LIGHT = """<scanSettings><objectiveSettings><objective>20</objective></objectiveSettings><illuminationSettings>
<illuminationSource>brightfield</illuminationSource></illuminationSettings></scanSettings>"""


def write_levels(file: tifffile.TiffWriter, *, descriptions: tuple[str, ...] = ("", "", ""), **options: object) -> None:
    for step, description in zip(STEPS, descriptions, strict=True):
        file.write(
            reduced(picture(WIDTH, HEIGHT), step), photometric="rgb", tile=(TILE, TILE), compression="jpeg",
            compressionargs={"level": 95}, subfiletype=1 if step > 1 else 0, description=description, metadata=None,
            resolution=(20_000 / step, 20_000 / step), resolutionunit="CENTIMETER",
            **(options if step == 1 else {}),
        )  # fmt: skip


def write_scn(path: Path) -> Path:
    """The macro first, then the scan, which lies 200 px right of and 100 px below the corner of the slide."""
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        file.write(
            GRAY, photometric="rgb", tile=(TILE, TILE), compression="jpeg", metadata=None,
            description=LEICA.format(light=LIGHT).encode(),
        )  # fmt: skip
        write_levels(file)
    return path


def write_philips(path: Path) -> Path:
    stream = io.BytesIO()
    PIL.Image.fromarray(GRAY).save(stream, "jpeg", quality=95)
    levels = [_attribute("DICOM_PIXEL_SPACING", _spacing(step)) for step in STEPS]
    spacings = "".join(f'<DataObject ObjectType="PixelDataRepresentation">{level}</DataObject>' for level in levels)
    scan = (
        _attribute("PIM_DP_IMAGE_TYPE", "WSI")
        + _attribute("DICOM_PIXEL_SPACING", _spacing(1))
        + _attribute("PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE", f"<Array>{spacings}</Array>")
    )
    label = _attribute("PIM_DP_IMAGE_TYPE", "LABELIMAGE")
    label += _attribute("PIM_DP_IMAGE_DATA", base64.b64encode(stream.getvalue()).decode())
    images = "".join(f'<DataObject ObjectType="DPScannedImage">{one}</DataObject>' for one in (scan, label))
    xml = _attribute("PIM_DP_SCANNED_IMAGES", f"<Array>{images}</Array>")
    xml = f'<?xml version="1.0" encoding="UTF-8"?><DataObject ObjectType="DPUfsImport">{xml}</DataObject>'
    with tifffile.TiffWriter(path) as file:
        write_levels(file, descriptions=(xml, "", ""), software="Philips DP v1.0")
    return path


def _attribute(name: str, value: str) -> str:
    return f'<Attribute Name="{name}">{value}</Attribute>'


def _spacing(step: int) -> str:
    return f"&quot;{0.0005 * step}&quot; &quot;{0.0005 * step}&quot;"


def write_bif(path: Path, *, rows: int = HEIGHT // TILE) -> Path:
    """One area of tiles that join without overlap; the label comes first."""
    columns = WIDTH // TILE
    joints = "".join(
        f'<TileJointInfo FlagJoined="1" Confidence="90" Direction="{way}" Tile1="{first}" Tile2="{second}" '
        'OverlapX="0" OverlapY="0"/>'
        for way, first, second in (("RIGHT", 1, 2), ("UP", 1, 2 * columns))
    )
    areas = (
        f'<EncodeInfo><SlideStitchInfo><ImageInfo AOIScanned="1" Width="{TILE}" Height="{TILE}" NumRows="{rows}" '
        f'NumCols="{columns}" Pos-X="0" Pos-Y="0">{joints}</ImageInfo></SlideStitchInfo>'
        '<AoiOrigin><AOI0 OriginX="0" OriginY="0"/></AoiOrigin></EncodeInfo>'
    )
    scanner = '<iScan Magnification="20" ScanRes="0.5"/>'
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        file.write(
            GRAY, photometric="rgb", rowsperstrip=80, description="Label Image", metadata=None,
            extratags=[_xmp(scanner)],
        )  # fmt: skip
        levels = tuple(f"level={index} mag={20 / step:g} quality=95" for index, step in enumerate(STEPS))
        write_levels(file, descriptions=levels, extratags=[_xmp(areas)])
    return path


def _xmp(xml: str) -> tuple[int, int, int, bytes, bool]:
    return 700, 1, len(xml), xml.encode(), True


@pytest.mark.parametrize(
    ("write", "magnification", "beside"),
    [
        (write_scn, 20.0, {"macro": (192, 80)}),
        (write_philips, None, {"label": (192, 80)}),
        (write_bif, 20.0, {"macro": (192, 80)}),
    ],
)
def test_a_vendors_slide_shows_its_pixels(tmp_path, write, magnification, beside):
    with open_slide(write(tmp_path / "a.tif")) as slide:
        assert (slide.reader, slide.width, slide.height) == ("openslide", WIDTH, HEIGHT)
        assert slide.levels == (1.0, 2.0, 4.0)
        assert (slide.um_per_px, slide.um_source) == (pytest.approx(0.5), "file")
        assert slide.magnification == magnification
        assert_shows(slide, tolerance=16)
        assert slide.associated == beside
        assert np.abs(slide.associated_image(next(iter(beside))).astype(int) - 90).max() <= 3


def test_the_size_of_a_leica_slide_is_its_scans_not_its_macros(tmp_path):
    assert (probe(write_scn(tmp_path / "a.scn")).width, probe(tmp_path / "a.scn").vendor) == (WIDTH, "leica")


def test_more_tiles_than_a_slide_can_have_are_refused(tmp_path):
    with pytest.raises(InputError, match="tiles"):
        probe(write_bif(tmp_path / "a.bif", rows=10**9))
