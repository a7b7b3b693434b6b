"""Cohort: who the patients are, and who is missing."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.results import Store
from dashboard import figures, parts, views
from dashboard.views.cohort import CohortView, Entry, Selection
from dashboard.wording import percent

TABLE_COLUMNS = ("patient", "class", "site", "age", "stage", "sex", "slides", "time", "event")


def render(store: Store) -> None:
    """The chosen cohort; the filters act on everything but the flow, whose patients have no class to filter by."""
    bar = parts.heading("Cohort", question="Who are the patients, and who was left out?")
    cohorts = views.cohort.entries(store.cohorts())
    if not cohorts:
        parts.nothing_published()
        return
    cohort = _chosen(bar, cohorts)
    patients, exclusions = store.patients(cohort.key), store.exclusions(cohort.key)
    shown = views.cohort.selected(patients, _selection(patients, cohort.classes))
    view = views.cohort.summarised(shown, classes=cohort.classes)
    _cards(view, analysed=len(patients), excluded=len(exclusions), outcome=cohort.outcome)
    if view.patients:
        _charts(view, cohort.classes)
    else:
        st.info("No patient fits all filters; widen one of them.", icon=":material/filter_alt_off:")
    _flow(exclusions, analysed=len(patients))
    _table(shown)


def _chosen(bar: DeltaGenerator, cohorts: tuple[Entry, ...]) -> Entry:
    with bar:
        named = {f"{cohort.name} · {cohort.outcome} · {cohort.key[:6]}": cohort for cohort in cohorts}
        badge = st.container(width="content")
        chosen = named[st.selectbox("Cohort and outcome", list(named), key="cohort", width=420)]
    with badge:
        parts.synthetic_badge(chosen.synthetic)
    return chosen


def _selection(patients: pd.DataFrame, classes: tuple[str, ...]) -> Selection:
    with st.container(border=True):
        site, label, stage, age = st.columns([3, 3, 3, 3])
        sites = site.multiselect("Site", sorted(patients["site"].astype(str).unique()), placeholder="All sites")
        names = label.multiselect("Class", list(classes), placeholder="All classes")
        stages = stage.multiselect("Stage", views.cohort.stage_choices(patients), placeholder="All stages")
        ages = _ages(age, patients)
    return Selection(sites=tuple(sites), classes=tuple(names), stages=tuple(stages), ages=ages)


def _ages(column: DeltaGenerator, patients: pd.DataFrame) -> tuple[float, float] | None:
    """The chosen ages; None while the whole range is chosen, so that patients without an age stay."""
    limits = views.cohort.age_range(patients)
    if limits is None:
        column.caption("Age: not stated in this cohort")
        return None
    low, high = column.slider(
        "Age (years)", *limits, value=limits, help="Narrowing it leaves out patients whose age is not stated."
    )
    return None if (low, high) == limits else (float(low), float(high))


def _cards(view: CohortView, *, analysed: int, excluded: int, outcome: str) -> None:
    shown = f"{view.patients:,}" if view.patients == analysed else f"{view.patients:,} of {analysed:,}"
    everyone = analysed + excluded
    parts.cards(
        [
            ("Patients shown", shown, "Patients with a known class and every modality, after the filters above."),
            (
                "Excluded",
                f"{excluded:,} ({percent(excluded, whole=everyone)})",
                f"Of the {everyone:,} patients in the clinical table; the flow below says why.",
            ),
            ("Sites", f"{len(view.by_site.groups):,}", "Hospitals that the shown patients come from."),
            *(
                (group.name, f"{group.patients:,} ({group.share})", f"Class of the outcome `{outcome}`.")
                for group in view.classes
            ),
        ]
    )


def _charts(view: CohortView, classes: tuple[str, ...]) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        parts.section(
            "Patients by site",
            note="A class that comes from few sites can be told by their stain: group the folds by site.",
        )
        parts.chart(figures.cohort.stacked(view.by_site, group="Site"), key="by-site", alt="Patients by site and class")
    with right:
        parts.section("Age by class", note="Box: median and middle half; each point is a patient.")
        parts.chart(figures.cohort.ages(view.ages), key="ages", alt="Age of the patients by class")
    left, right = st.columns(2, gap="medium")
    with left:
        parts.section("Patients by stage")
        parts.chart(
            figures.cohort.stacked(view.by_stage, group="Stage"), key="by-stage", alt="Patients by stage and class"
        )
    with right:
        parts.section(
            "Survival by class",
            note="Kaplan-Meier estimate with 95 % interval. A patient without an event counts as long as followed.",
        )
        if view.survival:
            figure = figures.cohort.survival(view.survival, classes=classes)
            parts.chart(figure, key="survival", alt="Kaplan-Meier survival by class")
        else:
            st.info(
                "No follow-up time and event are stated: name them in the manifest's [covariates] as time and event."
            )


def _flow(exclusions: pd.DataFrame, *, analysed: int) -> None:
    parts.section(
        "From the clinical table to the analysis", note="Each step keeps only patients it can use. Not filtered."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        steps = views.cohort.flow(exclusions, analysed=analysed)
        parts.chart(figures.cohort.flow(steps), key="flow", alt="Patients left after each step")
    with right:
        if exclusions.empty:
            st.success("Nobody was left out.")
            return
        st.dataframe(views.cohort.reasons(exclusions), hide_index=True)
        parts.csv_button(exclusions, label="Excluded patients (CSV)", name="acinus-excluded.csv")


def _table(shown: pd.DataFrame) -> None:
    parts.section(f"Patients ({len(shown):,})")
    columns = [column for column in TABLE_COLUMNS if shown[column].notna().any()]
    st.dataframe(
        shown[columns],
        hide_index=True,
        height=320,
        placeholder="–",
        column_config={
            "patient": "Patient",
            "class": "Class",
            "site": "Site",
            "age": st.column_config.NumberColumn("Age (years)", format="%.0f"),
            "stage": "Stage",
            "sex": "Sex",
            "slides": st.column_config.NumberColumn("Slides", format="%d"),
            "time": st.column_config.NumberColumn("Follow-up (months)", format="%.1f"),
            "event": st.column_config.NumberColumn("Event", format="%d", help="1: it happened; 0: not while followed."),
        },
    )
    parts.csv_button(shown, label="Shown patients (CSV)", name="acinus-patients.csv")
