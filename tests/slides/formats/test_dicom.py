"""Whole-slide DICOM: a folder of instances, or one file."""

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless

from core.errors import InputError
from core.slides import open_slide, probe
from tests.slides.formats.dicom_files import jpeg_frame, write_instance, write_series
from tests.slides.formats.known_places import assert_shows, picture

WIDTH, HEIGHT = 640, 500


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("table", ["basic", "extended", "none"])
def test_a_folder_of_instances_is_one_slide(tmp_path, sparse, table):
    folder = write_series(tmp_path / "P1", picture(WIDTH, HEIGHT), sparse=sparse, table=table, label=True)
    with open_slide(folder) as slide:
        assert (slide.reader, slide.width, slide.height, slide.levels) == ("dicom", WIDTH, HEIGHT, (1.0, 2.0, 4.0))
        assert (slide.um_per_px, slide.um_source, slide.magnification) == (pytest.approx(0.5), "file", 20.0)
        assert_shows(slide, tolerance=14)
        assert slide.associated == {"label": (50, 60)}
        assert np.abs(slide.associated_image("label").astype(int) - 90).max() <= 3


def test_one_instance_is_a_slide_of_one_level(tmp_path):
    write_series(tmp_path, picture(WIDTH, HEIGHT))
    with open_slide(tmp_path / "level_1.dcm") as slide:
        assert (slide.width, slide.levels) == (WIDTH, (1.0,))
        assert_shows(slide, tolerance=14)


def rgb_jpeg(pixels):
    """Without the marks of JFIF or Adobe that tell the colours."""
    return imagecodecs.jpeg8_encode(pixels, level=95, colorspace="RGB", outcolorspace="RGB")


def test_tiles_come_back_whatever_packs_them(tmp_path):
    packings = {
        "raw": {"frame": None, "syntax": ExplicitVRLittleEndian, "photometric": "RGB"},
        "j2k": {"frame": imagecodecs.jpeg2k_encode, "syntax": JPEG2000Lossless, "photometric": "YBR_RCT"},
        "rgb": {"frame": rgb_jpeg, "photometric": "RGB"},
    }
    for name, packing in packings.items():
        with open_slide(write_instance(tmp_path / f"{name}.dcm", picture(WIDTH, HEIGHT), **packing)) as slide:
            assert_shows(slide, tolerance=10 if name == "rgb" else 0)


def test_places_that_a_sparse_slide_lacks_are_white(tmp_path):
    pixels = np.full((512, 512, 3), 100, np.uint8)
    folder = write_series(tmp_path / "P1", pixels, steps=(1,), sparse=True, skip=[(1, 1), (3, 0)])
    with open_slide(folder) as slide:
        for (column, row), value in {(1, 1): 255, (3, 0): 255, (0, 0): 100, (2, 2): 100}.items():
            tile = slide.region(x=128 * column, y=128 * row, side_px_w=128, side_px_h=128, out_w=128, out_h=128)
            assert np.abs(tile[4:-4, 4:-4].astype(int) - value).max() <= 2


def test_files_of_several_slides_in_one_folder_are_refused(tmp_path):
    for name in ("a", "b"):
        write_instance(tmp_path / f"{name}.dcm", picture(WIDTH, HEIGHT))
    with pytest.raises(InputError, match="several series"):
        probe(tmp_path)


def test_two_files_of_one_level_are_refused(tmp_path):
    for name in ("a", "b"):
        write_instance(tmp_path / f"{name}.dcm", picture(WIDTH, HEIGHT), series="1.2.3")
    with pytest.raises(InputError, match=r"several \.dcm files of one level"):
        probe(tmp_path)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"sop_class": "1.2.840.10008.5.1.4.1.1.2"}, "no whole-slide image"),
        ({"SamplesPerPixel": 1}, "not an 8-bit colour image"),
        ({"flavour": "LABEL"}, "no level of a slide"),
        ({"NumberOfFrames": 3}, "3 frames for 5 x 4 tiles"),
        ({"NumberOfFrames": 2_000_000}, "2000000 frames are stated"),
        ({"TotalPixelMatrixColumns": 2**31}, "tiles"),
        ({"Columns": 0}, "in tiles of 0"),
    ],
)
def test_what_is_no_slide_is_refused(tmp_path, options, fault):
    file = write_instance(tmp_path / "a.dcm", picture(WIDTH, HEIGHT), **options)
    with pytest.raises(InputError, match=fault):
        probe(file)


def test_a_packing_that_we_do_not_decode_is_named(tmp_path):
    file = write_instance(
        tmp_path / "a.dcm", picture(WIDTH, HEIGHT), frame=imagecodecs.jpegls_encode, syntax=JPEGLSLossless
    )
    with pytest.raises(InputError, match=r"packed as 1\.2\.840.*JPEG 2000"):
        open_slide(file)


def test_frames_in_several_fragments_are_refused(tmp_path):
    file = write_instance(tmp_path / "a.dcm", picture(WIDTH, HEIGHT))
    data = pydicom.dcmread(file)
    data.PixelData = encapsulate([jpeg_frame(picture(640, 500)[:128, :128])] * 20, fragments_per_frame=2)
    data.save_as(file)
    with pytest.raises(InputError, match="several fragments"):
        probe(file)


@pytest.mark.parametrize("table", ["basic", "extended", "none"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.98])
def test_a_truncated_instance_is_refused(tmp_path, share, table):
    whole = write_instance(tmp_path / "a.dcm", picture(WIDTH, HEIGHT), table=table).read_bytes()
    (tmp_path / "a.dcm").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"a\.dcm"):
        probe(tmp_path / "a.dcm")


def test_a_length_that_lies_reads_nothing_beyond_the_file(tmp_path):
    file = write_instance(tmp_path / "a.dcm", picture(WIDTH, HEIGHT))
    data = bytearray(file.read_bytes())
    at = data.index(b"\x20\x00\x0e\x00UI") + 6  # the series
    data[at : at + 2] = b"\xff\xff"
    file.write_bytes(data)
    with pytest.raises(InputError, match="header cannot be read"):
        probe(file)


def test_a_deflated_header_is_refused(tmp_path):
    file = write_instance(tmp_path / "a.dcm", picture(64, 64), tile=64)
    data = pydicom.dcmread(file)
    data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    del data["PixelData"]
    data.save_as(file)
    with pytest.raises(InputError, match="deflated"):
        probe(file)


def test_a_link_to_a_file_elsewhere_is_refused(tmp_path):
    write_instance(tmp_path / "elsewhere.dcm", picture(WIDTH, HEIGHT))
    (tmp_path / "P1").mkdir()
    (tmp_path / "P1" / "a.dcm").symlink_to(tmp_path / "elsewhere.dcm")
    with pytest.raises(InputError, match="outside its folder"):
        probe(tmp_path / "P1")
