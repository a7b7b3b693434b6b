"""States are followed on disk, whoever writes them, and nothing is read again that nobody wrote."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.slides.extraction.locks import STALE_S, Locks
from core.slides.extraction.states import WorkList, read_state, read_states, state_file, write_state
from dashboard.following import work_lists
from dashboard.following.work_lists import StateWatch
from tests.dashboard.worklists import ENCODER, write_list, write_slides

WANTED = {"a": "done", "b": "failed", "c": "running", "d": "queued"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "features" / ENCODER


@pytest.fixture
def worklist(tmp_path: Path) -> WorkList:
    return write_slides(tmp_path, WANTED)


@pytest.fixture
def watch(tmp_path: Path, worklist: WorkList) -> StateWatch:
    return StateWatch(tmp_path / "features", worklist)


def test_a_look_sees_what_core_reads(watch: StateWatch, worklist: WorkList, tmp_path: Path):
    assert watch.look().states == read_states(tmp_path / "features", worklist)


def test_what_nobody_wrote_is_not_read_again(watch: StateWatch, folder: Path):
    before = watch.look()
    file = state_file(folder, "slide-0")
    times, text = file.stat(), file.read_text()
    with file.open("r+") as same_inode:
        same_inode.write(text.replace('"tiles": 20', '"tiles": 99', 1))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert watch.look() is before


def test_a_written_state_is_seen_and_so_is_one_that_is_gone(watch: StateWatch, folder: Path):
    before = watch.look()
    state = read_state(folder, "slide-0")
    assert state is not None
    write_state(folder, "slide-0", replace(state, tiles=99))
    after = watch.look()
    assert after.version > before.version and after.states[0].tiles == 99 and after.states[1:] == before.states[1:]
    state_file(folder, "slide-1").unlink()
    assert watch.look().states[1].status == "queued"


def test_a_slide_runs_as_long_as_somebody_holds_its_lock(watch: StateWatch, folder: Path):
    assert watch.look().interrupted == {2}
    with Locks(folder) as locks:
        assert locks.take("slide-2")
        assert watch.look().interrupted == frozenset()
    assert watch.look().interrupted == {2}


def test_a_killed_process_leaves_its_slide_interrupted(watch: StateWatch, folder: Path):
    code = (
        "import os, sys; from pathlib import Path; from core.slides.extraction.locks import Locks\n"
        "with Locks(Path(sys.argv[1])) as locks: locks.take('slide-2'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(folder)], check=False)
    assert (folder / "slide-2.lock").exists()
    assert watch.look().interrupted == {2}


def test_another_machines_slide_runs_until_its_lock_is_old(watch: StateWatch, folder: Path):
    lock = folder / "slide-2.lock"
    lock.write_text('{"host": "elsewhere", "boot": "b", "pid": 1, "began": 1}')
    assert watch.look().interrupted == frozenset()
    old = lock.stat().st_mtime - 2 * STALE_S
    os.utime(lock, (old, old))
    assert watch.look().interrupted == {2}


def test_a_list_whose_folder_is_gone_is_all_queued(tmp_path: Path, worklist: WorkList):
    watch = StateWatch(tmp_path / "elsewhere", worklist)
    assert {state.status for state in watch.look().states} == {"queued"}


def test_a_new_list_is_found_and_keeps_its_address_when_asked_for_again(tmp_path: Path):
    features = tmp_path / "features"
    assert work_lists.worklists(features) == ()
    first = write_list(features, ("a",))
    (found,) = work_lists.worklists(features)
    again = write_list(features, ("a", "b"))
    (grown,) = work_lists.worklists(features)
    assert (len(found.items), len(grown.items)) == (1, 2)
    assert work_lists.list_id(first) == work_lists.list_id(again)
    other = write_list(features, ("a",), cohort="cohorts/b")
    assert len(work_lists.worklists(features)) == 2 and work_lists.list_id(other) != work_lists.list_id(first)
