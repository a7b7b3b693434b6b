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


def seen(deed: str, *, run: str = "", patient: str) -> None:
    """Notes once a session that somebody looks at a patient, under a pseudonym."""
    log = AuditLog(data_folder())
    key = ("seen", deed, run, patient)
    if st.session_state.get(_SEEN) is None:
        st.session_state[_SEEN] = set[tuple[str, ...]]()
    if key not in st.session_state[_SEEN]:
        log.note(who(), deed, run=run, case=log.pseudonym(patient))
        st.session_state[_SEEN].add(key)


_SEEN = "audit-seen"


def _asked() -> Asked:
    headers = {name.lower(): value for name, value in st.context.headers.to_dict().items()}
    return Asked(headers=headers, cookies=st.context.cookies.to_dict(), peer=headers.get(PEER))
