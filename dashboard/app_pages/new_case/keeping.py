"""Keeping a case, deleting it, and the list of those that are kept."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from core.errors import InputError
from dashboard import views
from dashboard.access import here
from dashboard.app_pages.new_case.giving import CASE
from dashboard.cases.folder import CaseFolder, Status, all_cases
from dashboard.cases.unkept import UNKEPT_HOURS
from dashboard.pieces import parts
from dashboard.views.cases.answers import KeptCase

WIDTHS = (8, 6, 5, 9, 3, 3)
LABEL, LABEL_MAX = "case-label", 80


def leave() -> None:
    """Back to the start of the page."""
    st.query_params.pop(CASE, None)


def buttons(case: CaseFolder, status: Status) -> None:
    """What can be done with a case; what cannot be undone asks first."""
    st.button("Another case", icon=":material/add:", on_click=leave, key="case-another")
    if status.state == "running":
        st.button("Stop", icon=":material/stop_circle:", on_click=_stop, args=(case,), key="case-stop")
    if status.state == "done" and case.kept is None:
        _keeping(case)
    _deleting(case)


def _keeping(case: CaseFolder) -> None:
    with st.popover("Keep", icon=":material/bookmark_add:", type="primary"):
        st.text_input(
            "Name for the list",
            key=LABEL,
            max_chars=LABEL_MAX,
            placeholder="e.g. biopsy of the second visit",
            help="Shown in the list of kept cases. Leave out the patient's name.",
        )
        st.button("Keep this case", type="primary", key="case-keep", on_click=_keep, args=(case,))


def _deleting(case: CaseFolder) -> None:
    with st.popover("Delete …", icon=":material/delete:"):
        st.caption("Its files, its answer and what was computed from its slide are removed. There is no way back.")
        st.button("Delete it for good", key="case-delete", type="primary", on_click=_delete, args=(case,))


def standing(case: CaseFolder) -> str:
    """Whether it stays, in one sentence."""
    kept = case.kept
    if kept is not None:
        return f"Kept since {kept.when[:10]} until somebody deletes it."
    gone = datetime.fromtimestamp(case.touched + UNKEPT_HOURS * 3600, tz=UTC)
    return f"Not kept: it is removed after {gone:%Y-%m-%d %H:%M} UTC unless you keep it."


def kept_cases(data: Path) -> None:
    """All cases that are kept, the newest first, each with a way to open and to delete it."""
    visitor = here.who()
    found = [(case, one) for case in all_cases(data) if (one := _listed(case)) is not None and case.open_to(visitor)]
    parts.section("Kept cases")
    if not found:
        st.caption("None yet. A finished case has a Keep button; until then it stays for a while, under its address.")
        return
    with st.container(key="rows-kept", gap=None):
        for column, text in zip(st.columns(WIDTHS), ("Case", "Run", "Kept", "Answer", "", ""), strict=True):
            column.caption(text)
        for case, one in sorted(found, key=lambda pair: pair[1].when, reverse=True):
            _row(case, one)


def _row(case: CaseFolder, one: KeptCase) -> None:
    label, run, when, answer, opening, deleting = st.columns(WIDTHS, vertical_alignment="center")
    label.text(one.label)
    run.text(one.run)
    when.text(one.when[:10])
    answer.text(one.answer)
    opening.button("Open", key=f"open-{case.id}", type="tertiary", on_click=_open, args=(case,))
    with deleting.popover("Delete …", type="tertiary"):
        st.text(f"Delete “{one.label}”?")
        st.caption("Its files, its answer and what was computed from its slide are removed. There is no way back.")
        st.button("Delete it for good", key=f"delete-{case.id}", type="primary", on_click=_delete_kept, args=(case,))


def _listed(case: CaseFolder) -> KeptCase | None:
    kept = case.kept
    if kept is None:
        return None
    try:
        return views.cases.answers.kept_case(case.prediction(), label=kept.label, when=kept.when)
    except InputError:
        # what is damaged is listed all the same: here it can be deleted
        return KeptCase(
            label=kept.label or views.cases.answers.UNNAMED, run="?", when=kept.when, answer="cannot be read"
        )


def _keep(case: CaseFolder) -> None:
    """Under the words as they stand when the button is pressed."""
    here.doing("predict", "case kept", case=case.id)
    case.keep(str(st.session_state[LABEL]))


def _open(case: CaseFolder) -> None:
    st.query_params[CASE] = case.id


def _stop(case: CaseFolder) -> None:
    here.doing("predict", "prediction stopped", case=case.id)
    case.stop()


def _delete(case: CaseFolder) -> None:
    _delete_kept(case)
    leave()


def _delete_kept(case: CaseFolder) -> None:
    here.doing("predict", "case deleted", case=case.id)
    case.delete()
