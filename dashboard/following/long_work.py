"""All long work that a data folder knows of: jobs of every kind, predictions of new cases, what runs in terminals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from dashboard import jobs
from dashboard.cases.folder import CaseFolder
from dashboard.following import trainings, work_lists
from dashboard.following.trainings import Followed
from dashboard.jobs import Extraction, Job, Kind, State
from dashboard.processes.process_folder import ProcessFolder

WorkKind = Kind | Literal["prediction"]
LISTED: tuple[Kind, ...] = ("training", "extraction", "report")
"""A check of a cohort takes seconds, and is answered where it was asked."""
NEWEST_LISTS = 4
"""Work lists that are looked at for extractions begun elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One piece of long work."""

    id: str
    kind: WorkKind
    title: str
    state: State
    began: str
    """ISO 8601, UTC; empty where it is not known."""
    seconds: float | None
    """How long it has run, or ran."""
    said: str = ""
    """Why it failed, in the words of the command."""
    job: Job | None = None
    """None for what was not started as a job on a page."""
    training: Followed | None = None
    """For a training that runs."""
    by: str = ""
    """Who asked, for a prediction."""

    @property
    def busy(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("running", "stopping")


def work(data: Path) -> tuple[Work, ...]:
    """All of it: what runs first, then the newest first."""
    found = [*_of_jobs(data), *_of_cases(data), *_runs_elsewhere(data), *_extractions_elsewhere(data)]
    return tuple(sorted(found, key=lambda one: (one.busy, one.began), reverse=True))


def case_work(case: CaseFolder) -> Work | None:
    """The prediction of a new case; None for a folder that holds none, and for one that was not started."""
    try:
        request, status = case.request(), case.status()
        began = datetime.fromisoformat(request.asked)
    except (OSError, ValueError, TypeError):
        return None
    if status.state == "draft":
        return None
    last = ProcessFolder(case.path).last_sign()
    over = status.state != "running" and last is not None
    return Work(
        id=case.id,
        kind="prediction",
        title=f"new case, run {request.run}",
        state=status.state,
        began=request.asked,
        seconds=(last - began.timestamp()) if over and last else (datetime.now(began.tzinfo) - began).total_seconds(),
        said=status.problem,
        by=request.by,
    )


def _of_jobs(data: Path) -> Iterator[Work]:
    for job in jobs.jobs(data, *LISTED):
        status = job.status()
        yield Work(
            id=job.id,
            kind=job.kind,
            title=job.task.title,
            state=status.state,
            began=job.asked,
            seconds=job.seconds,
            said=status.problem,
            job=job,
            training=trainings.followed(data, job) if status.busy and job.kind == "training" else None,
        )


def _of_cases(data: Path) -> Iterator[Work]:
    for folder in (data / "cases").glob("*"):
        case = CaseFolder.find(data, folder.name)
        found = case_work(case) if case else None
        if found is not None:
            yield found


def _runs_elsewhere(data: Path) -> Iterator[Work]:
    """Trainings that were begun in terminals and run now, and runs that nobody goes on with."""
    for one in trainings.running(data):
        if one.job is None:
            began = one.progress.began if one.progress else ""
            yield Work(
                id=f"run-{one.run}",
                kind="training",
                title=one.run,
                state="running",
                began=began,
                seconds=None,
                training=one,
            )
    own = {name for job in jobs.jobs(data, "training") for name in trainings.runs_of(job)}
    for left in trainings.unfinished(data):
        if left.name not in own:
            yield Work(
                id=f"run-{left.name}", kind="training", title=left.name, state="interrupted", began="", seconds=None
            )


def _extractions_elsewhere(data: Path) -> Iterator[Work]:
    busy = [job.task for job in jobs.running_jobs(data, "extraction", "training")]
    for worklist in work_lists.worklists(data / "features")[:NEWEST_LISTS]:
        asked = Extraction.of(worklist.settings)
        seen = work_lists.look(data / "features", worklist)
        alive = any(
            state.status == "running" and place not in seen.interrupted for place, state in enumerate(seen.states)
        )
        if alive and not any(task.same_as(asked) or task.kind == "training" for task in busy):
            yield Work(
                id=f"list-{work_lists.list_id(worklist)}",
                kind="extraction",
                title=worklist.name,
                state="running",
                began=worklist.written,
                seconds=None,
            )
