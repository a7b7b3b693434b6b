"""Navigation: opens the store once a visit and hands it to the page."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from core.results import Store
from dashboard import parts
from dashboard.app_pages import cohort, models, new_case, patients

HERE = Path(__file__).parent
Render = Callable[[Store], None]


def data_folder() -> Path:
    """Where runs, features and catalogues lie: ACINUS_DATA, else `data` where the server was started."""
    return Path(os.environ.get("ACINUS_DATA", "data"))


def show(render: Render) -> None:
    """One page on the newest catalogue, or what to do when there is none."""
    data = data_folder()
    generation = Store.generation(data)
    store = None if generation is None else opened(data, generation)
    if store is None:
        parts.nothing_published()
        return
    render(store)


@st.cache_resource(max_entries=2, show_spinner=False, on_release=lambda store: store and store.close())
def opened(data: Path, generation: int) -> Store | None:
    """The catalogue, kept open for all visits until a newer generation is published."""
    assert generation > 0
    return Store.open(data)


def page(render: Render, *, title: str, icon: str, path: str, default: bool = False) -> st.Page:
    """One entry of the navigation."""
    run = partial(parts.guarded, partial(show, render))
    return st.Page(run, title=title, icon=icon, url_path=path, default=default)


def main() -> None:
    """Everything that is the same on every page, then the page."""
    st.set_page_config(page_title="Acinus", page_icon=str(HERE / "icon.svg"), layout="wide", initial_sidebar_state=230)
    st.logo(str(HERE / "logo.svg"), icon_image=str(HERE / "icon.svg"), size="large")
    st.html(parts.STYLE)
    pages = [
        page(cohort.render, title="Cohort", icon=":material/groups:", path="cohort", default=True),
        page(models.render, title="Models", icon=":material/query_stats:", path="models"),
        page(patients.render, title="Patients", icon=":material/person_search:", path="patients"),
        page(new_case.render, title="New case", icon=":material/upload_file:", path="new-case"),
    ]
    chosen = st.navigation(pages)
    parts.footer()
    chosen.run()


main()
