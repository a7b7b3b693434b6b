"""What the list of patients is narrowed to and sorted by. The address holds it all, so that it outlives the widgets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.results import Store
from core.results.listing import FLAGS, SORTS, Asked, Listed
from dashboard import views
from dashboard.pieces import addressed
from dashboard.pieces.rows import PAGE
from dashboard.views.listing import CONFIDENT, FALLING, MOST_TEXT, Choice
from dashboard.views.runs import Run

PATIENT, RUN, MODEL = "patient", "run", "model"
FLAGS_NOTE = (
    f"confident: the decided class has a probability of at least {CONFIDENT:.0%}. models disagree: not all models of "
    "the run decide for the same class (the warning example `paper` is not asked). referred: the model's conformal set "
    "holds no class or several. low trust: networks that learned from different patients look at different tiles, or "
    "the answer does not need the tiles the map marks. slide problems: something is amiss with one of the slides."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What the page is about: a run, a model, and whom of its patients."""

    store: Store
    run: Run
    models: tuple[str, ...]
    """That have answered."""
    model: str
    choice: Choice
    spoiled: tuple[str, ...]
    """Bags of slides with a problem."""

    @property
    def asked(self) -> Asked:
        """The list, as the store is asked for it."""
        return views.listing.asked(self.choice, run=self.run, model=self.model, spoiled=self.spoiled)


def filters(scene: Scene, found: Listed) -> None:
    """Search, model, classes, sites and flags, each choice with the number of patients that it would list."""
    choice, classes = scene.choice, scene.run.classes
    truths = {name: found.truths.get(place, 0) for place, name in enumerate(classes)}
    decisions = {name: found.decisions.get(place, 0) for place, name in enumerate(classes)}
    with st.container(border=True, key="patients-filters"):
        search, model, truth, decision, site = st.columns(5)
        with search:
            _text(choice)
        with model:
            _model(scene)
        with truth:
            _several("True class", "true", truths, chosen=choice.truths)
        with decision:
            _several("Decided class", "decided", decisions, chosen=choice.decisions)
        with site:
            _several("Site", "site", found.sites, chosen=choice.sites)
        _flags(choice, found)


def _model(scene: Scene) -> None:
    addressed.shown("patients-model", scene.model)
    st.selectbox(
        "Model",
        scene.models,
        key="patients-model",
        on_change=_changed("patients-model", MODEL, lambda value: [value] if value != scene.models[0] else []),
        help="Decides what the list calls right and wrong, in the model's main mode.",
    )


def _text(choice: Choice) -> None:
    addressed.shown("patients-search", choice.text)
    st.text_input(
        "Search",
        placeholder="Patient or site",
        key="patients-search",
        max_chars=MOST_TEXT,
        live="400ms",
        on_change=_changed("patients-search", "find", lambda value: [value] if value else []),
    )


def _several(label: str, name: str, counts: Mapping[str, int], *, chosen: Sequence[str]) -> None:
    """A choice of several, each with the number of patients that it would list."""
    key = f"patients-{name}"
    addressed.shown(key, list(chosen))
    st.multiselect(
        label,
        sorted({*counts, *chosen}) if name == "site" else list(counts),
        key=key,
        placeholder="All",
        format_func=lambda value: f"{value or 'not stated'} ({counts.get(value, 0):,})",
        on_change=_changed(key, name, list),
    )


def _flags(choice: Choice, found: Listed) -> None:
    addressed.shown("patients-only", list(choice.flags))
    st.pills(
        "Only",
        FLAGS,
        selection_mode="multi",
        key="patients-only",
        format_func=lambda flag: f"{flag} {found.flags[flag]:,}",
        on_change=_changed("patients-only", "only", list),
        help=FLAGS_NOTE,
        wrap=True,
    )


def _changed(key: str, name: str, values: Callable[[Any], Sequence[str]]) -> Callable[[], None]:
    """Puts what a widget holds into the address, and goes back to the first page."""

    def write() -> None:
        addressed.put({name: values(st.session_state[key]), PAGE: []})

    return write


def order(choice: Choice) -> None:
    """By what the list is sorted, and which way."""
    addressed.shown("patients-sort", choice.sort)
    addressed.shown("patients-falling", choice.falling)
    usual = views.listing.USUAL
    st.selectbox(
        "Sort by",
        SORTS,
        key="patients-sort",
        width=220,
        label_visibility="collapsed",
        format_func=lambda sort: f"by {sort}",
        on_change=_changed("patients-sort", "sort", lambda value: [value] if value != usual else []),
    )
    st.checkbox(
        "largest first",
        key="patients-falling",
        on_change=_changed("patients-falling", "order", lambda value: [FALLING] if value else []),
    )
