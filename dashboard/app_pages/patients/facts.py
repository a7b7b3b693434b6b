"""Who the patient is: clinical data and follow-up."""

from collections.abc import Mapping

import streamlit as st

from dashboard import views
from dashboard.pieces import parts, tables


def clinical(stated: Mapping[str, str], *, follow_up: str | None = None) -> None:
    """Values as the clinical table states them; a dash of colour for none, as none is a finding."""
    parts.section("Clinical data")
    if stated:
        tables.words(views.runs.two_columns(stated, names="What"), alt="Clinical data")
    else:
        st.caption("The clinical table states nothing more of this patient.")
    if follow_up is not None:
        st.caption(f":material/event: {follow_up}")
