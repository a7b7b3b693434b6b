"""Selections that somebody saved: under a name, opened by an address, renamed and deleted."""

from pathlib import Path

import streamlit as st

from core.errors import InputError
from dashboard import views
from dashboard.access import here
from dashboard.app_pages.cohort.choosing import COHORT, SELECTION, Scene
from dashboard.pieces import addressed, parts
from dashboard.workspace import Workspace, selections
from dashboard.workspace.selections import MOST_NAME, Saved

NAME, NEW_NAME, WRONG = "cohort-save-name", "cohort-new-name", "cohort-save-wrong"
EDITED = "cohort-edited"
"""Session's selection whose dialog is open: a page that runs again for another reason must not close it."""


def open_asked(data: Path) -> Saved | None:
    """The saved selection that the address names, put into the address where it has no filters of its own."""
    asked = st.query_params.get(SELECTION)
    if not asked:
        return None
    try:
        found = selections.find(Workspace.open(data), asked)
    except InputError as error:
        st.warning(str(error), icon=":material/bookmark_remove:")
        return None
    if found is None:
        st.warning("The selection in the address was deleted, or never saved here; all patients are shown.")
        addressed.put({SELECTION: []})
        return None
    if not views.cohort.selection.filter_names(addressed.values()):
        addressed.put({COHORT: [found.cohort], **found.filters})
    return found


def menu(scene: Scene, opened: Saved | None) -> None:
    """Save what is chosen; open, rename and delete what was saved before."""
    label = "Saved selections" if opened is None else f"Saved: {opened.name}"
    with st.popover(parts.escaped(label), icon=":material/bookmarks:", width="content", key="cohort-saved"):
        try:
            workspace = Workspace.open(scene.store.data)
            known = selections.saved(workspace, scene.cohort.key)
        except InputError as error:
            st.warning(str(error), icon=":material/lock:")
            return
        _save(scene, workspace)
        for one in known:
            _entry(one)
        if not known:
            st.caption("None of this cohort is saved yet.")
    edited = next((one for one in known if one.id == st.session_state.get(EDITED)), None)
    if edited is not None:
        _edit(edited, workspace)


def _save(scene: Scene, workspace: Workspace) -> None:
    st.markdown(f"**Save the selection:** {parts.escaped(views.cohort.selection.sentence(scene.where))}")
    st.text_input("Name", key=NAME, max_chars=MOST_NAME, placeholder="For example: young, Basal/HER2")
    st.button(
        "Save",
        key="cohort-save",
        icon=":material/bookmark_add:",
        disabled=(not scene.where.choices and scene.where.ages is None) or not here.allowed("work"),
        on_click=_keep,
        args=(scene, workspace),
        help="The address then opens it, on every machine that reaches this server.",
    )
    wrong = st.session_state.pop(WRONG, None)
    if wrong:
        st.error(wrong, icon=":material/error:")


def _keep(scene: Scene, workspace: Workspace) -> None:
    filters = views.cohort.selection.address(scene.where)
    try:
        here.doing("work", "selection saved")
        fresh = selections.save(workspace, cohort=scene.cohort.key, name=st.session_state[NAME], filters=filters)
    except InputError as error:
        st.session_state[WRONG] = str(error)
        return
    st.session_state[NAME] = ""
    addressed.put({SELECTION: [fresh], COHORT: [scene.cohort.key]})


def _entry(one: Saved) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            parts.escaped(one.name),
            key=f"cohort-open-{one.id}",
            type="tertiary",
            icon=":material/bookmark:",
            on_click=_open,
            args=(one,),
            help=f"Saved {one.saved[:16].replace('T', ' ')} UTC.",
        )
        st.space("stretch")
        st.button(
            "Rename or delete",
            key=f"cohort-edit-{one.id}",
            type="tertiary",
            on_click=_begin_edit,
            args=(one.id,),
            disabled=not here.allowed("work"),
        )


def _begin_edit(selection: str) -> None:
    st.session_state[EDITED] = selection


def _end_edit() -> None:
    st.session_state.pop(EDITED, None)


def _open(one: Saved) -> None:
    others: dict[str, list[str]] = {name: [] for name in views.cohort.selection.filter_names(addressed.values())}
    addressed.put({**others, COHORT: [one.cohort], SELECTION: [one.id], **one.filters})


@st.dialog("Saved selection", on_dismiss=_end_edit)
def _edit(one: Saved, workspace: Workspace) -> None:
    name = st.text_input("Name", one.name, key=f"{NEW_NAME}-{one.id}", max_chars=MOST_NAME)
    rename, delete = st.columns(2)
    if rename.button("Rename", key="cohort-rename", width="stretch", disabled=name.strip() == one.name):
        try:
            here.doing("work", "selection renamed")
            selections.rename(workspace, one.id, name=name)
        except InputError as error:
            st.error(str(error), icon=":material/error:")
            return
        _end_edit()
        st.rerun()
    st.caption("Deleting it forgets the name and the address; no patient and no result is touched.")
    if delete.button("Delete for good", key="cohort-delete", icon=":material/delete:", width="stretch"):
        here.doing("work", "selection deleted")
        selections.delete(workspace, one.id)
        if st.query_params.get(SELECTION) == one.id:
            addressed.put({SELECTION: []})
        _end_edit()
        st.rerun()
