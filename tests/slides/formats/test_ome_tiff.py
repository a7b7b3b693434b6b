"""OME-TIFF as Bio-Formats, QuPath and raw2ometiff write it."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.errors import InputError
from core.slides import open_slide, probe
from tests.slides.formats.known_places import assert_shows, picture, reduced

WIDTH, HEIGHT = 640, 512
OME = (
    '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
    '<Instrument ID="Instrument:0"><Objective ID="Objective:0" NominalMagnification="20.0"/></Instrument>'
    '<Image ID="Image:0" Name="scan"><ObjectiveSettings ID="Objective:0"/>'
    '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="640" SizeY="512" SizeC="3" SizeZ="{depths}" '
    'SizeT="1"{size}/></Image>{more}</OME>'
)
HALF_UM = ' PhysicalSizeX="0.5" PhysicalSizeY="0.5"'


def ome(*, size: str = HALF_UM, more: str = "", depths: int = 1) -> str:
    return OME.format(size=size, more=more, depths=depths)


def write_ome(path: Path, *, planar: str, xml: str, bigtiff: bool = False, label: bool = False) -> Path:
    """Two reduced levels in SubIFDs; `planar` is contig, separate (planes in one image) or images (one a colour)."""
    scan = picture(WIDTH, HEIGHT)
    layers = [scan[..., colour] for colour in range(3)] if planar == "images" else [scan]
    options = {"tile": (128, 128), "compression": "deflate", "metadata": None}
    if planar != "images":
        options |= {"photometric": "rgb", "planarconfig": planar}
    with tifffile.TiffWriter(path, bigtiff=bigtiff) as file:
        for index, layer in enumerate(layers):
            description = {"description": xml.encode()} if index == 0 else {}
            for step in (1, 2, 4):
                level = reduced(scan, step)[..., index] if planar == "images" else reduced(layer, step)
                if planar == "separate":
                    level = np.moveaxis(level, -1, 0)
                subifds = {"subifds": 2} if step == 1 else {"subfiletype": 1}
                file.write(np.ascontiguousarray(level), **options, **subifds, **(description if step == 1 else {}))
        if label:
            file.write(np.full((60, 50, 3), 90, np.uint8), photometric="rgb", metadata=None)
    return path


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize(("planar", "reader"), [("contig", "tiff"), ("separate", "planes"), ("images", "planes")])
def test_an_ome_tiff_shows_its_pixels_however_colours_are_stored(tmp_path, planar, reader, bigtiff):
    with open_slide(write_ome(tmp_path / "a.ome.tif", planar=planar, xml=ome(), bigtiff=bigtiff)) as slide:
        assert (slide.reader, slide.width, slide.height, slide.levels) == (reader, WIDTH, HEIGHT, (1.0, 2.0, 4.0))
        assert (slide.um_per_px, slide.um_source, slide.magnification) == (0.5, "file", 20.0)
        assert_shows(slide, tolerance=0)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (' PhysicalSizeX="250" PhysicalSizeXUnit="nm" PhysicalSizeY="250" PhysicalSizeYUnit="nm"', (0.25, "file")),
        (' PhysicalSizeX="0.00025" PhysicalSizeXUnit="mm" PhysicalSizeY=".25" PhysicalSizeYUnit="µm"', (0.25, "file")),
        (' PhysicalSizeX="1" PhysicalSizeXUnit="pixel"', (0.5, "magnification")),
        (' PhysicalSizeX="0.25"', (0.25, "file")),
        ("", (0.5, "magnification")),
    ],
)  # fmt: skip
def test_the_resolution_is_read_in_its_unit(tmp_path, size, expected):
    with open_slide(write_ome(tmp_path / "a.tif", planar="contig", xml=ome(size=size))) as slide:
        assert (pytest.approx(slide.um_per_px), slide.um_source) == expected


def test_an_image_that_ome_names_label_lies_beside_the_scan(tmp_path):
    more = '<Image ID="Image:1" Name="label image"><Pixels SizeX="50" SizeY="60"><TiffData IFD="1"/></Pixels></Image>'
    file = write_ome(tmp_path / "a.tif", planar="contig", xml=ome(more=more), label=True)
    with open_slide(file) as slide:
        assert slide.associated == {"label": (50, 60)}
        assert (slide.associated_image("label") == 90).all()


def test_stacks_in_depth_and_damaged_xml_are_refused(tmp_path):
    for xml, planar, fault in [
        (ome(depths=2), "images", "not an 8-bit colour image"),
        (ome()[:200] + "OME>", "contig", "damaged OME-XML"),
        ("<OME></OME>", "contig", "describes no image"),
        (ome(size=' PhysicalSizeX="wide"'), "contig", "damaged OME-XML"),
    ]:
        with pytest.raises(InputError, match=fault):
            probe(write_ome(tmp_path / "a.tif", planar=planar, xml=xml))


def test_xml_that_defines_entities_is_refused(tmp_path):
    bomb = ome().replace("?>", '?><!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>', 1)
    with pytest.raises(InputError, match="entities of its own"):
        probe(write_ome(tmp_path / "a.tif", planar="contig", xml=bomb))
