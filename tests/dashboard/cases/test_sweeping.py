"""Cases that nobody keeps go by themselves, while the server runs."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from dashboard.cases import unkept
from dashboard.cases.folder import CaseFolder
from dashboard.cases.sweeping import Sweeper
from dashboard.cases.unkept import UNKEPT_HOURS

WAIT_S = 30


def old_case(data: Path) -> CaseFolder:
    case = CaseFolder.new(data)
    (case.path / "request.json").write_text(json.dumps({"run": "run-0"}))
    then = time.time() - (UNKEPT_HOURS + 1) * 3600
    for path in (*case.path.iterdir(), case.path):
        os.utime(path, (then, then))
    return case


def until(done: threading.Event) -> None:
    assert done.wait(WAIT_S)


def test_a_server_that_runs_removes_what_nobody_keeps(tmp_path: Path) -> None:
    gone, kept = old_case(tmp_path), old_case(tmp_path)
    kept.keep("mine")
    sweeper = Sweeper(lambda: tmp_path, every_s=0.01)
    sweeper.begin()
    deadline = time.monotonic() + WAIT_S
    while gone.path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sweeper.end()
    assert kept.path.exists()


def test_a_folder_that_cannot_be_written_to_does_not_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice, times = threading.Event(), list[int]()

    def refused(_: Path) -> int:
        times.append(1)
        if len(times) > 1:
            twice.set()
        raise PermissionError("read-only")

    monkeypatch.setattr(unkept, "sweep", refused)
    sweeper = Sweeper(lambda: tmp_path, every_s=0.01)
    sweeper.begin()
    until(twice)
    sweeper.end()
