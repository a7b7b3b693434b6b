"""Taking a run away for good: its folder, and with the next generation of the catalogue every row of it."""

import os
import shutil
from pathlib import Path

from core.results.artefacts import put_in_place
from core.results.catalogue import publish
from core.results.run_folder import RunFolder


def remove(data: Path, name: str) -> None:
    """Delete a run and publish what is left; at every moment it is whole or gone.

    Pages that read the generation before go on reading it, but for what lies in the folder.

    Raises:
        InputError: there is no such run, it is being trained, or the folder cannot be written; the run is
            then where it was.
    """
    run = RunFolder.open(data, name)
    # a name that no run can have: whoever lists runs meets all of it or nothing, and a killed deletion is swept away
    # when a run of that name is begun again
    gone = run.path.with_name(f".{name}.tmp-{os.getpid()}")
    with run.lock():
        put_in_place(run.path, gone)
    try:
        publish(data)
    except BaseException:
        # pages go on listing what the catalogue holds: it must be there
        put_in_place(gone, run.path)
        raise
    shutil.rmtree(gone)
