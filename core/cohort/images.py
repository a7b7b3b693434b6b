"""Slide and tile files of a cohort, joined to patients by name; none is opened here."""

from collections.abc import Sequence
from pathlib import Path

from core.cohort.barcodes import join_slides, owners, require_some
from core.cohort.sources import FILE_NAME, ImageSource
from core.errors import InputError
from core.slide_files import ZARR, slides_in
from core.types import SlideRef

SUFFIXES = frozenset(
    {
        ".svs",
        ".tif",
        ".tiff",
        ".ndpi",
        ".mrxs",
        ".scn",
        ".bif",
        ".svslide",
        ".vms",
        ".vmu",
        ".dcm",
        ".png",
        ".jpg",
        ".jpeg",
    }
)
"""File names that are taken for slides or tiles; others are passed over."""
BAG_SUFFIXES = frozenset({".h5", ".hdf5"})
"""The same for ready-made features."""


def find_slides(
    source: ImageSource, patients: Sequence[str]
) -> tuple[dict[str, tuple[SlideRef, ...]], dict[str, str], tuple[str, ...]]:
    """Slides of each patient, reasons for the others, and notes.

    Looks through the folder and its subfolders. A file belongs to the patient whom its own name tells, or else the
    name of the subfolder it lies in.

    Raises:
        InputError: no image file there, or two files of one name.
    """
    files = _named_files(source, patients)
    join = join_slides(files, patients, what="images")
    require_some(join, list(files), patients, where=f"{FILE_NAME} [images] {source.kind}")
    slides = {
        patient: tuple(
            SlideRef(id=name.replace("/", "-"), path=files[name], um_per_px=source.um_per_px) for name in names
        )
        for patient, names in join.chosen.items()
    }
    lost = {
        patient: "only slides of normal tissue" if patient in join.normal_only else _none(source)
        for patient in patients
        if patient not in slides
    }
    return slides, lost, join.notes


def _none(source: ImageSource) -> str:
    return "no file of features" if source.kind == "bags" else "no slide file"


def image_files(source: ImageSource) -> list[Path]:
    """Slides or bags of the folder and its subfolders, in alphabetical order; a slide may be a folder of files."""
    if source.kind != "bags":
        return slides_in(source.path, SUFFIXES)
    return sorted(file for file in source.path.rglob("*") if file.suffix.lower() in BAG_SUFFIXES and file.is_file())


def _stem(path: Path) -> str:
    """Name without suffix; a folder of DICOM files has none."""
    return path.name if path.is_dir() and path.suffix.lower() != ZARR else path.stem


def _named_files(source: ImageSource, patients: Sequence[str]) -> dict[str, Path]:
    """Image files by the name that is joined: the stem, or `folder/stem` where the stem alone tells no patient."""
    found = image_files(source)
    if not found:
        what = "file of features (.h5)" if source.kind == "bags" else "image file"
        raise InputError(f"{FILE_NAME} [images] {source.kind}: no {what} lies in {source.path}; check the path")
    owned = owners((_stem(file) for file in found), patients)
    files: dict[str, Path] = {}
    for file in found:
        stem = _stem(file)
        name = stem if stem in owned or file.parent == source.path else f"{file.parent.name}/{stem}"
        if name in files:
            raise InputError(
                f'{FILE_NAME} [images] {source.kind}: "{files[name].name}" and "{file.name}" have one name in '
                f"{source.path}; rename one"
            )
        files[name] = file
    return files
