"""The part of the Data page that starts an extraction, follows it and stops it."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import streamlit as st

from core.config import StainName
from core.errors import InputError
from core.slides.extraction.states import WorkList
from dashboard import jobs, views
from dashboard.access import here
from dashboard.folders import cohorts
from dashboard.following import work_lists
from dashboard.following.work_lists import Snapshot
from dashboard.jobs import Extraction, Job, command_line
from dashboard.pieces import one_job, parts
from dashboard.views.extraction import Progress
from dashboard.words.wording import counted

LIST = "list"
BUSY_S, IDLE_S = 2, 15
"""How often the page looks for changes while something runs, and while nothing is known to."""
STAIN_NOTE = (
    "none: as scanned. macenko and reinhard bring each slide's stain to one reference before its tiles are encoded; "
    "choose the same for all slides of a run."
)
WEIGHTS_NOTE = (
    "imagenet: torchvision's weights, downloaded once. random: for demonstration only. Or type the path of a file."
)


def panel(data: Path, worklist: WorkList, lists: Sequence[WorkList], *, drawn: Snapshot) -> None:
    """How far the work list is, refreshed by itself, with what can be done about it."""
    asked = Extraction.of(worklist.settings)
    busy = _busy(views.extraction.progress(drawn.states, interrupted=drawn.interrupted), _job(data, asked))
    with st.container(border=True):
        st.fragment(_panel, run_every=BUSY_S if busy else IDLE_S)(data, worklist, asked, drawn, busy)
        form(data, lists)


def waiting(data: Path, lists: Sequence[WorkList]) -> None:
    """Extractions that have no work list yet: those that just began, and those that failed before they got to it."""
    known = [Extraction.of(one.settings) for one in lists]
    found = [job for job in jobs.jobs(data, "extraction") if not any(job.task.same_as(one) for one in known)]
    shown = [job for job in found if job.status().busy or job.status().state == "failed"]
    if shown:
        busy = any(job.status().busy for job in shown)
        st.fragment(_waiting, run_every=1 if busy else None)(data, [job.id for job in shown], len(lists), busy)


def form(data: Path, lists: Sequence[WorkList]) -> None:
    """Starts an extraction; nothing of it is sent before it is opened."""
    title = "Extract features of another cohort, or with another encoder" if lists else "Extract features of a cohort"
    box = st.expander(
        title, icon=":material/play_circle:", expanded=not lists, key=f"data-form-{bool(lists)}", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        asked = _asked(data, lists)
        if asked is None:
            st.caption("Choose a folder that holds a cohort.toml, or type its path.")
            return
        st.code(command_line(asked, data), language=None, wrap_lines=True)
        if st.button("Start", type="primary", icon=":material/play_arrow:", key="data-start"):
            _start(data, asked, lists)
        st.caption("It runs beside this page: closing the browser or stopping the server does not stop it.")


def _asked(data: Path, lists: Sequence[WorkList]) -> Extraction | None:
    earlier = [asked.cohort for one in lists if (asked := Extraction.of(one.settings))]
    folder, weights, stain = st.columns([6, 3, 3])
    cohort = folder.selectbox(
        "Cohort folder",
        cohorts.known(data, asked=earlier),
        accept_new_options=True,
        placeholder="Choose a folder or type a path",
        key="data-cohort",
    )
    chosen = weights.selectbox(
        "Encoder weights", ("imagenet", "random"), accept_new_options=True, key="data-weights", help=WEIGHTS_NOTE
    )
    method = stain.selectbox("Bring stains to a reference", get_args(StainName), key="data-stain", help=STAIN_NOTE)
    if not cohort or not chosen or not method:
        return None
    return Extraction(cohort=cohort.strip(), encoder_weights=chosen.strip(), stain=method)


def _panel(data: Path, worklist: WorkList, asked: Extraction | None, drawn: Snapshot, was_busy: bool) -> None:
    snapshot = work_lists.look(data / "features", worklist)
    now = views.extraction.progress(snapshot.states, interrupted=snapshot.interrupted)
    job = _job(data, asked)
    busy = _busy(now, job)
    if busy != was_busy:
        st.rerun()
    st.progress(now.share, text=_sentence(now, busy=busy))
    _cards(now, busy=busy)
    if job is not None and job.status().state == "failed":
        _failure(job)
    with st.container(horizontal=True, vertical_alignment="center"):
        _actions(data, asked, now, job)
        if snapshot.version != drawn.version and st.button(
            "Show below what has changed", icon=":material/refresh:", key="data-refresh"
        ):
            st.rerun()
        st.space("stretch")
        if asked is not None:
            _command(command_line(asked, data))


def _command(line: str) -> None:
    # what shows code takes the browser 1.6 MB, which nobody should wait for who does not look at it
    box = st.popover("Command", icon=":material/terminal:", key="data-command", on_change="rerun")
    if box.open:
        with box:
            st.caption("The same in a terminal, or on another machine that shares these folders:")
            st.code(line, language=None, wrap_lines=True)


def _sentence(now: Progress, *, busy: bool) -> str:
    ended = f"{now.ended:,} of {counted(now.total, noun='slide')} read"
    if now.left_s is not None:
        return f"{ended}, about {views.extraction.duration(now.left_s)} left"
    if busy:
        return f"{ended}, extraction running"
    return ended if now.ended == now.total else f"{ended}, nothing running"


def _cards(now: Progress, *, busy: bool) -> None:
    """Three counts; while something runs, also how fast it is."""
    waiting_for = now.counts["queued"] + now.counts["interrupted"]
    counts = [
        ("Done", f"{now.counts['done']:,}", "Slides whose features are ready."),
        ("Failed", f"{now.counts['failed']:,}", "Slides without features; the table says why, for each."),
        ("Still to do", f"{waiting_for:,}", "Slides nobody works on yet, or any more."),
    ]
    speed = [
        ("Running", f"{now.counts['running']:,}", "Slides that a process works on, here or on another machine."),
        ("Slides a minute", _speed(now), "Over the latest slides, while somebody works on some."),
        ("Time left", "–" if now.left_s is None else views.extraction.duration(now.left_s), "At that speed."),
    ]
    parts.cards([*counts, *(speed if busy else [])])


def _speed(now: Progress) -> str:
    return f"{now.per_minute:.2g}" if now.per_minute is not None and now.running else "–"


def _actions(data: Path, asked: Extraction | None, now: Progress, job: Job | None) -> None:
    """Stop, resume, try again: what is possible now."""
    state = job.status().state if job else "stopped"
    if job and job.status().busy:
        st.button(
            "Stopping …" if state == "stopping" else "Stop",
            icon=":material/stop_circle:",
            key="data-stop",
            disabled=state == "stopping" or not job.here or not here.allowed("work"),
            help="Ends after what it is at; nothing that is done is lost.",
            on_click=one_job.end,
            args=(job,),
        )
        if not job.here:
            st.caption("It runs on another machine, and is stopped there.")
    elif now.running:
        st.caption(":material/info: Started in a terminal or on another machine; it is stopped there.")
    elif asked is None:
        st.caption(":material/info: This list does not say how it was asked for, so it cannot be resumed here.")
    else:
        _again(data, asked, now)


def _again(data: Path, asked: Extraction, now: Progress) -> None:
    if now.ended < now.total and st.button("Resume", type="primary", icon=":material/play_arrow:", key="data-resume"):
        _start(data, asked, ())
    if now.counts["failed"] and st.button(
        "Try the failed ones again",
        icon=":material/replay:",
        key="data-retry",
        help="For slides that were mended without a change of the file, or failed for want of memory or disk.",
    ):
        _start(data, asked.with_retry(), ())


def _start(data: Path, asked: Extraction, lists: Sequence[WorkList]) -> None:
    try:
        one_job.begin(data, asked)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    same = [one for one in lists if asked.same_as(Extraction.of(one.settings))]
    if same:
        st.query_params[LIST] = work_lists.list_id(same[0])
    st.rerun()


def _waiting(data: Path, ids: Sequence[str], lists: int, was_busy: bool) -> None:
    found = work_lists.worklists(data / "features")
    if len(found) != lists:
        st.query_params[LIST] = work_lists.list_id(found[0])
        st.rerun()
    shown = [job for job in jobs.jobs(data, "extraction") if job.id in ids]
    if was_busy and not any(job.status().busy for job in shown):
        st.rerun()
    for job in shown:
        _one_waiting(job)


def _one_waiting(job: Job) -> None:
    status = job.status()
    if status.busy:
        st.info(
            "Reading the cohort and loading the encoder; the slides appear here then.", icon=":material/hourglass_top:"
        )
        st.code(job.command, language=None, wrap_lines=True)
        st.button("Stop", icon=":material/stop_circle:", key=f"stop-{job.id}", on_click=job.stop, disabled=not job.here)
    elif status.state == "failed":
        _failure(job)
        st.button("Dismiss", icon=":material/close:", key=f"dismiss-{job.id}", on_click=job.delete)


def _failure(job: Job) -> None:
    """Words of the command are shown as they are: they may name files."""
    status = job.status()
    with st.container(border=True):
        st.badge("The extraction ended with an error", icon=":material/error:", color="red")
        st.text(status.problem)
        with st.expander("What it wrote last"):
            st.code("\n".join(status.tail), language=None, wrap_lines=True)


def _job(data: Path, asked: Extraction | None) -> Job | None:
    """The newest job that was asked for the same."""
    return jobs.find(data, asked) if asked else None


def _busy(now: Progress, job: Job | None) -> bool:
    return now.running or (job is not None and job.status().busy)
