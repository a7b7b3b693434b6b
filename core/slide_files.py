"""Which files and folders are slides, and which files make up one slide: the cohort and the reader must agree on it."""

from collections.abc import Collection, Iterator
from pathlib import Path

MIRAX, ZARR, DICOM = ".mrxs", ".zarr", ".dcm"


def slides_in(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Slides of a folder and its subfolders, in alphabetical order.

    A folder named *.zarr is one slide, and so is a subfolder that .dcm files lie in; a .dcm file of the folder itself
    is one of its own. The folder beside a MIRAX slide is part of it. Links to folders are not followed.

    Args:
        folder: where to look.
        suffixes: of the names of slide files, lower case.
    """
    return sorted(_slides(folder, suffixes))


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


def _slides(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    entries = list(folder.iterdir())
    of_mirax = {entry.with_suffix("") for entry in entries if entry.suffix.lower() == MIRAX}
    for entry in entries:
        if not entry.is_dir():
            if entry.suffix.lower() in suffixes and entry.is_file():
                yield entry
        elif entry.suffix.lower() == ZARR:
            yield entry
        elif entry not in of_mirax and not entry.is_symlink():
            yield from _of_subfolder(entry, suffixes)


def _of_subfolder(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """The subfolder itself, where DICOM files make it a slide, and the other slides in it."""
    if dicom_files(folder):
        yield folder
    yield from (path for path in _slides(folder, suffixes) if path.parent != folder or path.suffix.lower() != DICOM)


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(file for file in folder.rglob("*") if file.is_file()))
