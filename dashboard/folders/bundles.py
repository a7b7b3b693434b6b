"""Bundles that lie in the data folder: frozen runs, of this machine or from elsewhere."""

import re
from pathlib import Path

SUFFIX = ".acinus"
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}{re.escape(SUFFIX)}")


def bundles_folder(data: Path) -> Path:
    """Where somebody puts them."""
    return data / "bundles"


def bundle_files(data: Path) -> tuple[Path, ...]:
    """All of them, by name; links are not followed out of the folder."""
    folder = bundles_folder(data)
    found = folder.iterdir() if folder.is_dir() else ()
    return tuple(
        sorted(path for path in found if NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink())
    )


def bundle_file(data: Path, name: str) -> Path | None:
    """The bundle of that file name; None when there is none, or when the name is no bundle's."""
    return next((path for path in bundle_files(data) if path.name == name), None)
