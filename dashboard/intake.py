"""What a person may hand in: told by its content, kept under our own name. A given name is only ever shown."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from core.errors import InputError

Kind = Literal["slide", "expression"]

SLIDE_SUFFIXES = (".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif", ".dcm", ".jpg", ".jpeg", ".png")
EXPRESSION_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".xlsx", ".parquet")
_DICOM_AT = 128
"""Where DICOM says that it is DICOM."""
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HEAD = 65_536
"""Bytes looked at."""


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


def offered(folder: Path, *, kind: Kind) -> tuple[Path, ...]:
    """Files of the intake folder that may be chosen: regular files of known endings, no links, sorted."""
    endings: Sequence[str] = SLIDE_SUFFIXES if kind == "slide" else EXPRESSION_SUFFIXES
    there = folder.iterdir() if folder.is_dir() else ()
    return tuple(
        sorted(
            file
            for file in there
            if file.is_file() and not file.is_symlink() and file.name.lower().endswith(tuple(endings))
        )
    )


def _slide_suffix(head: bytes, given: str) -> str | None:
    if head.startswith(TIFF):
        # some readers know a vendor's TIFF by its ending only
        return given if given in (".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif") else ".tif"
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
