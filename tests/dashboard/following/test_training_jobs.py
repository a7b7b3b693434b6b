"""A real training, begun from the page's own functions: followed, stopped, killed, found again, resumed to its end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import FitSpec, RunSpec
from core.errors import InputError
from core.results import RunFolder
from core.results.progress import ProgressFile
from core.results.standing import standing
from dashboard import jobs
from dashboard.following import long_work, trainings
from dashboard.jobs import Job, Training
from tests.commands.conftest import HOME, write_cohort
from tests.commands.test_train import digests
from tests.dashboard.jobs.test_jobs import ended

SERVER = """
import sys
from pathlib import Path
from dashboard import jobs
from dashboard.jobs import Training

settings = Path(sys.argv[1]).read_text()
import json
task = Training.of(json.loads(settings))
print(jobs.start(task.spec.data, task).id)
"""
"""Another server's process, which ends after it has begun the training."""


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cohort(tmp_path_factory.mktemp("cohorts") / "here")


def asked(cohort: Path, data: Path, *, run: str = "a", **other: object) -> Training:
    """Six short fits."""
    spec = RunSpec(
        cohort=cohort,
        data=data,
        run=run,
        folds=3,
        models=("image", "genes"),
        fit=FitSpec(epochs=3, width=16),
        device="cpu",
    )
    return Training(spec=replace(spec, **other))  # type: ignore[arg-type]


def waited(until: Callable[[], object], *, within_s: float = 120) -> None:
    deadline = time.monotonic() + within_s
    while not until():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def fits_done(data: Path, run: str = "a") -> int:
    progress = ProgressFile(data / "runs" / run).read()
    return sum(one.done for one in progress.fits) if progress else 0


def begun_by_another_server(training: Training, folder: Path) -> Job:
    """Started by a process that is gone when this returns."""
    (folder / "asked.json").write_text(json.dumps(training.settings()))
    words = [sys.executable, "-c", SERVER, str(folder / "asked.json")]
    started = subprocess.run(words, cwd=HOME, capture_output=True, text=True, check=True)
    (job,) = jobs.jobs(training.spec.data, "training")
    assert job.id == started.stdout.strip()
    return job


@pytest.mark.slow
def test_a_training_outlives_its_server_is_followed_stopped_killed_and_resumed_to_the_same_numbers(
    cohort: Path, tmp_path: Path
):
    data, training = tmp_path / "data", asked(cohort, tmp_path / "data")
    job = begun_by_another_server(training, tmp_path)

    # it is found again, and its progress moves
    waited(lambda: fits_done(data) >= 1)
    (followed,) = trainings.running(data)
    assert followed.run == "a" and followed.job is not None and followed.job.id == job.id
    assert followed.progress is not None and len(followed.progress.fits) == 6
    (listed,) = long_work.work(data)
    assert (listed.kind, listed.state, listed.title) == ("training", "running", "a")

    # the same run is not begun twice, neither by another visitor nor with other settings
    for other in (training, asked(cohort, data, seed=7), training.resumed()):
        with pytest.raises(InputError, match="running already"):
            jobs.start(data, other)

    # it is stopped: nothing runs any more, what is done is kept
    job.stop()
    assert ended(job, within_s=60).state == "stopped"
    assert trainings.running(data) == () and not standing(data, "a").busy
    kept = digests(data, "a")
    assert kept and [one.name for one in trainings.unfinished(data)] == ["a"]
    with pytest.raises(InputError, match="choose another name, or resume"):
        jobs.start(data, training)

    # resumed, and killed with everything that belongs to it
    before = fits_done(data)
    resumed = jobs.start(data, training.resumed())
    waited(lambda: fits_done(data) > before or not resumed.status().busy)
    os.killpg(int((resumed.path / "pid").read_text()), signal.SIGKILL)
    assert ended(resumed).state == "interrupted" and not standing(data, "a").busy

    # resumed to its end: the numbers are those of a run that nobody disturbed and nobody followed
    task = trainings.to_resume(data, "a")
    assert task is not None
    last = jobs.start(data, task)
    assert ended(last, within_s=300).state == "done", last.status()
    undisturbed = jobs.start(data, asked(cohort, data, run="b"))
    assert ended(undisturbed, within_s=300).state == "done", undisturbed.status()
    assert digests(data, "a") == digests(data, "b")
    assert RunFolder.open(data, "a").scores() == RunFolder.open(data, "b").scores()
    assert fits_done(data, "a") == fits_done(data, "b") == 6


@pytest.mark.slow
def test_a_training_begun_in_a_terminal_is_followed_but_not_stopped_and_can_be_resumed(cohort: Path, tmp_path: Path):
    words = ["train.py", *asked(cohort, tmp_path).options(tmp_path)]
    with subprocess.Popen(
        [sys.executable, *words], cwd=HOME, stderr=subprocess.DEVNULL, start_new_session=True
    ) as terminal:
        waited(lambda: fits_done(tmp_path) >= 1)
        (followed,) = trainings.running(tmp_path)
        assert followed.run == "a" and followed.job is None
        (listed,) = long_work.work(tmp_path)
        assert listed.state == "running" and listed.job is None
        with pytest.raises(InputError, match="was not started on this page"):
            jobs.start(tmp_path, asked(cohort, tmp_path).resumed())
        os.killpg(terminal.pid, signal.SIGKILL)
    (listed,) = long_work.work(tmp_path)
    assert listed.state == "interrupted"
    task = trainings.to_resume(tmp_path, "a")
    assert task is not None and task.spec == replace(
        asked(cohort, tmp_path).resumed().spec, cohort=cohort.resolve(), device="auto"
    )
    # the page that looks on is never in the way of who trains
    job = jobs.start(tmp_path, task)
    while job.status().busy:
        trainings.running(tmp_path)
    assert job.status().state == "done", job.status()


def test_what_cannot_be_trained_is_told_in_the_words_of_the_command(cohort: Path, tmp_path: Path):
    job = jobs.start(tmp_path, asked(cohort, tmp_path, outcome="nowhere"))
    status = ended(job, within_s=120)
    assert status.state == "failed" and "nowhere" in status.problem and "Traceback" not in job.log().decode()
    assert not (tmp_path / "runs").exists()
