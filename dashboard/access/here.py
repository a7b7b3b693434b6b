"""The visitor of the page that is being drawn, told anew on each run of it: a role taken away is gone with the next."""

import streamlit as st

from dashboard.access.audit import AuditLog
from dashboard.access.current import current_settings
from dashboard.access.roles import Action, may
from dashboard.access.visitors import Asked, RefusedError, Visitor, visitor
from dashboard.folders.data import data_folder

PEER = "x-acinus-peer"
"""Header that the server writes itself, in place of whatever came under that name (`dashboard.server.gate`)."""


def who() -> Visitor:
    """Who looks at this page.

    Raises:
        RefusedError: nobody knows who they are, or they have no role.
    """
    return visitor(_asked(), current_settings(data_folder()))


def allowed(action: Action) -> bool:
    """Whether they may do it: for what to offer. What is done asks `doing`."""
    return may(who().role, action)


def doing(action: Action, deed: str, *, run: str = "", case: str = "") -> Visitor:
    """Passes who may do it, and notes that they do; notes as well who may not.

    Raises:
        RefusedError: they may not.
        InputError: it cannot be noted.
    """
    person, log = who(), AuditLog(data_folder())
    try:
        person.require(action)
    except RefusedError:
        log.note(person, deed, run=run, case=case, outcome="refused")
        raise
    log.note(person, deed, run=run, case=case)
    return person


def entered(person: Visitor) -> None:
    """Notes once a session who came; where nobody signs in there is nothing to tell."""
    if current_settings(data_folder()).sign_in != "none":
        _once(person, "signed in")


def seen(deed: str, *, run: str = "", patient: str) -> None:
    """Notes once a session that somebody looks at a patient, under a pseudonym."""
    _once(who(), deed, run=run, case=AuditLog(data_folder()).pseudonym(patient))


def _once(person: Visitor, deed: str, *, run: str = "", case: str = "") -> None:
    noted: set[tuple[str, ...]] = st.session_state.setdefault(_SEEN, set())
    key = (person.name, deed, run, case)
    if key not in noted:
        AuditLog(data_folder()).note(person, deed, run=run, case=case)
        noted.add(key)


_SEEN = "audit-seen"


def _asked() -> Asked:
    headers = {name.lower(): value for name, value in st.context.headers.to_dict().items()}
    return Asked(headers=headers, cookies=st.context.cookies.to_dict(), peer=headers.get(PEER))
