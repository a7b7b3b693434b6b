"""Links from page to page, followed without loading the app again."""

from typing import NoReturn

import streamlit as st


def go(path: str, **query: str) -> NoReturn:
    """Opens the page at this path at once."""
    st.switch_page(st.Page(lambda: None, title=path, url_path=path), query_params=query)


def link(path: str, *, label: str, icon: str | None, **query: str) -> None:
    """A link to the page at this path; `query` is the address's part after the question mark."""
    # known by its path alone: what such a page would draw is never asked
    page = st.Page(lambda: None, title=label, url_path=path)
    st.page_link(page, label=label, icon=icon, query_params=query)
