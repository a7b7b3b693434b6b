"""What a person may hand in: told by its content, kept under our own name. A given name is only ever shown.

Large files lie in the intake folder (ACINUS_INTAKE, else `intake` in the data folder), where they are picked.
"""

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import InputError
from core.slide_files import MIRAX, ZARR, dicom_files

Kind = Literal["slide", "expression"]

SLIDE_SUFFIXES = (".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif", ".svslide", MIRAX, ".dcm", ".jpg", ".jpeg", ".png")
EXPRESSION_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".xlsx", ".parquet")
_DICOM_AT = 128
"""Where DICOM says that it is DICOM."""
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HEAD = 65_536
"""Bytes looked at."""
MOST = 2_000
"""Entries of a folder that are offered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """What a folder of the intake folder offers, sorted."""

    inside: tuple[str, ...]
    """Names of the folders on the way to it; none for the intake folder itself."""
    folders: tuple[str, ...]
    files: tuple[str, ...]
    """Files, and folders that are one slide."""


def intake_folder(data: Path) -> Path:
    """Where large files are picked from."""
    return Path(os.environ.get("ACINUS_INTAKE") or data / "intake")


def suffix(head: bytes, *, name: str, kind: Kind) -> str:
    """The file ending that fits the content.

    Args:
        head: the first bytes, `HEAD` at most.
        name: the name it came with: chooses among endings that fit, and is named in the error.

    Raises:
        InputError: it is nothing we read.
    """
    found = _slide_suffix(head, Path(name).suffix.lower()) if kind == "slide" else _expression_suffix(head)
    if found is None:
        wanted = (
            "a TIFF slide (.svs, .tif, .ndpi, .scn, .bif), DICOM, a JPEG or a PNG"
            if kind == "slide"
            else "an expression table (csv, tsv, their gzip forms, xlsx or parquet)"
        )
        raise InputError(f"the {kind} file is not {wanted} by its content; check that it is whole and of that kind")
    return found


def suffix_of(path: Path, *, kind: Kind) -> str:
    """The same for a file or folder of the intake folder; those of several files keep their ending."""
    if path.is_dir():
        return ZARR if path.suffix.lower() == ZARR else ""
    if kind == "slide" and path.suffix.lower() == MIRAX:
        return MIRAX
    with path.open("rb") as file:
        return suffix(file.read(HEAD), name=path.name, kind=kind)


def browse(root: Path, inside: Sequence[str], *, kind: Kind) -> Folder:
    """What may be picked in a folder: no links, nothing hidden, folders that are one slide as that slide.

    `inside` leads down by names that were listed; where one is not there any more, the way ends before it.
    """
    here, way = root, list[str]()
    for name in inside:
        if name not in _entries(here, kind).folders:
            break
        here, way = here / name, [*way, name]
    found = _entries(here, kind)
    return Folder(inside=tuple(way), folders=found.folders, files=found.files)


def picked(root: Path, inside: Sequence[str], name: str, *, kind: Kind) -> Path:
    """The file or folder of that name.

    Raises:
        InputError: it is not offered (any more).
    """
    folder = browse(root, inside, kind=kind)
    if folder.inside != tuple(inside) or name not in folder.files:
        raise InputError("the file is not in the intake folder any more; choose another")
    return root.joinpath(*inside, name)


def _entries(folder: Path, kind: Kind) -> Folder:
    there = sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []
    open_to_all = [path for path in there if not path.is_symlink() and not path.name.startswith(".")][:MOST]
    of_mirax = {path.with_suffix("") for path in open_to_all if path.suffix.lower() == MIRAX}
    slides = {path for path in open_to_all if kind == "slide" and path.is_dir() and _is_slide(path)}
    endings: tuple[str, ...] = SLIDE_SUFFIXES if kind == "slide" else EXPRESSION_SUFFIXES
    files = [path for path in open_to_all if path.is_file() and path.name.lower().endswith(endings)]
    return Folder(
        inside=(),
        folders=tuple(
            path.name for path in open_to_all if path.is_dir() and path not in slides and path not in of_mirax
        ),
        files=tuple(path.name for path in sorted([*files, *slides])),
    )


def _is_slide(folder: Path) -> bool:
    return folder.suffix.lower() == ZARR or bool(dicom_files(folder))


def _slide_suffix(head: bytes, given: str) -> str | None:
    if head.startswith(TIFF):
        # some readers know a vendor's TIFF by its ending only
        return given if given in (".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif", ".svslide") else ".tif"
    if head[_DICOM_AT : _DICOM_AT + 4] == b"DICM":
        return ".dcm"
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    return ".png" if head.startswith(b"\x89PNG\r\n\x1a\n") else None


def _expression_suffix(head: bytes) -> str | None:
    if head.startswith(b"PAR1"):
        return ".parquet"
    if head.startswith(b"PK\x03\x04"):
        return ".xlsx"
    if head.startswith(b"\x1f\x8b"):
        inner = _text_suffix(_inflated(head))
        return None if inner is None else f"{inner}.gz"
    return _text_suffix(head)


def _text_suffix(head: bytes) -> str | None:
    first = head.split(b"\n", 1)[0]
    if not first.strip() or b"\0" in head:
        return None
    return ".tsv" if b"\t" in first else ".csv"


def _inflated(head: bytes) -> bytes:
    """The beginning of what is packed; at most `HEAD` bytes, whatever it would unpack to."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""
