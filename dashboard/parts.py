"""Pieces that every page is put together from: heading, badges, empty states, cards, charts, downloads."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.figures.layout import CONFIG

RESEARCH_USE_ONLY = "Research use only. Not a medical device; not for diagnosis or treatment."


STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 3.6rem 2.5rem 4rem; max-width: 2200px; }
[data-testid="stSidebarUserContent"] { padding-top: 0; }
[data-tag] { background: transparent !important; border: 1px solid; }
[data-tag], [data-tag] * { color: inherit !important; }
.js-plotly-plot :is([class$="tick"], .textpoint, .cbaxis, .bars) text,
.js-plotly-plot text:is([class$="title"], .annotation-text, .legendtext) { fill: currentColor !important; }
</style>"""
"""What the theme cannot say: no more margin than charts need, text that is legible in chips and charts (WCAG AA)."""


def heading(title: str, *, question: str) -> DeltaGenerator:
    """The page's title and, in one line, what it answers; returns the bar, for what the page is about."""
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        with st.container(gap=None, width=520):
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


def section(title: str, *, note: str | None = None) -> None:
    """Heading of one chart or table, with an explanation on hover."""
    st.subheader(title, anchor=False, help=note)


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """A plotly figure over the full width, downloadable as SVG."""
    config = CONFIG | {"toImageButtonOptions": {"format": "svg", "filename": f"acinus-{key}"}}
    st.plotly_chart(figure, key=key, config=config, alt=alt)


def cards(values: Sequence[tuple[str, str, str | None]]) -> None:
    """A row of equal cards: label, value, and what it means, on hover."""
    for column, (label, value, note) in zip(st.columns(len(values)), values, strict=True):
        column.metric(label, value, help=note, border=True, height="stretch")


def csv_button(table: pd.DataFrame, *, label: str, name: str) -> None:
    """Downloads a table as CSV."""
    st.download_button(
        label,
        table.to_csv(index=False).encode(),
        file_name=name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"download-{name}",
    )


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


def footer() -> None:
    """Stands at the end of the sidebar on every page."""
    with st.sidebar:
        st.space("small")
        st.caption(f":material/shield: {RESEARCH_USE_ONLY}")
