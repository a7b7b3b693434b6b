"""The part of the Data page that shows slides: filters, table, pictures, and one slide in full."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pandas as pd
import streamlit as st

from core.slides.extraction.states import WorkList
from core.slides.quality.drawing import COLOURS
from core.slides.quality.surfaces import Surface
from dashboard import figures, views
from dashboard.app_pages.data import extraction, pictures
from dashboard.following import work_lists
from dashboard.following.work_lists import Snapshot
from dashboard.pieces import parts
from dashboard.pieces.rows import pressed
from dashboard.views.slides import SlideView, Wanted
from dashboard.words.wording import counted, decimals

SLIDE = "slide"
ON_A_PAGE, A_ROW = 24, 6
ROWS = 13
"""Of a table before it scrolls."""
SMALL_PX, LARGE_PX = 360, 1200
DRAWER_PX = 1080
Colour = Literal["green", "red", "blue", "gray", "orange"]
BADGES: Mapping[str, Colour] = {
    "done": "green",
    "failed": "red",
    "running": "blue",
    "queued": "gray",
    "interrupted": "orange",
}
SHARPNESS_NOTE = (
    "How strongly neighbouring pixels differ, as the median over the tiles read: higher is sharper. It has no unit; "
    "compare slides of the same scanner and stain."
)
MEASURED_NOTE = (
    f"{SHARPNESS_NOTE} Optical density is how much light a stain takes away, on a logarithmic scale: mean ± standard "
    "deviation over tissue. Glass of a well lit scan is near 255."
)
MARKS = {"done": "✓ done", "failed": "✗ failed"}


def browse(folder: Path, worklist: WorkList, snapshot: Snapshot, rows: pd.DataFrame) -> None:
    """All slides that fit the filters, as a table or as pictures, and over them the one that the address names."""
    listed = views.slides.wanted(rows, _wanted(rows))
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = st.segmented_control(
            "Show as", ("Table", "Pictures"), default="Table", key="data-shown", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        st.caption(f"{len(listed):,} of {counted(len(rows), noun='slide')} listed")
        st.space("stretch")
        parts.csv_button(views.slides.exported(listed), label="Listed slides (CSV)", name="acinus-slides.csv")
    if listed.empty:
        st.info("No slide fits all filters; widen one of them.", icon=":material/filter_alt_off:")
    elif shown == "Pictures":
        _gallery(folder, worklist, snapshot, listed)
    else:
        _table(worklist, listed)
    named = st.query_params.get(SLIDE)
    if named in set(rows["slide"]):
        _opened(folder, worklist, snapshot, listed)
    elif named is not None:
        st.warning("The slide named in the address is not in this work list. Choose one above.")


def _wanted(rows: pd.DataFrame) -> Wanted:
    standings, problems = views.slides.standing_counts(rows), views.slides.problem_counts(rows)
    with st.container(border=True):
        search, status, problem = st.columns([3, 5, 5])
        text = search.text_input("Search", placeholder="Slide, patient or site", key="data-search")
        chosen = status.pills(
            "Status",
            list(standings),
            selection_mode="multi",
            format_func=lambda word: f"{word} {standings[word]:,}",
            key="data-status",
            wrap=True,
        )
        amiss = problem.pills(
            "Problem",
            list(problems),
            selection_mode="multi",
            format_func=lambda word: f"{word} {problems[word]:,}",
            key="data-problem",
            help="Slides with at least one of the chosen problems. What is amiss is told from a thumbnail and from "
            "the tiles that were read; it leaves no slide out by itself.",
            wrap=True,
        )
        if not problems:
            problem.caption("none found")
    return Wanted(text=text, standings=tuple(chosen), problems=tuple(amiss))


def _close() -> None:
    st.query_params.pop(SLIDE, None)


@st.dialog("Slide", width=DRAWER_PX, position="right", icon=":material/biotech:", on_dismiss=_close)
def _opened(folder: Path, worklist: WorkList, snapshot: Snapshot, listed: pd.DataFrame) -> None:
    """One slide in full. The address is asked anew, as the buttons for the next one change it."""
    named = st.query_params.get(SLIDE)
    place = next((place for place, item in enumerate(worklist.items) if item.slide == named), None)
    if place is None:
        return
    standings = views.extraction.standings(snapshot.states, snapshot.interrupted)
    view = views.slides.view(worklist, place, snapshot.states[place], standings[place])
    _heading(view, worklist, listed)
    left, right = st.columns([7, 6], gap="medium")
    with left:
        _picture(_file(folder, worklist, snapshot, place))
        parts.section("Provenance", note="How its features came about; the same is kept beside them.")
        parts.facts(view.provenance, alt="Provenance of the slide's features")
    with right:
        _findings(view)


def _table(worklist: WorkList, listed: pd.DataFrame) -> None:
    """A click anywhere in a row puts the slide into the address, which is what the page follows."""

    # a table whose rows were changed in place does not tell of the first click: other rows make another table
    key = f"data-table-{hash(tuple(listed['slide']))}"

    def follow() -> None:
        place = pressed(key)
        # a second click on the same place takes the choice back: it asks for the same slide again
        row = st.session_state.get(f"{key}-row", 0) if place is None else place
        st.session_state[f"{key}-row"] = row
        _go_to(worklist, listed["slide"].iloc[row])

    st.dataframe(
        listed.assign(
            sharpness=listed["sharpness"].round(),
            status=listed["status"].map(lambda word: MARKS.get(word, word)),
            problems=listed["problems"].map(lambda words: ", ".join(words) or None),
        ),
        hide_index=True,
        height="content" if len(listed) < ROWS else 460,
        key=key,
        on_select=follow,
        selection_mode=("single-row", "single-cell"),
        column_order=("patient", "slide", "status", "tiles", "tissue_mm2", "problems", "sharpness", "reason"),
        placeholder="–",
        column_config={
            "patient": "Patient",
            "slide": "Slide",
            "status": st.column_config.TextColumn("Status", help="How far the extraction of its features is."),
            "tiles": st.column_config.NumberColumn(
                "Tiles", format="localized", help="Squares of tissue that were kept and turned into features."
            ),
            "tissue_mm2": st.column_config.NumberColumn(
                "Tissue (mm²)",
                format=f"%.{decimals(listed['tissue_mm2'])}f",
                help="Area that was told to be tissue on a thumbnail, without pen, folds and fat.",
            ),
            "problems": st.column_config.TextColumn("Problems", help="What is amiss with the slide, worst first."),
            "sharpness": st.column_config.NumberColumn("Sharpness", format="localized", step=1, help=SHARPNESS_NOTE),
            "reason": st.column_config.TextColumn("Reason", help="Why it failed.", width="large"),
        },
    )


def _gallery(folder: Path, worklist: WorkList, snapshot: Snapshot, listed: pd.DataFrame) -> None:
    _legend()
    pages = -(-len(listed) // ON_A_PAGE)
    page = min(st.session_state.get("data-page", 1), pages)
    shown = listed.iloc[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    with st.container(key="data-gallery"):
        for start in range(0, len(shown), A_ROW):
            columns = st.columns(A_ROW)
            for column, (_, row) in zip(columns, shown.iloc[start : start + A_ROW].iterrows(), strict=False):
                with column:
                    _card(_file(folder, worklist, snapshot, row["place"]), worklist, row)
    if pages > 1:
        st.pagination(pages, key="data-page", persist_state="page")


def _file(folder: Path, worklist: WorkList, snapshot: Snapshot, place: int) -> Path:
    return pictures.of_slide(folder, worklist.items[place].stem, snapshot.states[place])


def _card(file: Path, worklist: WorkList, row: pd.Series) -> None:
    picture = pictures.shrunk(file, width_px=SMALL_PX)
    words = row["problems"] or (row["status"],)
    with st.container(gap="xsmall"):
        st.image(picture or pictures.blank(), width="stretch", alt="Thumbnail" if picture else "No picture yet")
        st.text(row["slide"])
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.badge(", ".join(words[:2]), color=BADGES.get(words[0], "orange"))
            key, named = f"open-{row['place']}", row["slide"]
            st.button("Open", key=key, type="tertiary", on_click=_go_to, args=(worklist, named))


def _heading(view: SlideView, worklist: WorkList, listed: pd.DataFrame) -> None:
    before, after = views.slides.neighbours(listed, view.slide)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="data-name", width="content"):
            st.text(view.slide)
        st.badge(view.standing, color=BADGES[view.standing])
        st.text(f"Patient {view.patient}")
        st.space("stretch")
        for label, icon, goal in (("Previous", "arrow_back", before), ("Next", "arrow_forward", after)):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"data-{label}",
                disabled=goal is None,
                on_click=_go_to,
                args=(worklist, goal),
            )


def _picture(file: Path) -> None:
    picture = pictures.shrunk(file, width_px=LARGE_PX)
    if picture is None:
        st.info("There is no picture of this slide yet: it is drawn when the slide is looked at.")
        return
    _legend()
    with st.container(key="data-picture"):
        st.image(picture, width="stretch", alt="The slide, with what was found drawn on it")


def _findings(view: SlideView) -> None:
    if view.reason:
        parts.section("Why it failed")
        st.text(view.reason)
    if view.problems:
        parts.section("What is amiss", note="Told from the picture and the tiles; it leaves no slide out by itself.")
        for word, sentence in view.problems:
            st.badge(word, color="orange")
            st.text(sentence)
    elif view.tiles:
        st.success("Nothing is amiss with this slide.", icon=":material/check_circle:")
    if view.tiles:
        parts.section("What became of its tiles")
        parts.chart(figures.slides.tile_counts(view.tiles), key="tile-counts", alt="Tiles by what became of them")
        parts.section("What covers it")
        st.dataframe(
            view.areas,
            hide_index=True,
            column_config={
                "Area (mm²)": st.column_config.NumberColumn(format=f"%.{decimals(view.areas['Area (mm²)'])}f"),
                "Share": st.column_config.TextColumn(help="Of the whole picture, glass included."),
            },
        )
    if view.measured:
        parts.section("Measured", note=MEASURED_NOTE)
        parts.facts(view.measured, alt="Figures of the slide that problems are told from")


def _legend() -> None:
    """Colours and words of our own only, as they become HTML."""
    swatches = [
        (views.slides.SURFACE_WORDS[surface.name.lower()], COLOURS[surface], surface == Surface.TISSUE)
        for surface in COLOURS
    ]
    st.html(parts.legend(swatches))


def _go_to(worklist: WorkList, slide: str | None) -> None:
    """Puts a slide into the address, and the list that it is in."""
    st.query_params[extraction.LIST] = work_lists.list_id(worklist)
    st.query_params[SLIDE] = slide or ""
