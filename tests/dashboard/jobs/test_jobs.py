"""Long work runs outside the page, is found again and stopped, whatever happens to page, server or process."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.cohort.demo import write_demo
from core.config import FitSpec, RunSpec, TileSpec
from core.errors import InputError
from core.slides.extraction.states import read_states, read_worklists
from dashboard import jobs
from dashboard.jobs import Check, Extraction, Job, JobStatus, Report, Training, command_line, folders
from dashboard.processes import process_folder

ASKED = Extraction(cohort="cohorts/a", encoder_weights="random")
ENDS_WHEN_ASKED = "trap 'echo interrupted; exit 130' TERM; while :; do sleep 0.05; done"
DEAF = "trap '' TERM; while :; do sleep 0.05; done"


def stand_in(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Runs a shell line in place of what was asked."""
    monkeypatch.setattr(folders, "command_of", lambda *_: ["sh", "-c", f"echo begun; {script}"])


def ended(job: Job, *, within_s: float = 20) -> JobStatus:
    """The status once the job no longer runs."""
    deadline = time.monotonic() + within_s
    while (status := job.status()).state in ("running", "stopping"):
        assert time.monotonic() < deadline, "the job did not end"
        time.sleep(0.02)
    return status


def begun(job: Job) -> Job:
    """Once its command has said its first word."""
    deadline = time.monotonic() + 20
    while not job.status().tail:
        assert time.monotonic() < deadline, "the job did not begin"
        time.sleep(0.02)
    return job


def group_of(job: Job) -> int:
    return int((job.path / "pid").read_text())


def test_a_cohort_that_is_not_there_is_answered_with_the_sentence_of_the_command(tmp_path: Path):
    job = jobs.start(tmp_path, Extraction(cohort=str(tmp_path / "gone"), encoder_weights="random"))
    status = ended(job, within_s=60)
    assert status.state == "failed"
    assert "there is no cohort.toml" in status.problem and "Traceback" not in "\n".join(status.tail)


@pytest.mark.slow
def test_a_real_extraction_is_stopped_with_its_list_resumed_and_finished(tmp_path: Path):
    write_demo(tmp_path / "cohort", patients=20, progress=False, tissue_um=300.0)
    tiles = TileSpec(max_tiles=2)
    asked = Extraction(cohort=str(tmp_path / "cohort"), encoder_weights="random", tiles=tiles)
    job = jobs.start(tmp_path, asked)
    deadline = time.monotonic() + 60
    while not (lists := read_worklists(tmp_path / "features")):
        assert time.monotonic() < deadline and job.status().state == "running", job.status()
        time.sleep(0.1)
    # the page finds the job of a list, and the list of a job, by what they were asked for
    assert asked.same_as(Extraction.of(lists[0].settings))
    job.stop()
    assert ended(job, within_s=40).state == "stopped"
    assert ended(jobs.start(tmp_path, asked), within_s=120).state == "done"
    assert {state.status for state in read_states(tmp_path / "features", lists[0])} == {"done"}


def test_a_job_that_ends_well_is_done_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exit 0")
    job = jobs.start(tmp_path, ASKED)
    assert ended(job).state == "done"
    (again,) = jobs.jobs(tmp_path)
    assert (again.id, again.task, again.status().state) == (job.id, ASKED, "done")
    assert again.status().tail == ("begun",)


def test_a_stopped_job_ends_by_itself_and_takes_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    job = begun(jobs.start(tmp_path, ASKED))
    job.stop()
    status = ended(job)
    assert status.state == "stopped" and "interrupted" in status.tail


def test_a_job_that_does_not_listen_is_killed_after_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, DEAF)
    job = begun(jobs.start(tmp_path, ASKED, grace_s=1))
    job.stop()
    assert job.status().state == "stopping"
    job.stop()
    # whoever of the group still lived would hold the lock
    assert ended(job, within_s=10).state == "stopped"


def test_a_killed_job_counts_as_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exec sleep 60")
    job = begun(jobs.start(tmp_path, ASKED))
    os.killpg(group_of(job), signal.SIGKILL)
    assert ended(job).state == "interrupted"


def test_a_command_killed_for_memory_is_said_to_have_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "kill -9 $$")
    status = ended(jobs.start(tmp_path, ASKED))
    assert status.state == "failed" and "lack of memory" in status.problem


def test_a_restarted_server_finds_a_running_job_and_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    begun(jobs.start(tmp_path, ASKED))
    with monkeypatch.context() as restarted:
        restarted.setattr(process_folder, "_started", {})
        (found,) = jobs.running_jobs(tmp_path)
        found.stop()
    assert ended(found).state == "stopped"


def test_the_same_extraction_runs_once_and_another_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    first = begun(jobs.start(tmp_path, ASKED))
    same = Extraction(cohort=str(tmp_path / "cohorts" / "a"), encoder_weights="random", retry=True)
    with pytest.raises(InputError, match="running already"):
        jobs.start(tmp_path, same)
    other = begun(jobs.start(tmp_path, Extraction(cohort="cohorts/a", encoder_weights="random", stain="macenko")))
    for job in (first, other):
        job.stop()
        ended(job)
    again = begun(jobs.start(tmp_path, same))
    again.stop()
    assert ended(again).state == "stopped"


def test_a_job_on_another_machine_is_not_stopped_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)
    job = begun(jobs.start(tmp_path, ASKED))
    job.host = "elsewhere"
    with pytest.raises(InputError, match="elsewhere"):
        job.stop()
    assert job.status().state == "running"
    Job(job.path).stop()
    ended(job)


def test_only_the_latest_jobs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folders, "KEPT", 1)
    stand_in(monkeypatch, "exit 0")
    first = jobs.start(tmp_path, ASKED)
    ended(first)
    second = jobs.start(tmp_path, ASKED)
    assert [job.id for job in jobs.jobs(tmp_path)] == [second.id]
    ended(second)


def test_a_folder_that_is_no_jobs_is_left_out(tmp_path: Path):
    kept = json.dumps({"kind": "training", "training": {"run": "a"}, "command": "", "asked": "", "host": ""})
    for name, text in (("a", "{"), ("b", '{"extraction": {"cohort": "c"}}'), ("c", "[]"), ("d", kept)):
        (tmp_path / "jobs" / name).mkdir(parents=True)
        (tmp_path / "jobs" / name / "request.json").write_text(text)
    assert jobs.jobs(tmp_path) == ()


def test_what_a_work_list_was_asked_for_is_asked_again():
    asked = Extraction(cohort="/cohorts/a", stain="reinhard", trunk="own:trunk", tiles=TileSpec(um_per_px=1.0))
    settings = {key: value for key, value in asked.settings().items() if key != "retry"}
    assert Extraction.of(settings) == asked
    assert Extraction.of({}) is None and Extraction.of({"cohort": "c", "tiles": {"size_px": 1}}) is None


def test_the_command_holds_what_is_not_as_by_default_and_nothing_that_could_be_an_option():
    data = Path("data")
    assert command_line(Extraction(cohort="a b"), data) == (
        "python -m core features --cohort 'a b' --data data --encoder-weights imagenet"
    )
    other = Extraction(cohort="--help", encoder_weights="-w", stain="macenko", tiles=TileSpec(size_px=512), retry=True)
    words = command_line(other, data).removeprefix("python -m core features --cohort ./--help --data data ")
    assert words == "--encoder-weights ./-w --stain macenko --tiles.size-px 512 --retry"


def test_what_is_asked_is_read_back_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, "exit 0")
    spec = RunSpec(
        cohort=Path("--cohort"), data=tmp_path, run="a", models=("fused", "late"), fit=FitSpec(epochs=3), accept="-x"
    )
    asked = (Training(spec=spec), ASKED, Report(run="a"), Check(cohort="c", outcome="-o"))
    for task in asked:
        ended(jobs.start(tmp_path, task))
    assert tuple(job.task for job in reversed(jobs.jobs(tmp_path))) == asked


def test_two_visitors_who_press_at_once_begin_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in(monkeypatch, ENDS_WHEN_ASKED)

    def press(_: int) -> str:
        try:
            return jobs.start(tmp_path, ASKED).id
        except InputError as error:
            return str(error)

    with ThreadPoolExecutor(4) as visitors:
        answers = set(visitors.map(press, range(4)))
    (job,) = jobs.jobs(tmp_path)
    assert len(answers) == 2 and job.id in answers and any("running already" in answer for answer in answers)
    begun(job).stop()
    ended(job)


def test_a_job_of_the_first_kind_is_read_as_it_was_kept_before_there_were_several(tmp_path: Path):
    (tmp_path / "jobs" / "a").mkdir(parents=True)
    kept = {"extraction": ASKED.settings(), "command": "python -m core features", "asked": "", "host": "here"}
    (tmp_path / "jobs" / "a" / "request.json").write_text(json.dumps(kept))
    (job,) = jobs.jobs(tmp_path)
    assert job.task == ASKED and job.status().state == "interrupted"


def test_pages_that_look_at_once_never_take_each_other_for_the_process(tmp_path: Path):
    folder = process_folder.ProcessFolder(tmp_path)
    (tmp_path / "lock").touch()
    with ThreadPoolExecutor(4) as pages:
        assert not any(pages.map(lambda _: folder.running(), range(4000)))
