"""Manage: tags, notes and shown names of the chosen runs, and deleting runs."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.errors import InputError
from core.results.removing import remove
from core.results.standing import standing
from dashboard.access import here
from dashboard.app_pages.models import board
from dashboard.app_pages.models.scene import Scene
from dashboard.pieces import parts
from dashboard.pieces.links import link
from dashboard.views.runs import Run
from dashboard.workspace import Workspace, notes
from dashboard.workspace.database import FILE
from dashboard.workspace.notes import MOST_NOTE, MOST_TITLE, NOTHING, Key, Note

SAID = "manage-said"
"""What is to be told of the last change, and whether it failed."""


def known_notes(data: Path) -> tuple[dict[Key, Note], str]:
    """Everything that is written beside runs, and why nothing can be read, if so."""
    if not (data / FILE).exists():
        return {}, ""
    try:
        return notes.noted(Workspace.open(data)), ""
    except InputError as error:
        return {}, str(error)


def render(scene: Scene) -> None:
    """A frame for each chosen run."""
    parts.section(
        "Tags, notes and names",
        note="Kept in the workspace of this data folder, for everyone who opens it here. Files of the run stay as they "
        "are.",
    )
    for run in scene.runs:
        _one(scene, run)


def told() -> None:
    """What became of the last change."""
    sentence, failed = st.session_state.pop(SAID, ("", False))
    if sentence and failed:
        st.error(sentence, icon=":material/error:")
    elif sentence:
        st.success(sentence, icon=":material/check_circle:")


def unfinished(data: Path, runs: tuple[Run, ...]) -> None:
    """Runs that were begun, are not finished and nobody works on: how far they came; to be deleted, or resumed."""
    for run in runs:
        if standing(data, run.name).busy:
            continue
        with st.container(horizontal=True, vertical_alignment="center", key=f"unfinished-{run.name}"):
            st.caption(f":material/hourglass_top: {parts.escaped(run.name)} is not finished: {run.progress}.")
            st.space("stretch")
            link("jobs", label="Resume on the Jobs page", icon=":material/play_arrow:")
            if here.allowed("manage"):
                _delete(data, run)


def _one(scene: Scene, run: Run) -> None:
    note = scene.notes.get(run.key, NOTHING)
    with st.container(border=True, key=f"manage-{run.name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{parts.escaped(scene.title(run))}**")
            st.space("stretch")
            if here.allowed("manage"):
                _rename(scene, run, note)
                _delete(scene.store.data, run)
        _described(scene, run, note)


def _described(scene: Scene, run: Run, note: Note) -> None:
    """Tags and note, saved together."""
    options = sorted({tag for one in scene.notes.values() for tag in one.tags} | set(note.tags))
    tags_key, note_key = f"tags-{run.name}", f"note-{run.name}"

    def save() -> None:
        given = {"note": st.session_state[note_key], "tags": st.session_state[tags_key]}

        def describe() -> None:
            here.doing("work", "notes written", run=run.name)
            notes.describe(Workspace.open(scene.store.data), run.key, **given)

        _changed(describe, f"Saved for {run.name}.")

    with st.form(f"described-{run.name}", border=False):
        left, right = st.columns([2, 3])
        left.multiselect(
            "Tags",
            options,
            default=list(note.tags),
            accept_new_options=True,
            placeholder="Choose or type",
            key=tags_key,
            help="Runs can be filtered by them on the board above. Small letters.",
        )
        right.text_area(
            "Note",
            note.note,
            height=80,
            max_chars=MOST_NOTE,
            key=note_key,
            help="For everyone who opens this data folder here.",
        )
        st.form_submit_button(
            "Save tags and note", icon=":material/save:", on_click=save, disabled=not here.allowed("work")
        )


def _rename(scene: Scene, run: Run, note: Note) -> None:
    key = f"title-{run.name}"
    others = {one for one in scene.store.runs()["run"] if one != run.name}

    def save() -> None:
        title = st.session_state[key]
        said = f"{run.name} is shown as {title.strip()} from now on." if title.strip() else f"{run.name} it is again."

        def retitle() -> None:
            here.doing("manage", "run renamed", run=run.name)
            notes.retitle(Workspace.open(scene.store.data), run.key, title=title, taken=others)

        _changed(retitle, said)

    with st.popover("Rename …", icon=":material/edit:"), st.form(f"rename-{run.name}", border=False):
        st.caption(
            "Shown beside the run's own name, which stays: its files, reports and commands know it by that one. "
            "Empty it to take the shown name away."
        )
        st.text_input("Shown name", note.title, max_chars=MOST_TITLE, key=key)
        st.form_submit_button("Show it under this name", type="primary", on_click=save)


def _delete(data: Path, run: Run) -> None:
    key = f"delete-name-{run.name}"

    def delete() -> None:
        if st.session_state[key].strip() != run.name:
            st.session_state[SAID] = (f"Nothing was deleted: to delete {run.name}, type exactly that.", True)
            return
        _changed(lambda: _removed(data, run), f"{run.name} is deleted.")

    with (
        st.popover("Delete …", icon=":material/delete:", key=f"delete-{run.name}"),
        st.form(f"delete-form-{run.name}", border=False),
    ):
        st.markdown(f"Deletes **{parts.escaped(run.name)}** for good: models, predictions, scores, explanations.")
        st.caption("Kept cases that it answered keep their answers. Slides and features stay.")
        st.text_input("Type its name to confirm", key=key, placeholder=run.name)
        st.form_submit_button("Delete it for good", type="primary", icon=":material/delete:", on_click=delete)


def _removed(data: Path, run: Run) -> None:
    here.doing("manage", "run deleted", run=run.name)
    remove(data, run.name)
    board.leave(run.name)
    if (data / FILE).exists():
        notes.forget(Workspace.open(data), run.key)


def _changed(change: Callable[[], None], said: str) -> None:
    """Makes a change, and keeps what is to be told of it for the next drawing."""
    try:
        change()
    except InputError as error:
        st.session_state[SAID] = (str(error), True)
    else:
        st.session_state[SAID] = (said, False)
