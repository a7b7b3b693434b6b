"""Pieces that pages show of any job: its state, what it wrote, and the buttons for it."""

from pathlib import Path

import streamlit as st

from core.errors import InputError
from dashboard import jobs
from dashboard.access import here
from dashboard.following import trainings
from dashboard.jobs import Job, State, Task, Training

BADGES: dict[State, tuple[str, str, str]] = {
    "running": ("Running", ":material/hourglass_top:", "violet"),
    "stopping": ("Stopping", ":material/stop_circle:", "orange"),
    "done": ("Done", ":material/check_circle:", "green"),
    "stopped": ("Stopped", ":material/stop_circle:", "gray"),
    "interrupted": ("Interrupted", ":material/power_off:", "orange"),
    "failed": ("Failed", ":material/error:", "red"),
}
"""Word, icon and colour of each state."""
SENTENCES: dict[State, str] = {
    "stopped": "It was stopped. What is done is kept; resume it to go on.",
    "interrupted": "It ended without saying how: it was killed, or the machine went down. What is done is kept; resume "
    "it to go on.",
}


def badge(state: State) -> None:
    """The state in a word."""
    word, icon, colour = BADGES[state]
    st.badge(word, icon=icon, color=colour)  # type: ignore[arg-type]


def stop(job: Job, *, confirm: bool = False) -> None:
    """Ends a job that runs on this machine; `confirm` asks once more."""
    stopping = job.status().state == "stopping"
    note = "Ends after what it is at; nothing that is done is lost, and it can be resumed."
    if not job.here:
        st.caption(":material/info: It runs on another machine, and is stopped there.")
    elif stopping or not confirm:
        st.button(
            "Stopping …" if stopping else "Stop",
            icon=":material/stop_circle:",
            key=f"stop-{job.id}",
            disabled=stopping or not here.allowed("work"),
            help=note,
            on_click=end,
            args=(job,),
        )
    else:
        with st.popover("Stop …", icon=":material/stop_circle:"):
            st.markdown("More than half of it is done.")
            st.caption(note)
            st.button("Stop it all the same", key=f"stop-{job.id}", type="primary", on_click=end, args=(job,))


def begin(data: Path, task: Task) -> None:
    """Begins a task for who looks at the page.

    Raises:
        InputError: they may not, or something is in its way.
    """
    here.doing("work", f"{task.kind} begun", run=task.title)
    jobs.start(data, task)


def end(job: Job) -> None:
    """Asks a job to end, for who looks at the page."""
    here.doing("work", f"{job.kind} stopped", run=job.task.title)
    job.stop()


def resume(task: Task, data: Path, *, name: str, key: str = "resume") -> None:
    """Begins the same again, where it ended."""
    if st.button(
        "Resume",
        icon=":material/play_arrow:",
        key=f"{key}-{name}",
        type="primary",
        disabled=not here.allowed("work"),
    ):
        try:
            begin(data, task.resumed() if isinstance(task, Training) else task)
        except InputError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.rerun()


def resume_run(data: Path, name: str) -> None:
    """Continues a run, whoever began it."""
    task = trainings.to_resume(data, name)
    if task is None:
        st.caption(":material/info: Its record does not tell how it was begun; resume it in a terminal.")
    else:
        resume(task, data, name=name)


def dismiss(job: Job) -> None:
    """Forgets a job that has ended."""
    st.button(
        "Dismiss",
        icon=":material/close:",
        key=f"dismiss-{job.id}",
        help="Takes it off the list, with its log. What it made stays.",
        disabled=not here.allowed("work"),
        on_click=forget,
        args=(job,),
    )


def forget(job: Job) -> None:
    """Deletes a job, unless another visitor has done so."""
    if job.path.is_dir() and not job.status().busy:
        here.doing("work", f"{job.kind} taken off the list", run=job.task.title)
        job.delete()


def why(job: Job) -> None:
    """How it ended, where not well. Words of the command are shown as they are: they may name files."""
    status = job.status()
    said = status.problem or SENTENCES.get(status.state, "")
    if said:
        st.text(said)
        with st.container(horizontal=True):
            words(job)


def words(job: Job) -> None:
    """The command, and what the process wrote."""
    with st.popover("Command", icon=":material/terminal:"):
        st.caption("The same in a terminal, from the folder where Acinus was installed:")
        st.code(job.command, language=None, wrap_lines=True)
    with st.popover("Log", icon=":material/receipt_long:"):
        tail(job)
        download(job)


def tail(job: Job) -> None:
    """The last lines the process wrote."""
    lines = job.status().tail
    st.code("\n".join(lines) if lines else "Nothing written yet.", language=None, wrap_lines=True)


def download(job: Job) -> None:
    """The whole log, read when it is asked for."""
    st.download_button(
        "Whole log",
        job.log,
        file_name=f"acinus-{job.kind}-{job.id[:15]}.txt",
        mime="text/plain",
        icon=":material/download:",
        on_click="ignore",
        key=f"log-{job.id}",
    )
