"""One number for a cohort: it changes when the manifest or a byte of a table it names does."""

import hashlib
from pathlib import Path

from core.cohort.images import image_files
from core.cohort.sources import Manifest

SLIDE_SAMPLE = 1 << 16
"""Bytes read at either end of a slide file; gigabytes of slides are not read for a fingerprint."""


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
        for file in image_files(manifest.images):
            name = file.relative_to(manifest.images.path).as_posix()
            total.update(f"slide {name} {_slide_digest(file)}\n".encode())
    return total.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _slide_digest(path: Path) -> str:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(SLIDE_SAMPLE)
        stream.seek(max(0, size - SLIDE_SAMPLE))
        return hashlib.sha256(f"{size}".encode() + head + stream.read()).hexdigest()
