"""The report of a run: written by a process of its own, followed, and offered when it is there."""

import streamlit as st

from core.errors import InputError
from core.results import RunFolder
from dashboard import jobs
from dashboard.access import here
from dashboard.folders import reports
from dashboard.jobs import Job, Report
from dashboard.pieces import one_job

BUSY_S = 1.0


def panel(run: RunFolder) -> None:
    """Write it, follow that, take it away."""
    st.caption("Everything on this page, with methods and a reporting checklist, as one HTML page and one PDF.")
    job = _job(run)
    busy = job is not None and job.status().busy
    if (
        st.button(
            "Write report",
            icon=":material/edit_document:",
            key="report-write",
            width="stretch",
            disabled=busy or not here.allowed("work"),
        )
        and not busy
    ):
        _start(run)
    st.fragment(_following, run_every=BUSY_S if busy else None)(run, busy)


def _job(run: RunFolder) -> Job | None:
    return jobs.find(run.data, Report(run=run.record.name))


def _start(run: RunFolder) -> None:
    try:
        one_job.begin(run.data, Report(run=run.record.name))
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()


def _following(run: RunFolder, was_busy: bool) -> None:
    job = _job(run)
    if job is not None and job.status().busy:
        st.caption(
            ":material/hourglass_top: Writing the report; this takes some seconds, and goes on without the page."
        )
        return
    if was_busy:
        st.rerun()
    if job is not None and job.status().state != "done":
        one_job.badge(job.status().state)
        st.text(job.status().problem or "It was stopped before it was written; write it again.")
    _offer(run)


def _offer(run: RunFolder) -> None:
    found = reports.written(run)
    if found is None:
        st.caption("Not written yet.")
        return
    if found.outdated:
        st.warning("The run was evaluated anew since; write the report again.", icon=":material/update:")
    for file, mime in ((found.html, "text/html"), (found.pdf, "application/pdf")):
        st.download_button(
            file.name,
            file.read_bytes(),
            file_name=f"{run.record.name}-{file.name}",
            mime=mime,
            icon=":material/download:",
            on_click="ignore",
            key=f"download-{file.name}",
            width="stretch",
        )
    st.caption(f"Written {found.made}, with a CSV of every table, in `{found.html.parent}`.")
