"""Models: all runs on a board, up to six of them compared: how well, with which certainty, and does fusion help."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.results import Store
from dashboard import views
from dashboard.app_pages.models import between, board, curves, decisions, folds, learning, manage, scores, settings
from dashboard.app_pages.models.scene import Scene
from dashboard.pieces import parts, topics, training
from dashboard.views.leaderboard import Entry
from dashboard.views.runs import Run
from dashboard.words.wording import listed

TOPICS: dict[str, Callable[[Scene], None]] = {
    "Scores": scores.render,
    "Curves": curves.render,
    "Between runs": between.render,
    "Folds": folds.render,
    "Learning": learning.render,
    "Decisions": decisions.render,
    "Settings": settings.render,
    "Manage": manage.render,
}
"""By name, which stands in the address too; only the open one is computed and drawn."""


def render(store: Store) -> None:
    """The board, then the chosen runs by topic."""
    bar = parts.heading(
        "Models", question="How well does each model tell the classes apart, and does fusing both modalities help?"
    )
    manage.told()
    training.panel(store.data)
    runs = views.runs.runs(store.runs())
    notes, problem = manage.known_notes(store.data)
    manage.unfinished(store.data, tuple(run for run in runs if not run.finished))
    entries = views.leaderboard.entries(runs, store.pooled_scores(), red=store.red_findings(), notes=notes)
    if not entries:
        parts.no_runs()
        return
    chosen = _chosen(bar, entries)
    board.board(entries)
    if problem:
        st.caption(f":material/info: Tags and notes are not shown: {parts.escaped(problem)}.")
    kept = views.runs.comparable(chosen)
    if len(kept) < len(chosen):
        left_out = listed([run.name for run in chosen if run not in kept])
        st.warning(f"Left out, because their classes are not those of the first run: {left_out}.")
    if not kept:
        st.info("Choose at least one run: tick its row above, or name it in the box at the top.")
        return
    scene = Scene(store=store, runs=kept, notes=notes)
    _notices(kept)
    _banners(store, kept)
    TOPICS[_topic()](scene)


def _chosen(bar: DeltaGenerator, entries: tuple[Entry, ...]) -> tuple[Run, ...]:
    """The runs that are compared, in the order in which they were chosen."""
    named = {one.run.name: one.run for one in entries}
    with bar:
        badge = st.container(width="content")
        names = st.multiselect(
            "Runs that are compared",
            list(named),
            default=list(named)[:1],
            key=board.CHOSEN,
            bind="query-params",
            max_selections=board.MOST,
            on_change=board.chosen_elsewhere,
            width=420,
        )
    chosen = tuple(named[name] for name in names)
    with badge:
        parts.synthetic_badge(any(run.synthetic for run in chosen))
    return chosen


def _notices(runs: tuple[Run, ...]) -> None:
    for note in views.runs.encoder_notes(runs):
        st.warning(note, icon=":material/casino:")
    different = views.runs.differing_patients(runs)
    if different:
        st.warning(different, icon=":material/compare_arrows:")


def _banners(store: Store, runs: tuple[Run, ...]) -> None:
    """What the split certificate and the modality audit say against these numbers, each run by its name."""
    for run in runs:
        tables = (store.evaluation(name, run.name) for name in ("findings", "modality_effects", "modality_checks"))
        for found in views.evaluation.shared.banners(run, *tables, named=len(runs) > 1):
            topics.banner(found)


def _topic() -> str:
    first = next(iter(TOPICS))
    return (
        st.segmented_control(
            "What to compare",
            list(TOPICS),
            default=first,
            key="compare",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
        or first
    )
