"""Pieces that every page is put together from: heading, badges, empty states, cards, charts, downloads."""

import string
from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import charts
from dashboard.words.wording import RESEARCH_USE_ONLY

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With one of these before it, a spreadsheet runs what stands in a cell."""


def heading(title: str, *, question: str) -> DeltaGenerator:
    """The page's title and, in one line, what it answers; returns the bar, for what the page is about."""
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        with st.container(gap=None, width=520, key="heading"):
            st.title(title, anchor=False)
            st.caption(question)
        st.space("stretch")
    return bar


def synthetic_badge(synthetic: bool) -> None:
    """Says that the patients on this page are invented; nothing for real ones."""
    if synthetic:
        st.badge(
            "Synthetic demo",
            icon=":material/science:",
            color="orange",
            help="These patients were made by a program. No number on this page says anything about a real tumour.",
        )


def section(title: str, *, note: str | None = None, small: bool = False) -> None:
    """Heading of one chart or table, with an explanation on hover."""
    if small:
        st.markdown(f"**{escaped(title)}**", help=note)
    else:
        st.subheader(title, anchor=False, help=note)


def chart(figure: go.Figure | charts.Written, *, key: str, alt: str) -> None:
    """A plotly figure over the full width, with its downloads."""
    charts.show(figure, key=key, alt=alt)


def facts(values: Mapping[str, str], *, alt: str) -> None:
    """Names and values side by side; long values are broken, and nothing in them is taken for markup."""
    rows = [[f"**{escaped(name)}**", escaped(value)] for name, value in values.items()]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, hide_header=True, alt=alt)


def cards(values: Sequence[tuple[str, str, str | None]], *, below: Sequence[str] = ()) -> None:
    """A row of equal cards: label, value, and what it means, on hover; `below` is one line more for each."""
    for column, (label, value, note), line in zip(
        st.columns(len(values)), values, below or [None] * len(values), strict=True
    ):
        column.metric(
            label, value, line, help=note, border=True, height="stretch", delta_color="off", delta_arrow="off"
        )


def pair(name: str) -> Sequence[DeltaGenerator]:
    """Two columns of the same width, one below the other on a narrow screen; `name` is unique on the page."""
    with st.container(key=f"pair-{name}"):
        return st.columns(2, gap="medium")


def legend(swatches: Sequence[tuple[str, tuple[int, int, int], bool]]) -> str:
    """HTML of a row of coloured squares with words, filled or as an outline; words and colours of our own only."""
    shown = "".join(
        f'<span><i style="{_outline(colour) if is_line else _filled(colour)}"></i>{word}</span>'
        for word, colour, is_line in swatches
    )
    return f'<div class="legend">{shown}</div>'


def csv_button(table: pd.DataFrame, *, label: str, name: str, quiet: bool = False) -> None:
    """Downloads a table as CSV, in which no cell begins a formula; quiet beside a heading."""
    st.download_button(
        label,
        lambda: without_formulas(table).to_csv(index=False).encode(),
        file_name=name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"download-{name}",
        type="tertiary" if quiet else "secondary",
    )


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would take for a formula."""
    texts = table.select_dtypes(include=["object", "string", "category"]).columns
    return table.assign(**{str(name): table[name].astype(object).map(_no_formula) for name in texts})


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def escaped(text: str) -> str:
    """Text for a label that Streamlit reads as Markdown, in which it then means nothing but itself."""
    return "".join(f"\\{letter}" if letter in string.punctuation else letter for letter in text)


def nothing_published() -> None:
    """The empty state of all pages."""
    st.info(
        "Nothing has been trained or published in this data folder yet. Run `make demo` for a synthetic cohort, "
        "or `python train.py --cohort YOUR_FOLDER` for your own; this page fills when it ends.",
        icon=":material/info:",
    )


def no_runs() -> None:
    """The empty state of the pages that show a run."""
    st.info(
        "No finished run in this data folder yet. Run `make demo-run`, or `python train.py --cohort YOUR_FOLDER`; "
        "this page fills when it ends.",
        icon=":material/info:",
    )


def _filled(colour: tuple[int, int, int]) -> str:
    return f"background: rgb{colour}; border-color: rgb{colour}"


def _outline(colour: tuple[int, int, int]) -> str:
    # on white like the glass around it, so that black shows on a dark page too
    return f"background: #fff; border: 2px solid rgb{colour}; outline: 1px solid #fff"


def nothing() -> None:
    """A page with nothing on it."""


def footer() -> None:
    """Stands at the end of the sidebar on every page."""
    with st.sidebar:
        st.space("small")
        st.caption(f":material/shield: {RESEARCH_USE_ONLY}")
