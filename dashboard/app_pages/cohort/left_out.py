"""Who is not analysed, and why."""

import pandas as pd
import streamlit as st

from dashboard import figures, views
from dashboard.pieces import parts


def flow(exclusions: pd.DataFrame, *, analysed: int) -> None:
    """The way from the clinical table to the analysis; no filter acts on it, as those left out have no class."""
    parts.section(
        "From the clinical table to the analysis", note="Each step keeps only patients it can use. Not filtered."
    )
    left, right = parts.pair("flow")
    with left:
        steps = views.cohort.flow(exclusions, analysed=analysed)
        parts.chart(figures.cohort.flow(steps), key="flow", alt="Patients left after each step")
    with right:
        if exclusions.empty:
            st.success("Nobody was left out.")
            return
        st.dataframe(views.cohort.reasons(exclusions), hide_index=True)
        parts.csv_button(exclusions, label="Excluded patients (CSV)", name="acinus-excluded.csv")
