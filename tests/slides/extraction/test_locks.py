"""A lock is held by one living process; the dead hold nothing."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.slides.extraction.locks import Locks, Owner

STEM = "slide-1"


@pytest.fixture
def other() -> Owner:
    """A process of this machine that has ended."""
    code = "from core.slides.extraction.locks import Owner; from dataclasses import asdict; import json; "
    told = subprocess.run(
        [sys.executable, "-c", code + "print(json.dumps(asdict(Owner.here())))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Owner(**json.loads(told.stdout))


def _held_by(folder: Path, owner: Owner, *, age_s: float = 0.0) -> Path:
    lock = folder / f"{STEM}.lock"
    lock.write_text(json.dumps(asdict(owner)))
    past = time.time() - age_s
    os.utime(lock, (past, past))
    return lock


def test_a_lock_is_taken_once_and_given_back(tmp_path):
    with Locks(tmp_path) as locks, Locks(tmp_path) as others:
        assert locks.take(STEM) and not others.take(STEM) and not locks.take(STEM)
        assert others.holder(STEM) == Owner.here()
        locks.give_back(STEM)
        assert others.holder(STEM) is None and others.take(STEM)
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_dead_process_of_this_machine_is_taken_over_at_once(tmp_path, other):
    assert other.gone()
    with Locks(tmp_path) as locks:
        _held_by(tmp_path, other)
        assert locks.take(STEM) and locks.holder(STEM) == Owner.here()


def test_a_living_process_is_never_robbed_however_old_its_lock(tmp_path):
    with Locks(tmp_path) as locks:
        _held_by(tmp_path, Owner.here(), age_s=1e6)
        assert not locks.take(STEM)


@pytest.mark.parametrize("change", [{"began": 1}, {"boot": "before the last start"}])
def test_another_process_under_the_same_number_is_not_the_owner(tmp_path, change):
    with Locks(tmp_path) as locks:
        _held_by(tmp_path, replace(Owner.here(), **change))
        assert locks.take(STEM)


def test_a_container_whose_processes_cannot_be_seen_counts_as_another_machine(tmp_path):
    with Locks(tmp_path) as locks:
        lock = _held_by(tmp_path, replace(Owner.here(), space="pid:[1]", pid=1))
        assert not locks.take(STEM)
        os.utime(lock, (0, 0))
        assert locks.take(STEM)


@pytest.mark.parametrize(("age_s", "taken"), [(0.0, False), (500.0, False), (700.0, True)])
def test_another_machines_lock_is_stale_after_ten_minutes_without_a_touch(tmp_path, other, age_s, taken):
    with Locks(tmp_path) as locks:
        _held_by(tmp_path, replace(other, host="elsewhere"), age_s=age_s)
        assert locks.take(STEM) == taken


def test_a_held_lock_is_touched_so_that_other_machines_see_it_is_alive(tmp_path):
    with Locks(tmp_path, touch_s=0.05) as locks:
        locks.take(STEM)
        lock = tmp_path / f"{STEM}.lock"
        os.utime(lock, (0, 0))
        deadline = time.monotonic() + 5
        while lock.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert time.time() - lock.stat().st_mtime < 60


def test_a_lock_that_names_nobody_counts_by_its_age(tmp_path):
    with Locks(tmp_path) as locks:
        lock = tmp_path / f"{STEM}.lock"
        lock.write_text("")
        assert not locks.take(STEM)
        os.utime(lock, (0, 0))
        assert locks.take(STEM)


def test_what_the_dead_left_behind_is_cleared_on_entering(tmp_path, other):
    stale = _held_by(tmp_path, other)
    with Locks(tmp_path):
        assert not stale.exists()


_RACE = """
import sys
from pathlib import Path
from core.slides.extraction.locks import Locks
folder = Path(sys.argv[1])
with Locks(folder) as locks:
    print("ready", flush=True)
    sys.stdin.readline()
    won = [n for n in range(200) if locks.take(f"s{n}")]
    print(*won, flush=True)
    sys.stdin.readline()
"""


def test_of_processes_that_race_for_stale_locks_one_wins_each(tmp_path, other):
    for number in range(200):
        (tmp_path / f"s{number}.lock").write_text(json.dumps(asdict(replace(other, host="elsewhere"))))
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    for number in range(200):
        os.utime(tmp_path / f"s{number}.lock", (0, 0))
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = [[int(n) for n in racer.stdout.readline().split()] for racer in racers if racer.stdout]
    for racer in racers:
        racer.communicate("done\n")
    assert sorted(n for each in won for n in each) == list(range(200))
