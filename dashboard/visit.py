"""One visit of one page: hands it the data folder or the newest catalogue, and says what a user can mend."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import streamlit as st

from core.errors import InputError
from core.results import Store
from dashboard.access import here
from dashboard.access.roles import Action
from dashboard.app_pages.about import page as about
from dashboard.app_pages.cohort import page as cohort
from dashboard.app_pages.data import page as data
from dashboard.app_pages.evaluation import page as evaluation
from dashboard.app_pages.jobs import page as jobs
from dashboard.app_pages.models import page as models
from dashboard.app_pages.new_case import page as new_case
from dashboard.app_pages.patients import page as patients
from dashboard.folders.data import data_folder
from dashboard.pieces import parts, training

Drawn = TypeVar("Drawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSpec:
    """One entry of the navigation."""

    title: str
    icon: str
    path: str
    render: Callable[[Path], None]
    """Draws the page on a data folder."""
    needs: Action = "see"
    """What one must be allowed to do to open it."""


def published(
    title: str, render: Callable[[Store], None], *, until_then: Callable[[Path], None] | None = None
) -> Callable[[Path], None]:
    """A page that shows the newest catalogue; without one, what to run, and what can be done until then."""

    def drawn(folder: Path) -> None:
        store = newest(folder)
        if store is None:
            parts.heading(title, question="Nothing to show yet")
            parts.nothing_published()
            if until_then is not None:
                until_then(folder)
        else:
            render(store)

    return drawn


PAGES = (
    PageSpec(title="Cohort", icon=":material/groups:", path="cohort", render=published("Cohort", cohort.render)),
    PageSpec(title="Data", icon=":material/biotech:", path="data", render=data.render),
    PageSpec(
        title="Models",
        icon=":material/query_stats:",
        path="models",
        render=published("Models", models.render, until_then=training.panel),
    ),
    PageSpec(
        title="Evaluation",
        icon=":material/fact_check:",
        path="evaluation",
        render=published("Evaluation", evaluation.render),
    ),
    PageSpec(
        title="Patients",
        icon=":material/person_search:",
        path="patients",
        render=published("Patients", patients.render),
    ),
    PageSpec(
        title="New case",
        icon=":material/upload_file:",
        path="new-case",
        render=published("New case", new_case.render),
        needs="predict",
    ),
    PageSpec(title="Jobs", icon=":material/pending_actions:", path="jobs", render=jobs.render),
    PageSpec(title="About", icon=":material/info:", path="about", render=about.render),
)


def show(page: PageSpec) -> None:
    """The page; when something is damaged, or not for this visitor, the sentence about it."""
    guarded(partial(_render, page))


def guarded(draw: Callable[[], Drawn]) -> Drawn | None:
    """What `draw` gives; None and the sentence on the page where a user can mend what is wrong."""
    try:
        return draw()
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _render(page: PageSpec) -> None:
    here.who().require(page.needs)
    page.render(data_folder())


def newest(data: Path) -> Store | None:
    """The newest catalogue; None while nothing is published."""
    generation = Store.generation(data)
    return None if generation is None else _opened(data, generation)


@st.cache_resource(max_entries=4, show_spinner=False, on_release=lambda store: store and store.close())
def _opened(data: Path, generation: int) -> Store | None:
    """Kept open for all visits until a newer generation is published."""
    assert generation > 0
    return Store.open(data)
