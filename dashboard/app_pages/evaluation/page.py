"""Evaluation: everything that is stated about one finished run, by topic."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.results import Store
from dashboard import views
from dashboard.app_pages.evaluation import (
    comparisons,
    decisions,
    modalities,
    report,
    shortcuts,
    split,
    subgroups,
    survival,
    trust,
)
from dashboard.pieces import parts, topics
from dashboard.views.runs import Run

RUN = "run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """One tab of the page."""

    question: str
    render: Callable[[Store, Run], None]


TOPICS = {
    "Split": Topic(question=split.QUESTION, render=split.render),
    "Comparisons": Topic(question=comparisons.QUESTION, render=comparisons.render),
    "Modalities": Topic(question=modalities.QUESTION, render=modalities.render),
    "Shortcuts": Topic(question=shortcuts.QUESTION, render=shortcuts.render),
    "Calibration and decisions": Topic(question=decisions.QUESTION, render=decisions.render),
    "Subgroups": Topic(question=subgroups.QUESTION, render=subgroups.render),
    "Survival": Topic(question=survival.QUESTION, render=survival.render),
    "Trust": Topic(question=trust.QUESTION, render=trust.render),
}
"""By name, which stands in the address too."""


def render(store: Store) -> None:
    """The chosen run and topic; only that topic's tables are read."""
    bar = parts.heading("Evaluation", question="Can the numbers of a run be believed, for whom, and what for?")
    runs = tuple(run for run in views.runs.runs(store.runs()) if run.finished)
    if not runs:
        parts.no_runs()
        return
    run = _chosen(bar, runs)
    with bar, st.popover("Report", icon=":material/description:", width="content"):
        report.panel(store.run_folder(run.name))
    topic = TOPICS[_topic()]
    topics.question(topic.question)
    topic.render(store, run)


def _chosen(bar: DeltaGenerator, runs: tuple[Run, ...]) -> Run:
    named = {run.name: run for run in runs}
    with bar:
        badge = st.container(width="content")
        asked = st.query_params.get(RUN)
        place = list(named).index(asked) if asked in named else 0
        run = named[st.selectbox("Run", list(named), index=place, key="evaluation-run", width=320)]
        st.query_params[RUN] = run.name
    with badge:
        parts.synthetic_badge(run.synthetic)
    return run


def _topic() -> str:
    first = next(iter(TOPICS))
    return (
        st.segmented_control(
            "Topic",
            list(TOPICS),
            default=first,
            key="topic",
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
        or first
    )
