"""The script that Streamlit runs on every visit: navigation, then the page."""

from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import visit
from dashboard.pieces import parts

HERE = Path(__file__).parent


def main() -> None:
    """Everything that is the same on every page, then the page."""
    # before the navigation, whose icons Streamlit would else fetch from another host for the tab
    st.set_page_config(page_icon=str(HERE / "icon.svg"), layout="wide", initial_sidebar_state=230)
    st.logo(str(HERE / "logo.svg"), icon_image=str(HERE / "icon.svg"), size="large")
    pages = [
        st.Page(partial(visit.show, page), title=page.title, icon=page.icon, url_path=page.path, default=place == 0)
        for place, page in enumerate(visit.PAGES)
    ]
    chosen = st.navigation(pages)
    st.set_page_config(page_title=f"{chosen.title} · Acinus")
    parts.footer()
    chosen.run()


main()
