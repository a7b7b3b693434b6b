"""The headers of whole-slide DICOM (VL Whole Slide Microscopy), read by pydicom within bounds. Slow to import."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pydicom.config
from jaxtyping import Int64
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from core.errors import InputError
from core.slides.formats.frames import PACKINGS, Instance, find_frames
from core.slides.formats.window import Window, open_window

# What pydicom thinks of values that we do not ask for would be printed at every slide.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
MAX_INSTANCES = 256
"""A slide has one for each level, and label and overview."""
_MAX_HEADER = 1 << 28
"""Most bytes read of a header; 100,000 frames that each state their place take 30 MB."""
_VOLUME = "VOLUME"
_TAGS = [
    "SOPClassUID", "SeriesInstanceUID", "ImageType", "DimensionOrganizationType", "NumberOfFrames", "Rows", "Columns",
    "TotalPixelMatrixRows", "TotalPixelMatrixColumns", "SamplesPerPixel", "BitsAllocated", "PhotometricInterpretation",
    "PlanarConfiguration", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "OpticalPathSequence",
    "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
]  # fmt: skip
_DAMAGED = (InvalidDicomError, BytesLengthException, EOFError, ValueError, KeyError, TypeError, AttributeError,
            NotImplementedError, IndexError, RuntimeError, struct.error)  # fmt: skip
"""What pydicom raises at headers that make no sense."""


class _Header(io.RawIOBase):
    """The bytes of a file for pydicom, which would believe any length that a header states."""

    def __init__(self, window: Window) -> None:
        self._window, self._at, self._left = window, 0, _MAX_HEADER

    def read(self, size: int = -1, /) -> bytes:
        count = min(size, self._window.size - self._at) if size >= 0 else _MAX_HEADER + 1
        self._left -= count
        if self._left < 0:
            raise ValueError(f"a header of more than {_MAX_HEADER >> 20} MiB, or a deflated one")
        self._at += count
        return self._window.take(self._at - count, count, what="a header")

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = offset + (0, self._at, self._window.size)[whence]
        if not 0 <= self._at <= self._window.size:
            raise ValueError(f"a value ends at byte {self._at} of {self._window.size}")
        return self._at

    def tell(self) -> int:
        return self._at


def read_instances(paths: Sequence[Path]) -> tuple[Instance, ...]:
    """Headers of the instances of one slide: its levels, finest first, then what lies beside them.

    Raises:
        InputError: one is damaged or no whole-slide image, they are of several series, or there is no level.
    """
    if len(paths) > MAX_INSTANCES:
        raise InputError(f"{paths[0].parent} holds more than {MAX_INSTANCES} .dcm files; give one slide a folder")
    found = [_read_instance(path) for path in paths]
    if len({instance.series for instance in found}) > 1:
        raise InputError(f"{paths[0].parent} holds .dcm files of several series; give each slide a folder of its own")
    levels = sorted((one for one in found if one.flavour == _VOLUME), key=lambda one: -one.width)
    if not levels:
        raise InputError(f"{paths[0].parent} holds no level of a slide, only labels or overviews; add the other files")
    if len({level.width for level in levels}) < len(levels):
        raise InputError(
            f"{paths[0].parent} holds several .dcm files of one level (focal planes, or parts of one image); "
            "export the slide again with one file a level"
        )
    return (*levels, *(one for one in found if one.name is not None))


def _read_instance(path: Path) -> Instance:
    with open_window(path) as window:
        stream = _Header(window)
        try:
            header = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=_TAGS)  # pyright: ignore[reportArgumentType]
            _check_kind(path, header)
            return _instance(path, header, window, pixels_at=stream.tell())
        except _DAMAGED as error:
            raise window.broken(f"its DICOM header cannot be read: {error}") from error


def _check_kind(path: Path, header: Dataset) -> None:
    if header.get("SOPClassUID") != WHOLE_SLIDE:
        raise InputError(f"{path.name} is DICOM but no whole-slide image; give the slide's VL Whole Slide instances")
    syntax = header.file_meta.TransferSyntaxUID
    if syntax not in PACKINGS:
        raise InputError(f"{path.name} is packed as {syntax}; export it as JPEG or JPEG 2000")
    samples, bits = header.SamplesPerPixel, header.BitsAllocated
    if samples != 3 or bits != 8 or header.get("PlanarConfiguration", 0) != 0:
        raise InputError(
            f"{path.name} is not an 8-bit colour image ({samples} channels of {bits} bits); give the H&E slide as RGB"
        )


def _instance(path: Path, header: Dataset, window: Window, *, pixels_at: int) -> Instance:
    tile_width, tile_height = int(header.Columns), int(header.Rows)
    width, height = int(header.TotalPixelMatrixColumns), int(header.TotalPixelMatrixRows)
    if min(tile_width, tile_height, width, height) <= 0:
        raise ValueError(f"an image of {width} x {height} px in tiles of {tile_width} x {tile_height} px")
    count = int(header.get("NumberOfFrames", 1))
    frames = find_frames(
        window,
        pixels_at,
        count=count,
        bytes_each=tile_width * tile_height * 3,
        table=(header.get("ExtendedOffsetTable"), header.get("ExtendedOffsetTableLengths")),
    )
    return Instance(
        path=path,
        series=str(header.SeriesInstanceUID),
        flavour=str(header.ImageType[2]),
        width=width,
        height=height,
        tile_width=tile_width,
        tile_height=tile_height,
        packing=PACKINGS[header.file_meta.TransferSyntaxUID],
        photometric=str(header.PhotometricInterpretation),
        um=_um(header),
        magnification=_power(header),
        frames=frames,
        grid=_grid(header, (width, height), (tile_width, tile_height), count),
    )


def _grid(
    header: Dataset, size: tuple[int, int], tile: tuple[int, int], count: int
) -> Int64[np.ndarray, "rows columns"]:
    """Frames in their places; a full tiling lists them row by row, a sparse one states each frame's place."""
    columns, rows = (-(-whole // side) for whole, side in zip(size, tile, strict=True))
    if rows * columns > 1 << 24:
        raise ValueError(f"{columns} x {rows} tiles")
    if header.get("DimensionOrganizationType") != "TILED_SPARSE":
        if count < rows * columns:
            raise ValueError(f"{count} frames for {columns} x {rows} tiles")
        return np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    grid = np.full((rows, columns), -1, dtype=np.int64)
    for frame, groups in enumerate(header.PerFrameFunctionalGroupsSequence[:count]):
        place = groups.PlanePositionSlideSequence[0]
        x, y = place.ColumnPositionInTotalImagePixelMatrix - 1, place.RowPositionInTotalImagePixelMatrix - 1
        if x % tile[0] or y % tile[1] or not (0 <= x < size[0] and 0 <= y < size[1]):
            raise ValueError(f"frame {frame} lies at {x}, {y}, beside the grid of tiles")
        if grid[y // tile[1], x // tile[0]] < 0:  # later ones are other focal planes
            grid[y // tile[1], x // tile[0]] = frame
    return grid


def _um(header: Dataset) -> tuple[float, float] | None:
    """Micrometres per pixel across and down; DICOM states millimetres down, then across."""
    shared: Any = header.get("SharedFunctionalGroupsSequence") or [Dataset()]
    measures: Any = shared[0].get("PixelMeasuresSequence") or [Dataset()]
    spacing = measures[0].get("PixelSpacing")
    return (float(spacing[1]) * 1e3, float(spacing[0]) * 1e3) if spacing else None


def _power(header: Dataset) -> float | None:
    path: Any = header.get("OpticalPathSequence") or [Dataset()]
    power = path[0].get("ObjectiveLensPower")
    return float(power) if power else None
