"""SIGKILL at every flush of a write leaves the old state or the new one, and the next attempt succeeds."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.results import RunFolder, Store, publish
from tests.results.killed import write_fold
from tests.stores import write_run

ROOT = Path(__file__).parents[2]
FLUSHES = {"fold": 12, "publish": 6}
"""One more than each makes, so that the last attempt comes through."""


def killed(what, source, tmp_path):
    """A copy of `source` per flush with how the write into it ended."""
    copies = [shutil.copytree(source, tmp_path / f"copy-{number}") for number in range(1, FLUSHES[what] + 1)]
    said = subprocess.run(
        [sys.executable, "-m", "tests.results.killed", what, *map(str, copies)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert said == ["killed"] * (FLUSHES[what] - 1) + ["done"]
    return list(zip(copies, said, strict=True))


@pytest.fixture
def begun(tmp_path):
    """A run of two models that lacks its last fold and its scores."""
    write_run(tmp_path / "begun", name="begun", patients=30, models=("fused", "image"), finish=False)
    return tmp_path / "begun"


def test_a_killed_fold_is_not_there_and_is_written_the_next_time(begun, tmp_path):
    ends = set()
    for data, said in killed("fold", begun, tmp_path):
        run = RunFolder.open(data, "begun")
        last = run.folds()[-1]
        finished = run.finished("image", last)
        ends.add((said, finished))
        assert finished or said == "killed"
        if not finished:
            write_fold(data)
        assert run.finished("image", last)
        assert len(run.finished_folds()) == 10
        with run.lock():
            assert not list(data.rglob("*.tmp-*")), "leftovers are swept"
    # killed before the folder got its name, killed just after, and not killed
    assert ends == {("killed", False), ("killed", True), ("done", True)}


def test_a_killed_publishing_leaves_a_catalogue_that_opens(data, tmp_path):
    write_run(data, name="third", patients=30, models=("image",))
    seen = set()
    for copy, said in killed("publish", data, tmp_path):
        store = Store.open(copy)
        runs = len(store.runs())
        assert runs == 3 if said == "done" else runs in (2, 3)
        seen.add((said, runs))
        store.close()
        publish(copy)
        assert len(Store.open(copy).runs()) == 3
        assert not list(copy.glob("*.tmp-*"))
    assert {("killed", 2), ("done", 3)} <= seen
