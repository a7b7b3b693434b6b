"""Files that other processes may read at any moment: there as a whole, or not at all."""

import os
import uuid
from pathlib import Path

from core.errors import InputError


def write_whole(file: Path, content: bytes | memoryview, *, lasting: bool) -> None:
    """Writes under a temporary name, then renames.

    Args:
        file: where to; its folder is made.
        content: all of it.
        lasting: whether it has to be there after the power failed too. What can be found out anew need not wait for
            the disk.

    Raises:
        InputError: the disk is full or the folder is not to be written to; says how much room is wanted.
    """
    # Not named by the process: on a shared folder two machines may use the same number.
    temporary = file.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            if lasting:
                os.fsync(stream.fileno())
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(
            f"{file} ({len(content):,} bytes) cannot be written ({error.strerror}); "
            "make room or name another folder by --data"
        ) from error
