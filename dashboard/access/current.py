"""access.toml as it is now, read again when it changes: every request asks."""

import os
from functools import lru_cache
from pathlib import Path

from dashboard.access.settings import Settings, read_settings, settings_file


def current_settings(data: Path) -> Settings:
    """Who may enter, as the file says at this moment.

    Raises:
        InputError: the file cannot be understood; then nobody enters.
    """
    path = settings_file(data)
    try:
        found = path.stat()
    except FileNotFoundError:
        return read_settings(data)
    return _read(data, path, found.st_mtime_ns, found.st_size, found.st_mode, os.environ.get("ACINUS_ACCESS"))


@lru_cache(maxsize=8)
def _read(data: Path, *_: object) -> Settings:
    return read_settings(data)
