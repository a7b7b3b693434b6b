"""Who is there, at the end of the sidebar; and what those see who are not let in."""

import streamlit as st

from dashboard.access import here
from dashboard.access.current import current_settings
from dashboard.access.visitors import RefusedError, UnknownError, Visitor
from dashboard.folders.data import data_folder
from dashboard.pieces import parts

LOCAL_MODE = "Local mode: nobody signs in. Whoever opens this page on this machine may do everything."


def visitor() -> Visitor | None:
    """Who looks at the page; None where they may not, and then the page says why and lets them sign in."""
    try:
        person = here.who()
        here.entered(person)
        return person
    except UnknownError as error:
        _closed(str(error), can_sign_in=True)
    except RefusedError as error:
        _closed(str(error), can_sign_in=False)
    return None


def standing(person: Visitor) -> None:
    """Name and role, and the way out."""
    how = current_settings(data_folder()).sign_in
    with st.sidebar:
        if how == "none":
            st.caption(f":material/lock_open: {LOCAL_MODE}")
            return
        st.caption(f":material/account_circle: {parts.escaped(person.name)}, {person.role}")
        if how == "oidc":
            st.button("Sign out", key="sign-out", icon=":material/logout:", type="tertiary", on_click=st.logout)


def _closed(sentence: str, *, can_sign_in: bool) -> None:
    how = current_settings(data_folder()).sign_in
    with st.container(width=460, key="entrance"):
        st.title("Acinus", anchor=False)
        st.caption("Clinical-research workbench for multimodal breast-cancer subtyping")
        st.info(f"{parts.escaped(sentence[:1].upper() + sentence[1:])}.", icon=":material/lock:")
        if how == "oidc":
            words = "Sign in" if can_sign_in else "Sign in as somebody else"
            st.button(words, key="sign-in", icon=":material/login:", type="primary", on_click=st.login)
