"""One image of a TIFF decoded whole, found by the place of its directory."""

from pathlib import Path

import numpy as np


def read_page(path: Path, offset: int) -> np.ndarray:
    """Pixels of the image whose directory lies at `offset`; the probe has checked that its data lie in the file.

    Raises:
        ValueError: it cannot be decoded.
    """
    # Only wanted for labels and macros, and slow to import.
    import tifffile

    with tifffile.TiffFile(path) as file:
        file.filehandle.seek(offset)
        return tifffile.TiffPage(file, index=0).asarray()
