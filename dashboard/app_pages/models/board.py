"""The board: all finished runs, of which up to six are chosen for the comparison below it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.evaluation import METRICS
from dashboard import views
from dashboard.pieces import parts
from dashboard.views.leaderboard import SHOWN, Entry

CHOSEN = "runs"
"""Names of the runs that are compared, in the address too."""
MOST = 6
HEIGHT = 320
EPOCH = "board-epoch"
"""Raised when the choice was made elsewhere than in the table, which then begins with that choice."""
NOTES = {
    "Run": "The name it was trained under.",
    "Shown as": "A name that somebody gave it here.",
    "Signs": "What speaks against reading the numbers as results.",
    "Model": "The fused model where there is one: the model in question, not the one with the best number.",
    "Patients": "Patients scored, each by the fold that did not train on them.",
    "Split": "How the patients were dealt into parts for training and for testing.",
    "Trained": "When the run was begun, UTC.",
}


def board(entries: Sequence[Entry]) -> None:
    """The table with its filters; a click on a row's box chooses the run."""
    parts.section(
        "All runs",
        note="Each run by its leading model, all folds pooled, with 95 % intervals. Tick up to six to compare them.",
    )
    shown = _filtered(entries)
    if not shown:
        st.info("No run of this cohort has all of these tags. Take a filter away.")
        return
    _table(shown)
    said = views.leaderboard.signs_in_words(shown)
    if said:
        st.caption(said)


def chosen_elsewhere() -> None:
    """To be called when the choice changes outside the table."""
    st.session_state[EPOCH] = st.session_state.get(EPOCH, 0) + 1


def leave(name: str) -> None:
    """No longer compares this run."""
    st.session_state[CHOSEN] = [one for one in st.session_state.get(CHOSEN, []) if one != name]
    chosen_elsewhere()


def _filtered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    cohorts, tags = views.leaderboard.cohorts(entries), views.leaderboard.tags(entries)
    if len(cohorts) < 2 and not tags:
        return tuple(entries)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = (
            st.pills(
                "Cohort", list(cohorts), format_func=cohorts.__getitem__, selection_mode="multi", key="board-cohort"
            )
            if len(cohorts) > 1
            else []
        )
        tagged = st.pills("Tag", tags, selection_mode="multi", key="board-tag") if tags else []
    return views.leaderboard.kept(entries, cohorts=wanted, tags=tagged)


def _table(shown: Sequence[Entry]) -> None:
    names = [one.run.name for one in shown]
    epoch = st.session_state.get(EPOCH, 0)
    chosen: list[str] = st.session_state.get(CHOSEN, [])
    # other rows, or a choice made elsewhere, make another table: its boxes then are the choice
    key = f"board-{epoch}-{hash(tuple(one.run.key for one in shown))}"
    start = f"{key}-start"
    ticked = st.session_state.setdefault(start, [place for place, name in enumerate(names) if name in chosen])

    def follow() -> None:
        rows = [row for row in st.session_state[key]["selection"]["rows"] if row < len(names)]
        others = [name for name in chosen if name not in names]
        # who was chosen first stays first
        picked = sorted((names[row] for row in rows), key=lambda name: chosen.index(name) if name in chosen else MOST)
        wanted = [*others, *picked]
        st.session_state[CHOSEN] = wanted[:MOST]
        if len(wanted) > MOST:
            st.toast(f"{MOST} runs at most are compared: {MOST} of {len(wanted)} are kept.", icon=":material/info:")
            chosen_elsewhere()

    st.dataframe(
        views.leaderboard.table(shown),
        hide_index=True,
        height="content" if len(shown) <= 7 else HEIGHT,
        key=key,
        on_select=follow,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": ticked, "columns": [], "cells": []}},
        column_config=_columns(),
        alt="All finished runs with their scores",
    )


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        **{name: text(name, help=note) for name, note in NOTES.items()},
        **{METRICS[name].label: text(METRICS[name].label, help=METRICS[name].sentence) for name in SHOWN},
        "Run": text("Run", help=NOTES["Run"], pinned=True),
        "Patients": st.column_config.NumberColumn("Patients", help=NOTES["Patients"], format="localized"),
        "Signs": st.column_config.ListColumn("Signs", help=NOTES["Signs"]),
        "Tags": st.column_config.ListColumn("Tags"),
        "Image encoder": text("Image encoder", width="medium"),
        "Note": text("Note", width="medium"),
    }
