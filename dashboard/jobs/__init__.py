"""Long work that is started from the page: processes that outlive page, browser and server, and are found again.

A task says what is asked (`Extraction`, `Training`, `Report`, `Check`); a job is a task that was started, in a folder
of its own. What becomes of it is told by its process and by what it writes, whoever started it.
"""

from dashboard.jobs.checking import Check
from dashboard.jobs.extraction import Extraction
from dashboard.jobs.folders import Job, JobStatus, State, command_line, find, jobs, running_jobs, start
from dashboard.jobs.reporting import Report
from dashboard.jobs.task import Kind, Task
from dashboard.jobs.training import Training

__all__ = [
    "Check",
    "Extraction",
    "Job",
    "JobStatus",
    "Kind",
    "Report",
    "State",
    "Task",
    "Training",
    "command_line",
    "find",
    "jobs",
    "running_jobs",
    "start",
]
