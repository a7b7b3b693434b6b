"""A disk that takes no more bytes is said in a sentence, and what was there stays."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.results import RunFolder, Store
from tests.stores import write_run

ROOT = Path(__file__).parents[2]
# a limit on the size of files fails a write in the same way as a full disk
FULL = """
import resource, sys
from pathlib import Path
from core.errors import InputError
from core.results import publish
from tests.results.killed import write_fold
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    {"fold": write_fold, "publish": publish}[sys.argv[1]](Path(sys.argv[2]))
except InputError as error:
    print(error)
"""


def on_a_full_disk(what, data, limit):
    """What was said."""
    return subprocess.run(
        [sys.executable, "-c", FULL, what, str(data), str(limit)], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("limit", [100, 3500])
def test_a_fold_on_a_full_disk_is_not_there(tmp_path, limit):
    write_run(tmp_path, name="begun", patients=30, models=("fused", "image"), finish=False)
    assert "cannot be written" in on_a_full_disk("fold", tmp_path, limit)
    run = RunFolder.open(tmp_path, "begun")
    assert not run.finished("image", run.folds()[-1])
    assert len(run.finished_folds()) == 9


@pytest.mark.parametrize("limit", [100, 100_000])
def test_publishing_on_a_full_disk_leaves_the_old_catalogue(data, limit):
    assert "cannot be written" in on_a_full_disk("publish", data, limit)
    assert Store.generation(data) == 1
    assert len(Store.open(data).runs()) == 2
