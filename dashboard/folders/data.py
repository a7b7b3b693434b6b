"""Where runs, features, catalogues, cases and the workspace lie."""

import os
from pathlib import Path


def data_folder() -> Path:
    """ACINUS_DATA, else `data` where the server was started."""
    return Path(os.environ.get("ACINUS_DATA", "data"))
