"""A table of which the browser gets one page: which of its rows was pressed, and the way to other pages."""

import streamlit as st

from dashboard.pieces import addressed

PAGE = "page"
"""Name of the page in the address; the first page has none."""


def pressed(key: str) -> int | None:
    """Place of the row in which a press fell, in the table of this key, whose rows and cells can be selected."""
    picked = st.session_state[key]["selection"]
    places = [*picked["rows"], *(row for row, _ in picked["cells"])]
    return places[0] if places else None


def turning(pages: int, *, here: int, name: str) -> None:
    """Turns to another page, which is put into the address; nothing where there is one page only.

    Args:
        pages: how many there are.
        here: the one that is shown, from 1.
        name: of the list, unique in the app.
    """
    if pages == 1:
        return
    key = f"{name}-page-{here}"

    def turn() -> None:
        page = st.session_state[key]
        addressed.put({PAGE: [str(page)] if page > 1 else []})

    with st.container(horizontal=True, horizontal_alignment="center"):
        st.pagination(pages, default=here, key=key, on_change=turn)
