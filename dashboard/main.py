"""The script that Streamlit runs on every visit: who is there, navigation, then the page."""

from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import visit
from dashboard.access.roles import may
from dashboard.access.visitors import Visitor
from dashboard.pieces import entrance, parts

HERE = Path(__file__).parent


def main() -> None:
    """Everything that is the same on every page, then the page."""
    # before the navigation, whose icons Streamlit would else fetch from another host for the tab
    st.set_page_config(page_icon=str(HERE / "icon.svg"), layout="wide", initial_sidebar_state=230)
    st.logo(str(HERE / "logo.svg"), icon_image=str(HERE / "icon.svg"), size="large")
    person = visit.guarded(entrance.visitor)
    if person is None:
        st.navigation([st.Page(parts.nothing, title="Acinus")], position="hidden")
        return
    _pages(person)


def _pages(person: Visitor) -> None:
    pages = [
        st.Page(partial(visit.show, page), title=page.title, icon=page.icon, url_path=page.path, default=place == 0)
        for place, page in enumerate(visit.PAGES)
        if may(person.role, page.needs)
    ]
    chosen = st.navigation(pages)
    st.set_page_config(page_title=f"{chosen.title} · Acinus")
    entrance.standing(person)
    parts.footer()
    chosen.run()


main()
