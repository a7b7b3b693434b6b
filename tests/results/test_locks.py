"""One training a run folder: the second is refused, and a dead one blocks nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import InputError
from core.results import RunFolder

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from core.results import RunFolder
with RunFolder.open(Path(sys.argv[1]), "begun").lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_lock_is_refused_with_the_holders_id(run):
    with run.lock(), pytest.raises(InputError, match=rf"'begun' is being trained by process {os.getpid()};"):  # noqa: SIM117
        with RunFolder.open(run.data, "begun").lock():
            pass


def test_a_lock_can_be_taken_again_after_it_was_given_back(run):
    for _ in range(2):
        with run.lock():
            pass
    with pytest.raises(ZeroDivisionError), run.lock():
        _ = 1 / 0
    with run.lock():
        pass


def test_another_process_is_refused_until_the_holder_dies(run):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(run.data)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=f"process {holder.pid};"), run.lock():
            pass
    finally:
        holder.kill()
        holder.communicate()
    with run.lock():
        pass


def test_locking_sweeps_what_killed_processes_left(run):
    leftovers = [
        run.path / "models" / "fused" / ".r0-f0.tmp-1",
        run.path.with_name(".begun.tmp-1"),
    ]
    for leftover in leftovers:
        leftover.mkdir(parents=True)
        (leftover / "predictions.parquet").write_text("half")
    (run.path / ".run.json.tmp-1").write_text("half")
    with run.lock():
        assert not list(run.data.rglob("*.tmp-*"))


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        RunFolder.create(tmp_path / "file", run.record)
