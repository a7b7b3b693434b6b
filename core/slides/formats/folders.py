"""Slides of several files: which those are, and that none lies elsewhere."""

from pathlib import Path

from core.errors import InputError
from core.slide_files import DICOM, MIRAX, ZARR, dicom_files, slide_files

__all__ = ["DICOM", "MIRAX", "ZARR", "check_inside", "dicom_files", "slide_files"]


def check_inside(file: Path, folder: Path) -> Path:
    """The file itself, which lies in the folder and is a regular file.

    Raises:
        InputError: it is missing, no regular file, or lies elsewhere (by `..`, an absolute path or a link).
    """
    if not file.is_file() or not file.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{file.name} of the slide {folder.name} is missing or lies outside its folder; copy the whole slide again"
        )
    return file
