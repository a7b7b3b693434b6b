"""Slides of every kind, all showing the picture of known places, and their tiles put together again."""

import io
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import PIL.Image
import simplejpeg
import tifffile

from dashboard.viewer.pixels import Reader
from tests.slides.conftest import write_pyramid
from tests.slides.formats.dicom_files import write_series
from tests.slides.formats.known_places import picture, reduced
from tests.slides.formats.test_aperio import write_svs
from tests.slides.formats.test_mirax import write_mrxs
from tests.slides.formats.test_ndpi import write_ndpi
from tests.slides.formats.test_ngff import write_zarr
from tests.slides.formats.test_ome_tiff import ome, write_ome
from tests.slides.formats.test_vendors import write_bif, write_philips, write_scn

WIDTH, HEIGHT = 640, 512
JPEG_TABLES = 347
SCAN = picture(WIDTH, HEIGHT)


def write_picture(path: Path) -> Path:
    """The whole of it in one piece."""
    PIL.Image.fromarray(SCAN).save(path)
    return path


def write_with_tables(path: Path, scan: np.ndarray = SCAN, *, tile: int = 128, levels: int = 3) -> Path:
    """A pyramid of JPEG tiles that share the tables of their image, as libtiff and scanners write it."""
    with tifffile.TiffWriter(path) as file:
        for step in range(levels):
            level = reduced(scan, 1 << step)
            parts = [abbreviated(part) for part in tiles_of(level, tile)]
            file.write(
                iter([frame for _, frame in parts]),
                shape=level.shape,
                dtype=np.uint8,
                photometric="ycbcr",
                subsampling=(2, 2),
                tile=(tile, tile),
                compression="jpeg",
                subfiletype=1 if step else 0,
                extratags=[(JPEG_TABLES, 7, len(parts[0][0]), parts[0][0], True)],
                resolution=(20_000 / 2**step,) * 2,
                resolutionunit="CENTIMETER",
                metadata=None,
            )
    return path


def tiles_of(level: np.ndarray, side: int) -> Iterator[np.ndarray]:
    """Row by row, filled up with white."""
    height, width = (-(-length // side) * side for length in level.shape[:2])
    full = np.full((height, width, 3), 255, dtype=np.uint8)
    full[: level.shape[0], : level.shape[1]] = level
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield np.ascontiguousarray(full[top : top + side, left : left + side])


def abbreviated(pixels: np.ndarray) -> tuple[bytes, bytes]:
    """A JPEG's tables, and the rest of it."""
    content = simplejpeg.encode_jpeg(pixels, quality=95, colorsubsampling="420")
    tables, frame, place = b"", b"", 2
    while content[place + 1] != 0xDA:
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if content[place + 1] in (0xDB, 0xC4):
            tables += content[place:end]
        elif content[place + 1] & 0xF0 != 0xE0:
            frame += content[place:end]
        place = end
    return b"\xff\xd8" + tables + b"\xff\xd9", b"\xff\xd8" + frame + content[place:]


KINDS: Mapping[str, Callable[[Path], Path]] = {
    "aperio.svs": write_svs,
    "aperio-j2k-rgb.svs": partial(write_svs, codec="J2K/KDU"),
    "aperio-j2k-ycbcr.svs": partial(write_svs, codec="J2K/YUV16"),
    "tables.tif": write_with_tables,
    "pyramid.tif": lambda path: write_pyramid(path, SCAN, tile=128),
    "big.tif": lambda path: write_pyramid(path, SCAN, tile=128, bigtiff=True),
    "lzw.tif": lambda path: write_pyramid(path, SCAN, tile=128, compression="lzw"),
    "flat.tif": lambda path: write_pyramid(path, SCAN, tile=128, levels=1),
    "contig.ome.tif": lambda path: write_ome(path, planar="contig", xml=ome()),
    "planes.ome.tif": lambda path: write_ome(path, planar="images", xml=ome()),
    "hamamatsu.ndpi": write_ndpi,
    "leica.scn": write_scn,
    "philips.tiff": write_philips,
    "ventana.bif": write_bif,
    "mirax.mrxs": write_mrxs,
    "dicom": lambda path: write_series(path, SCAN),
    "ngff.zarr": write_zarr,
    "picture.png": write_picture,
    "picture.jpg": write_picture,
}


def decoded(content: bytes) -> np.ndarray:
    """The pixels of a JPEG."""
    with PIL.Image.open(io.BytesIO(content)) as image:
        assert image.format == "JPEG"
        return np.asarray(image.convert("RGB"))


def whole(reader: Reader, level: int) -> np.ndarray:
    """All tiles of a level put together; fails where their sizes do not fit."""
    side = reader.facts.tile_px * reader.facts.scale(level)
    columns, rows = -(-reader.facts.width // side), -(-reader.facts.height // side)
    return np.concatenate(
        [
            np.concatenate([decoded(reader.tile(level, column, row)) for column in range(columns)], axis=1)
            for row in range(rows)
        ]
    )
