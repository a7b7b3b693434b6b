"""Who is not analysed, and why."""

import pandas as pd
import streamlit as st

from core.results import Store
from dashboard import charts, figures, views
from dashboard.charts import Written
from dashboard.pieces import parts, tables
from dashboard.pieces.kept import kept


def draw(store: Store, cohort: str, *, analysed: int) -> None:
    """The way from the clinical table to the analysis; no filter acts on it, as those left out have no class."""
    parts.section(
        "From the clinical table to the analysis", note="Each step keeps only patients it can use. Not filtered."
    )
    exclusions = store.exclusions(cohort)
    left, right = parts.pair("flow")
    with left:
        parts.chart(_flow(store, cohort, analysed), key="flow", alt="Patients left after each step")
    with right:
        if exclusions.empty:
            st.success("Nobody was left out.")
            return
        tables.words(_reasons(store, cohort), alt="Why patients were left out")
        parts.csv_button(exclusions, label="Excluded patients (CSV)", name="acinus-excluded.csv")


@kept
def _reasons(store: Store, cohort: str) -> pd.DataFrame:
    return views.cohort.summary.reasons(store.exclusions(cohort))


@kept
def _flow(store: Store, cohort: str, analysed: int) -> Written:
    return charts.written(figures.cohort.flow(views.cohort.summary.flow(store.exclusions(cohort), analysed=analysed)))
