"""Slides of Aperio scanners (.svs), and tiled TIFF as converters write it."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.errors import InputError
from core.slides import open_slide
from tests.slides.formats.known_places import assert_shows, picture, reduced

WIDTH, HEIGHT = 640, 512
ABOUT = "Aperio Image Library v12.0.5\r\n640x512 [0,0 640x512] (240x240) {codec}|AppMag = 20|Date = 01/02/03{mpp}"


def write_svs(path: Path, *, codec: str = "JPEG", mpp: str = "|MPP = 0.5", levels: tuple[int, ...] = (1, 4)) -> Path:
    """A scan, its thumbnail, its other levels, then label and macro: the order in which Aperio writes them."""
    scan = picture(WIDTH, HEIGHT)
    compression, options = {
        "JPEG": ("jpeg", {"level": 95}),
        "J2K/KDU": (tifffile.COMPRESSION.APERIO_JP2000_RGB, {"level": 90}),
        "J2K/YUV16": (tifffile.COMPRESSION.APERIO_JP2000_YCBC, {"level": 90, "mct": False}),
    }[codec]

    def stored(pixels: np.ndarray) -> np.ndarray:
        return np.asarray(ycbcr(pixels)) if codec == "J2K/YUV16" else pixels

    with tifffile.TiffWriter(path) as file:
        for index, step in enumerate(levels):
            file.write(
                stored(reduced(scan, step)),
                photometric="rgb",
                tile=(240, 240),
                compression=compression,
                compressionargs=options,
                description=ABOUT.format(codec=codec, mpp=mpp),
                metadata=None,
            )
            if index == 0:
                file.write(
                    reduced(scan, 4), photometric="rgb", rowsperstrip=16, compression="jpeg", metadata=None,
                    description="Aperio Image Library v12.0.5\r\n640x512 -> 160x128 - |AppMag = 20",
                )  # fmt: skip
        for name, subfile, size in (("label", 1, (60, 50)), ("macro", 9, (80, 190))):
            file.write(
                np.full((*size, 3), 90, np.uint8), photometric="rgb", rowsperstrip=size[0], metadata=None,
                compression="lzw" if name == "label" else "jpeg", subfiletype=subfile,
                description=f"Aperio Image Library v12.0.5\r\n{name} {size[1]}x{size[0]}",
            )  # fmt: skip
    return path


def ycbcr(pixels: np.ndarray) -> np.ndarray:
    import PIL.Image

    return np.asarray(PIL.Image.fromarray(pixels).convert("YCbCr"))


@pytest.mark.parametrize(("codec", "reader"), [("JPEG", "tiff"), ("J2K/KDU", "tiff"), ("J2K/YUV16", "tiff")])
def test_an_aperio_slide_shows_its_pixels_resolution_and_magnification(tmp_path, codec, reader):
    with open_slide(write_svs(tmp_path / "a.svs", codec=codec)) as slide:
        assert (slide.reader, slide.width, slide.height, slide.levels) == (reader, WIDTH, HEIGHT, (1.0, 4.0))
        assert (slide.um_per_px, slide.um_source, slide.magnification) == (0.5, "file", 20.0)
        assert_shows(slide, tolerance=12)


@pytest.mark.parametrize("codec", ["JPEG", "J2K/KDU"])
def test_label_macro_and_thumbnail_are_found_and_read(tmp_path, codec):
    with open_slide(write_svs(tmp_path / "a.svs", codec=codec)) as slide:
        assert slide.associated == {"thumbnail": (160, 128), "label": (50, 60), "macro": (190, 80)}
        for name, (width, height) in slide.associated.items():
            assert slide.associated_image(name).shape == (height, width, 3)
        assert np.abs(slide.associated_image("label").astype(int) - 90).max() <= 2
        with pytest.raises(InputError, match=r"no image named mask; it has: .*label"):
            slide.associated_image("mask")


def test_the_user_wins_over_the_file_and_the_file_over_a_general_value(tmp_path):
    file = write_svs(tmp_path / "a.svs")
    for given, override, expected in [
        (None, None, (0.5, "file")),
        (0.3, None, (0.5, "file")),
        (0.3, 0.25, (0.25, "override")),
    ]:
        with open_slide(file, um_per_px=given, override=override) as slide:
            assert (slide.um_per_px, slide.um_source) == expected


def test_the_objective_tells_the_resolution_when_nothing_else_does(tmp_path):
    file = write_svs(tmp_path / "a.svs", mpp="")
    with open_slide(file) as slide:
        assert (slide.um_per_px, slide.um_source) == (0.5, "magnification")
    with open_slide(file, um_per_px=0.46) as slide:
        assert (slide.um_per_px, slide.um_source) == (0.46, "given")


@pytest.mark.parametrize("um", [0.0, -1.0, 1e9])
def test_an_absurd_override_is_refused(tmp_path, um):
    with pytest.raises(InputError, match="must lie between"):
        open_slide(write_svs(tmp_path / "a.svs"), override=um)


def test_a_new_file_under_an_old_name_has_its_own_levels(tmp_path):
    for levels in ((1,), (1, 2, 4), (1, 4)):
        with open_slide(write_svs(tmp_path / "a.svs", levels=levels)) as slide:
            assert slide.levels == tuple(map(float, levels))
            assert_shows(slide, tolerance=12)


def test_a_description_with_entities_of_its_own_is_refused(tmp_path):
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    tifffile.imwrite(tmp_path / "a.tif", picture(600, 500), photometric="rgb", description=bomb, metadata=None)
    with pytest.raises(InputError, match="entities"):
        open_slide(tmp_path / "a.tif", um_per_px=0.5)


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "jpeg", "packbits", "zstd", "jpeg2000"])
def test_a_pyramid_is_read_whatever_packs_it(tmp_path, pyramid, compression, bigtiff):
    file = pyramid(tmp_path / "a.tif", picture(WIDTH, HEIGHT), compression=compression, bigtiff=bigtiff)
    with open_slide(file) as slide:
        assert (slide.reader, slide.width, slide.height, slide.levels) == ("tiff", WIDTH, HEIGHT, (1.0, 2.0, 4.0))
        assert slide.um_per_px == pytest.approx(0.5) and slide.magnification is None and not slide.associated
        assert_shows(slide, tolerance=12 if compression == "jpeg" else 0)
