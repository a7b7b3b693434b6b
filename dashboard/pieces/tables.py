"""Tables that are read: a few rows of words. Those in which one searches, sorts and chooses are Streamlit's grids."""

from collections.abc import Mapping
from html import escape

import pandas as pd
import streamlit as st


def words(shown: pd.DataFrame, *, alt: str, notes: Mapping[str, str | None] | None = None) -> None:
    """A plain table of all rows.

    It is there at once and is read out as a table, neither of which holds for a grid, which is painted.

    Args:
        shown: what stands in it; a cell without a value stays empty.
        alt: what the table is, for who does not see it.
        notes: by column, what its heading means: shown on hover and when the keyboard reaches it.
    """
    st.html(written(shown, alt=alt, notes=notes))


def written(shown: pd.DataFrame, *, alt: str, notes: Mapping[str, str | None] | None = None) -> str:
    """The same as HTML, in which no value is taken for markup; what is in each row's first cell names the row."""
    told = notes or {}
    head = "".join(f'<th scope="col">{_heading(str(name), told.get(str(name)))}</th>' for name in shown.columns)
    filled = shown.astype(object).where(shown.notna(), "")
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in filled.itertuples(index=False, name=None))
    opening = f'<table class="words" aria-label="{escape(alt)}">'
    return f"{opening}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _heading(name: str, note: str | None) -> str:
    if not note:
        return escape(name)
    # the style sheet shows `data-note`
    told = f'data-note="{escape(note)}" aria-description="{escape(note)}"'
    return f'<span class="noted" tabindex="0" {told}>{escape(name)}</span>'


def _cells(row: tuple[object, ...]) -> str:
    first, *others = (escape(str(value)) for value in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{value}</td>" for value in others)
