"""One number for a cohort: it changes when the manifest or a byte of a table it names does."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from core.cohort.images import image_files
from core.cohort.sources import ImageSource, Manifest
from core.slide_files import ZARR, slide_files

SLIDE_SAMPLE = 1 << 16
"""Bytes read at either end of a slide file; gigabytes of slides are not read for a fingerprint."""

_ZARR_TEXTS = ("zarr.json", ".zarray", ".zattrs", ".zgroup")
"""Files of an OME-Zarr slide that are read; its chunks, of which there may be 100,000, count by name and size."""


def fingerprint(manifest: Manifest, *, outcome: str) -> str:
    """SHA-256 over the manifest, the outcome column, the tables it names, and name, size and both ends of each slide.

    Where the folder lies does not matter, nor when files were written.
    """
    total = hashlib.sha256(f"outcome {outcome}\n".encode())
    tables = {
        "manifest": manifest.file,
        "clinical": manifest.clinical.path,
        "expression": manifest.expression.path if manifest.expression else None,
        "gene sets": manifest.gene_sets,
        "resolutions": manifest.images.resolutions if manifest.images else None,
        "features": manifest.images.path if manifest.images and manifest.images.kind == "features" else None,
    }
    for role, path in tables.items():
        if path is not None:
            total.update(f"{role} {_digest(path)}\n".encode())
    if manifest.images and manifest.images.kind != "features":
        for file in _files(manifest.images):
            name = file.relative_to(manifest.images.path).as_posix()
            total.update(f"slide {name} {_slide_digest(file)}\n".encode())
    return total.hexdigest()


def _files(source: ImageSource) -> Iterator[Path]:
    """Files of all slides, each slide's in alphabetical order."""
    return (file for slide in image_files(source) for file in slide_files(slide))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _slide_digest(path: Path) -> str:
    size = path.stat().st_size
    if ZARR in (parent.suffix.lower() for parent in path.parents) and path.name not in _ZARR_TEXTS:
        return f"{size}"
    with path.open("rb") as stream:
        head = stream.read(SLIDE_SAMPLE)
        stream.seek(max(0, size - SLIDE_SAMPLE))
        return hashlib.sha256(f"{size}".encode() + head + stream.read()).hexdigest()
