"""Which files make up a slide, where it is more than one."""

from pathlib import Path

from core.errors import InputError

MIRAX, ZARR, DICOM = ".mrxs", ".zarr", ".dcm"


def slide_files(path: Path) -> tuple[Path, ...]:
    """All files that make up a slide, in alphabetical order: what has to be copied, hashed or watched.

    A MIRAX slide is its .mrxs file and the folder of that name, a DICOM slide the .dcm files of a folder, an OME-Zarr
    slide the files of a folder named *.zarr and its subfolders; any other is one file.
    """
    if path.suffix.lower() == MIRAX:
        return (path, *_files(path.with_suffix("")))
    if not path.is_dir():
        return (path,)
    return _files(path) if path.suffix.lower() == ZARR else dicom_files(path)


def dicom_files(folder: Path) -> tuple[Path, ...]:
    """The .dcm files that lie in a folder itself."""
    return tuple(sorted(file for file in folder.iterdir() if file.suffix.lower() == DICOM))


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


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(file for file in folder.rglob("*") if file.is_file()))
