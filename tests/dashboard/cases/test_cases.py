"""A case is predicted outside the page and found again, whatever happens to page, server or process."""

import os
import signal
import stat
import time
from pathlib import Path

import pytest

from dashboard.cases.folder import CaseFolder, Status
from dashboard.cases.request import Request
from dashboard.processes import process_folder


@pytest.fixture
def case(tmp_path: Path) -> CaseFolder:
    return CaseFolder.new(tmp_path)


def ended(case: CaseFolder, *, within_s: float = 60) -> Status:
    """The status once the case no longer runs."""
    deadline = time.monotonic() + within_s
    while (status := case.status()).state == "running":
        assert time.monotonic() < deadline, "the case did not end"
        time.sleep(0.1)
    return status


def stand_in(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Runs a shell line in place of the prediction."""
    monkeypatch.setattr(CaseFolder, "command", lambda *_: ["sh", "-c", script])


def test_an_unknown_run_is_answered_with_the_one_sentence_of_the_command(case: CaseFolder):
    name = case.put(b"gene\tS1\nTP53\t1.0\n", part="expression", suffix=".tsv")
    case.start(Request(run="gone", expression=name))
    assert case.status().state == "running"
    status = ended(case)
    assert status.state == "failed"
    assert status.problem.startswith("there is no run 'gone'")
    assert "Traceback" not in "\n".join(status.tail)


def test_a_finished_case_is_found_again_by_its_id(case: CaseFolder, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, f'mkdir {case.result} && echo \'{{"run": "r"}}\' > {case.result}/prediction.json')
    case.start(Request(run="r"))
    assert ended(case).state == "done"
    again = CaseFolder.find(case.data, case.id)
    assert again is not None and again.status().state == "done"
    assert again.prediction() == {"run": "r"}


def test_progress_is_the_last_state_of_each_line(case: CaseFolder, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, r"printf 'slides: 0%%\rslides: 50%%\rslides: 100%%\nnext\n' >&2; exit 3")
    case.start(Request(run="r"))
    status = ended(case)
    assert status.tail == ("slides: 100%", "next")
    assert "exit code 3" in status.problem


def test_a_killed_prediction_is_said_to_have_been_killed(case: CaseFolder, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exec sleep 60")
    case.start(Request(run="r"))
    assert CaseFolder(case.data, case.id).status().state == "running"
    os.killpg(int((case.path / "pid").read_text()), signal.SIGKILL)
    status = ended(case, within_s=10)
    assert status.state == "failed" and "killed before it ended" in status.problem


def test_a_restarted_server_still_sees_a_running_case(case: CaseFolder, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exec sleep 60")
    case.start(Request(run="r"))
    with monkeypatch.context() as restarted:
        restarted.setattr(process_folder, "_started", {})
        assert case.status().state == "running"
    case.delete()


def test_deleting_stops_the_process_and_leaves_nothing(case: CaseFolder, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exec sleep 60")
    bag = case.data / "features" / "encoder" / f"{case.id}-slide-abc.h5"
    other = bag.with_name("another.h5")
    bag.parent.mkdir(parents=True)
    bag.touch()
    other.touch()
    case.put(b"II*\0", part="slide", suffix=".tif")
    case.start(Request(run="r"))
    group = int((case.path / "pid").read_text())
    case.delete()
    assert not case.path.exists() and not bag.exists() and other.exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


@pytest.mark.parametrize("name", ["", "..", "../runs", "A" * 32, "a" * 31, "a" * 31 + "/", "%2e%2e"])
def test_no_address_reaches_outside_the_cases(tmp_path: Path, name: str):
    (tmp_path / "request.json").touch()
    (tmp_path / "cases").mkdir()
    assert CaseFolder.find(tmp_path, name) is None


def test_a_case_belongs_to_its_owner_alone_and_keeps_no_given_name(case: CaseFolder):
    name = case.put(b"II*\0", part="slide", suffix=".tif")
    assert name == f"{case.id}-slide.tif"
    assert stat.S_IMODE(case.path.stat().st_mode) == 0o700


def test_a_file_of_the_intake_folder_is_linked_and_outlives_the_case(case: CaseFolder, tmp_path: Path):
    source = tmp_path / "big.svs"
    source.write_bytes(b"II*\0")
    linked = case.path / case.link(source, part="slide", suffix=".svs")
    assert linked.read_bytes() == b"II*\0" and linked.name == f"{case.id}-slide.svs"
    case.delete()
    assert source.exists()
