"""Trainings that run, and runs that were begun and not finished, whoever began them: pages and terminals alike."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.results import RunFolder
from core.results.progress import Progress, ProgressFile
from core.results.standing import Standing, standing, standings
from dashboard import jobs
from dashboard.jobs import Job, Training


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """One training, with what is known of it at this moment."""

    standing: Standing
    """Of the run that is worked on now: of two that are compared, the one after the other."""
    progress: Progress | None
    """None before the first fit of this process, and where nothing can be told."""
    job: Job | None
    """None for one that was begun in a terminal."""

    @property
    def run(self) -> str:
        """The run's name."""
        return self.standing.name


def running(data: Path) -> tuple[Followed, ...]:
    """Those that run now: first what was started on a page, then what was started elsewhere."""
    busy = jobs.running_jobs(data, "training")
    own = tuple(followed(data, job) for job in busy)
    claimed = {name for job in busy for name in runs_of(job)}
    others = (one for one in standings(data) if one.busy and one.name not in claimed)
    return (*own, *(Followed(standing=one, progress=_progress(data, one), job=None) for one in others))


def unfinished(data: Path) -> tuple[Standing, ...]:
    """Runs that were begun, are not finished, and nobody works on."""
    claimed = {name for job in jobs.running_jobs(data, "training") for name in runs_of(job)}
    return tuple(one for one in standings(data) if not one.busy and not one.finished and one.name not in claimed)


def followed(data: Path, job: Job) -> Followed:
    """A training that was started on a page."""
    found = [standing(data, name) for name in runs_of(job)]
    now = next((one for one in found if one.busy), next((one for one in found if not one.finished), found[-1]))
    return Followed(standing=now, progress=_progress(data, now), job=job)


def runs_of(job: Job) -> tuple[str, ...]:
    """Names of the runs that a training's job writes."""
    assert isinstance(job.task, Training)
    return job.task.runs


def to_resume(data: Path, name: str) -> Training | None:
    """What continues a run: what it was asked for on a page, else what its record says; None where neither tells."""
    for job in jobs.jobs(data, "training"):
        if isinstance(job.task, Training) and name in job.task.runs:
            return job.task.resumed()
    try:
        return Training.of_run(data, RunFolder.open(data, name).record)
    except InputError:
        return None


def _progress(data: Path, one: Standing) -> Progress | None:
    """Of a process that works on the run now; what an earlier one left says nothing of it."""
    return ProgressFile(data / "runs" / one.name).read() if one.busy else None
