"""Whole-slide DICOM written small: one instance a level, JPEG frames, as scanners and converters write it."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import PIL.Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import JPEGBaseline8Bit, generate_uid

from tests.slides.formats.known_places import reduced

WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
TILE = 128

Frame = Callable[[np.ndarray], bytes]


def jpeg_frame(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    PIL.Image.fromarray(pixels).save(stream, "jpeg", quality=95, subsampling="4:2:2")
    return stream.getvalue()


def write_series(
    folder: Path,
    pixels: np.ndarray,
    *,
    steps: Sequence[int] = (1, 2, 4),
    um: float | None = 0.5,
    sparse: bool = False,
    skip: Sequence[tuple[int, int]] = (),
    label: bool = False,
    **options: object,
) -> Path:
    """A folder of instances of one series; `skip` names (column, row) of tiles that a sparse one lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    series = generate_uid(entropy_srcs=[folder.name])
    for step in steps:
        write_instance(
            folder / f"level_{step}.dcm", reduced(pixels, step), series=series, um=um and um * step, sparse=sparse,
            skip=skip if step == 1 else (), **options,
        )  # fmt: skip
    if label:
        write_instance(
            folder / "label.dcm", np.full((60, 50, 3), 90, np.uint8), series=series, um=None, flavour="LABEL", tile=64
        )
    return folder


def write_instance(
    path: Path,
    pixels: np.ndarray,
    *,
    series: str | None = None,
    um: float | None = 0.5,
    sparse: bool = False,
    skip: Sequence[tuple[int, int]] = (),
    flavour: str = "VOLUME",
    tile: int = TILE,
    frame: Frame | None = jpeg_frame,
    syntax: str = JPEGBaseline8Bit,
    photometric: str = "YBR_FULL_422",
    table: str = "basic",
    sop_class: str = WHOLE_SLIDE,
    **attributes: object,
) -> Path:
    """One instance; `frame` None stores pixels as they are, `table` is basic, extended or none."""
    height, width = pixels.shape[:2]
    across, down = -(-width // tile), -(-height // tile)
    padded = np.full((down * tile, across * tile, 3), 255, np.uint8)
    padded[:height, :width] = pixels
    places = [(column, row) for row in range(down) for column in range(across) if (column, row) not in set(skip)]
    frames = [np.ascontiguousarray(padded[r * tile : (r + 1) * tile, c * tile : (c + 1) * tile]) for c, r in places]

    data = _header(path.name, series, flavour, sop_class)
    data.TotalPixelMatrixColumns, data.TotalPixelMatrixRows = width, height
    data.Rows = data.Columns = tile
    data.NumberOfFrames = len(frames)
    data.PhotometricInterpretation = photometric
    data.DimensionOrganizationType = "TILED_SPARSE" if sparse else "TILED_FULL"
    data.SharedFunctionalGroupsSequence = [_measures(um)]
    if sparse:
        data.PerFrameFunctionalGroupsSequence = [_position(column * tile + 1, row * tile + 1) for column, row in places]
    for name, value in attributes.items():
        setattr(data, name, value)
    if frame is None:
        data.PixelData = b"".join(pixels.tobytes() for pixels in frames)
    elif table == "extended":
        data.PixelData, data.ExtendedOffsetTable, data.ExtendedOffsetTableLengths = encapsulate_extended(
            [frame(pixels) for pixels in frames]
        )
    else:
        data.PixelData = encapsulate([frame(pixels) for pixels in frames], has_bot=table == "basic")
    data["PixelData"].VR = "OB"
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.file_meta.MediaStorageSOPClassUID, data.file_meta.MediaStorageSOPInstanceUID = sop_class, data.SOPInstanceUID
    data.save_as(path, enforce_file_format=True)
    return path


def _header(name: str, series: str | None, flavour: str, sop_class: str) -> Dataset:
    data = Dataset()
    instance = generate_uid(entropy_srcs=[name])
    data.SOPClassUID, data.SOPInstanceUID, data.SeriesInstanceUID = sop_class, instance, series or instance
    data.StudyInstanceUID, data.FrameOfReferenceUID = "1.2.3", "1.2.4"
    data.Modality, data.PatientID, data.PatientName = "SM", "P1", ""
    data.ImageType = ["DERIVED", "PRIMARY", flavour, "NONE"]
    data.SamplesPerPixel, data.PlanarConfiguration = 3, 0
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.TotalPixelMatrixFocalPlanes = 1
    data.ImagedVolumeWidth, data.ImagedVolumeHeight, data.ImagedVolumeDepth = 1.0, 1.0, 0.001
    data.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    path = Dataset()
    path.OpticalPathIdentifier, path.ObjectiveLensPower = "0", 20
    data.OpticalPathSequence = [path]
    return data


def _measures(um: float | None) -> Dataset:
    shared = Dataset()
    if um is not None:
        measures = Dataset()
        measures.PixelSpacing, measures.SliceThickness = [um / 1000, um / 1000], 0.001
        shared.PixelMeasuresSequence = [measures]
    return shared


def _position(column: int, row: int) -> Dataset:
    place = Dataset()
    place.ColumnPositionInTotalImagePixelMatrix, place.RowPositionInTotalImagePixelMatrix = column, row
    place.XOffsetInSlideCoordinateSystem = place.YOffsetInSlideCoordinateSystem = 0.0
    place.ZOffsetInSlideCoordinateSystem = 0.0
    frame = Dataset()
    frame.PlanePositionSlideSequence = [place]
    return frame
