"""Jobs: all long work, what runs now and what became of the rest."""

from pathlib import Path

import streamlit as st

from dashboard import views
from dashboard.access import here
from dashboard.following import long_work
from dashboard.following.long_work import Work
from dashboard.jobs import Job
from dashboard.pieces import one_job, parts, training
from dashboard.pieces.links import link
from dashboard.pieces.training_form import form
from dashboard.views.extraction import duration
from dashboard.views.jobs import KINDS, STATES, moment

BUSY_S, IDLE_S = 2, 20
"""How often the page looks for changes while something runs, and while nothing is known to."""


def render(data: Path) -> None:
    """What runs, refreshed by itself; then a table of what has ended, with a row's log and what can be done."""
    parts.heading("Jobs", question="What is running, how far is it, and how did the rest end?")
    works = _work(data)
    busy = tuple(one.id for one in works if one.busy)
    st.fragment(_running, run_every=BUSY_S if busy else IDLE_S)(data, busy)
    form(data)
    over = [one for one in works if not one.busy]
    if over:
        _ended(data, over)
    elif not busy:
        st.info(
            "No job yet. Train a run with the form above, extract features on the Data page, or use a terminal: "
            "`python train.py --cohort YOUR_FOLDER`. What runs is followed here, whoever started it on this machine.",
            icon=":material/info:",
        )


def _work(data: Path) -> list[Work]:
    """Without what others asked of their own cases."""
    visitor, everything = here.who(), here.allowed("manage")
    return [one for one in long_work.work(data) if one.kind != "prediction" or everything or one.by == visitor.name]


def _running(data: Path, drawn: tuple[str, ...]) -> None:
    now = [one for one in _work(data) if one.busy]
    if {one.id for one in now} != set(drawn):
        st.rerun()
    for one in now:
        if one.training is not None:
            training.running(one.training)
        else:
            _one_running(one)
    if not now:
        st.caption(":material/check: Nothing is running.")


def _one_running(one: Work) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(KINDS[one.kind], icon=":material/hourglass_top:", color="violet")
            st.text(one.title)
            if one.seconds is not None:
                st.caption(f"for {duration(one.seconds)}")
            st.space("stretch")
            if one.kind == "extraction":
                link("data", label="Slide by slide", icon=":material/biotech:")
            if one.job is not None:
                one_job.stop(one.job)
            elif one.kind == "prediction":
                link("new-case", label="Open", icon=":material/upload_file:", case=one.id)
            else:
                st.caption(":material/info: Started in a terminal or on another machine; it is stopped there.")
        if one.job is not None:
            one_job.tail(one.job)
            with st.container(horizontal=True):
                one_job.words(one.job)


def _ended(data: Path, over: list[Work]) -> None:
    parts.section("Ended", note="The newest first. The latest 20 of each kind are kept, and all predictions.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = _pills("Kind", {kind: KINDS[kind] for kind in KINDS if any(one.kind == kind for one in over)})
        states = _pills("State", {state: STATES[state] for state in STATES if any(one.state == state for one in over)})
        st.space("stretch")
        gone = [one.job for one in over if one.job is not None]
        with st.popover("Clear", icon=":material/delete_sweep:", disabled=not (gone and here.allowed("work"))):
            st.caption("Takes all ended jobs and their logs off the list. Runs, features, reports and cases stay.")
            st.button("Clear the list", type="primary", key="jobs-clear", on_click=_clear, args=(gone,))
    shown = views.jobs.chosen(over, kinds=kinds, states=states)
    if not shown:
        st.info("None of these. Choose another kind or state.")
        return
    # its key tells which rows it has, so that a row that is chosen stays the one that was meant
    table = st.dataframe(
        views.jobs.table(shown),
        hide_index=True,
        height="content" if len(shown) <= 12 else 460,
        on_select="rerun",
        selection_mode="single-row",
        key=f"jobs-{hash(tuple(one.id for one in shown))}",
        column_config={"What": st.column_config.TextColumn(width="medium")},
    )
    rows = [row for row in table.selection.rows if row < len(shown)]
    if rows:
        _detail(shown[rows[0]], data)
    else:
        st.caption("Choose a row for its command, its log and what can be done.")


def _detail(one: Work, data: Path) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            one_job.badge(one.state)
            st.text(one.title)
            st.caption(f"{KINDS[one.kind]}, began {moment(one.began)}")
            st.space("stretch")
            _next(one, data)
            if one.job is not None:
                one_job.dismiss(one.job)
        said = one.said or one_job.SENTENCES.get(one.state, "")
        if said:
            st.text(said)
        if one.job is not None:
            _record(one.job)


def _next(one: Work, data: Path) -> None:
    """Where its result is, or how it goes on."""
    if one.kind == "prediction":
        link("new-case", label="Open", icon=":material/upload_file:", case=one.id)
    elif one.state == "done" and one.kind in ("training", "report"):
        path, name = ("models", "runs") if one.kind == "training" else ("evaluation", "run")
        link(path, label="Open", icon=":material/open_in_new:", **{name: one.title})
    elif one.state == "done" and one.kind == "extraction":
        link("data", label="Open", icon=":material/biotech:")
    elif one.state != "done" and one.kind == "training":
        one_job.resume_run(data, one.title)
    elif one.state != "done" and one.job is not None:
        one_job.resume(one.job.task, data, name=one.id)


def _record(job: Job) -> None:
    st.code(job.command, language=None, wrap_lines=True)
    one_job.tail(job)
    one_job.download(job)


def _pills(label: str, words: dict[str, str]) -> list[str]:
    if len(words) < 2:
        return []
    return st.pills(
        label, list(words), format_func=lambda value: words[value], selection_mode="multi", key=f"jobs-{label.lower()}"
    )


def _clear(gone: list[Job]) -> None:
    for job in gone:
        one_job.forget(job)
