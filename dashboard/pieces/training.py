"""Trainings on the page: those that run, followed live, what became of the others, and the form for a new one."""

import html
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from core.errors import InputError
from core.results import Store
from dashboard import jobs, views
from dashboard.following import trainings
from dashboard.following.trainings import Followed
from dashboard.jobs import Job
from dashboard.palette import ACCENT
from dashboard.pieces import one_job
from dashboard.pieces.links import link
from dashboard.pieces.training_form import form
from dashboard.views.extraction import duration
from dashboard.views.trainings import MARKS, FitGrid, TrainingView

BUSY_S, IDLE_S = 2, 20
"""How often the page looks for changes while something is trained, and while nothing is known to be."""
FRESH_S = 900.0
"""For so long a finished training is told of."""


def panel(data: Path) -> None:
    """Trainings that run, with what can be done about them, and the form for a new one; little when there is none."""
    busy = bool(trainings.running(data))
    st.fragment(_following, run_every=BUSY_S if busy else IDLE_S)(data, busy, generation(data))
    form(data)


def generation(data: Path) -> int | None:
    """Of the catalogue; None also for a damaged one, of which the page tells by itself."""
    try:
        return Store.generation(data)
    except InputError:
        return None


def _following(data: Path, was_busy: bool, drawn: int | None) -> None:
    now = trainings.running(data)
    if bool(now) != was_busy or generation(data) != drawn:
        st.rerun()
    for one in now:
        running(one)
    for job in _ended(data):
        ended(job, data)


def running(one: Followed) -> None:
    """One training that runs."""
    now = views.trainings.view(one.progress, now=datetime.now(UTC))
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Training", icon=":material/model_training:", color="violet")
            st.text(one.run)
            st.space("stretch")
            if one.job is None:
                st.caption(":material/info: Started in a terminal or on another machine; it is stopped there.")
            else:
                one_job.stop(one.job, confirm=now.mostly_done)
        st.progress(now.share, text=now.sentence)
        if now.grid is not None:
            _grid(now.grid)
        _more(one, now)


def ended(job: Job, data: Path) -> None:
    """A training that was started on a page and has ended: what became of it, and what comes next."""
    status, run = job.status(), trainings.runs_of(job)[0]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            one_job.badge(status.state)
            st.text(run)
            if status.state == "done":
                st.caption(f"Trained and evaluated in {duration(job.seconds)}.")
            st.space("stretch")
            if status.state == "done":
                link("models", label="Show its results", icon=":material/query_stats:", runs=run)
            else:
                one_job.resume(job.task, data, name=run)
            one_job.dismiss(job)
        one_job.why(job)


def _ended(data: Path) -> list[Job]:
    """The newest job of each run, as far as it wants looking at."""
    newest: dict[str, Job] = {}
    for job in jobs.jobs(data, "training"):
        newest.setdefault(trainings.runs_of(job)[0], job)
    return [job for job in newest.values() if not job.status().busy and _matters(job, data)]


def _matters(job: Job, data: Path) -> bool:
    if job.status().state == "done":
        return job.ended_s_ago < FRESH_S
    followed = trainings.followed(data, job)
    return not followed.standing.finished and not followed.standing.busy


def _more(one: Followed, now: TrainingView) -> None:
    with st.container(horizontal=True):
        if one.job is not None:
            one_job.words(one.job)
        if one.progress is not None and any(fit.seconds is not None for fit in one.progress.fits):
            with st.popover("Finished fits", icon=":material/checklist:"):
                st.caption(f"{now.done} of {now.total} done; those of earlier processes are not listed.")
                st.dataframe(
                    views.trainings.finished_fits(one.progress),
                    hide_index=True,
                    column_config={
                        "Seconds": st.column_config.NumberColumn(format="%.1f"),
                        "Inner loss there": st.column_config.NumberColumn(
                            format="%.3f", help="Mean over the members, each on the part it did not learn from."
                        ),
                    },
                )
    if one.progress is None and one.job is not None:
        one_job.tail(one.job)


def _grid(grid: FitGrid) -> None:
    """Models down, folds across; each cell says in words what it is, on hover and to readers of the screen."""
    head = "".join(f'<th scope="col">{html.escape(fold)}</th>' for fold in grid.folds)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(model)}</th>'
        + "".join(
            f'<td title="{html.escape(cell.note)}" aria-label="{html.escape(cell.note)}" '
            f'class="fit-{cell.mark}">{MARKS[cell.mark]}</td>'
            if cell
            else "<td></td>"
            for cell in cells
        )
        + "</tr>"
        for model, cells in zip(grid.models, grid.cells, strict=True)
    )
    st.html(f'{STYLE}<table class="fits"><tr><th>Fold</th>{head}</tr>{rows}</table>')


STYLE = f"""<style>
.fits {{ border-collapse: collapse; font-size: 0.85rem; display: block; overflow-x: auto; }}
.fits th {{ font-weight: 500; padding: 0.1rem 0.55rem 0.1rem 0; text-align: left; }}
.fits th[scope=col] {{ text-align: center; padding: 0.1rem 0.3rem; opacity: 0.8; }}
.fits td {{ width: 1.9rem; min-width: 1.9rem; text-align: center; border: 1px solid rgba(128, 128, 128, 0.35); }}
.fits .fit-done {{ background: rgba(128, 128, 128, 0.22); }}
.fits .fit-running {{ outline: 2px solid {ACCENT}; outline-offset: -2px; font-weight: 700; }}
</style>"""
