"""Where a Chromium lies, if there is one, and how it is started in tests: without asking anyone anything."""

import shutil
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@cache
def chromium() -> str | None:
    """Path of a Chromium on PATH; None when there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
