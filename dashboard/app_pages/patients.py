"""Patients: what was predicted for each, and what the models looked at."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.results import Store
from dashboard import figures, parts, views
from dashboard.app_pages import explanation
from dashboard.views.patients import CONFIDENT, Answer, Wanted
from dashboard.views.runs import Run
from dashboard.wording import counted

PATIENT = "patient"
RUN = "run"
FILTERS = ("wrong", "confident and wrong", "models disagree", "referred")
REFER_NOTE = (
    "A conformal set holds every class that fits the patient as well as it fits nearly all training patients of that "
    "class. With exactly one class in it the model decides; with none or several its answer is to refer for the assay."
)


def render(store: Store) -> None:
    """The table of one run's out-of-fold predictions, then the patient picked in it or named by the address."""
    bar = parts.heading("Patients", question="What did the models predict for each patient, and what did they look at?")
    runs = views.runs.runs(store.runs())
    if not runs:
        parts.no_runs()
        return
    run = _chosen(bar, runs)
    patients = store.patients(run.cohort)
    pooled = views.predictions.pooled(store.predictions(run.name))
    if pooled.empty:
        st.info(f"The run {run.name} has no predictions yet; this page fills when its first fold ends.")
        return
    model = _model(pooled)
    abstentions = store.evaluation("abstentions", run.name)
    referred = views.evaluation_decisions.referred(abstentions, model=model)
    rows = views.patients.table(pooled, patients, model=model, classes=run.classes, referred=referred)
    listed = views.patients.wanted(rows, _wanted(rows, run.classes))
    _table(listed, total=len(rows), model=model)
    patient = st.query_params.get(PATIENT)
    if patient is None:
        st.info("Pick a patient in the table.", icon=":material/touch_app:")
    elif patient not in set(rows["patient"]):
        st.warning("The patient named in the address is not in this run. Pick one in the table.")
    else:
        _heading(patient, row=rows[rows["patient"] == patient], listed=listed)
        answers = views.patients.answers(pooled, patient, classes=run.classes, folds=run.folds, repeats=run.repeats)
        doubts = views.evaluation_trust.doubts(store.scrutiny(run.name), patient=patient)
        folder = store.run_folder(run.name)
        left, right = st.columns([7, 5], gap="medium")
        with right:
            _answers(answers, classes=run.classes)
            _referrals(abstentions, patient=patient, model=model, repeats=run.repeats)
            explanation.genes(folder, patient, answers)
            _clinical(patients, patient)
        with left:
            explanation.tissue(folder, patient, answers, doubts=doubts)


def _chosen(bar: DeltaGenerator, runs: tuple[Run, ...]) -> Run:
    named = {run.name: run for run in runs}
    with bar:
        badge = st.container(width="content")
        asked = st.query_params.get(RUN)
        place = list(named).index(asked) if asked in named else 0
        run = named[st.selectbox("Run", list(named), index=place, key="patients-run", width=420)]
        st.query_params[RUN] = run.name
    with badge:
        parts.synthetic_badge(run.synthetic)
    return run


def _model(pooled: pd.DataFrame) -> str:
    models = views.predictions.model_order(pooled["model"])
    help_text = "Decides what the table calls right and wrong, in the model's main mode."
    return (
        st.segmented_control("Model", models, default=models[0], key="patients-model", required=True, help=help_text)
        or models[0]
    )


def _wanted(rows: pd.DataFrame, classes: tuple[str, ...]) -> Wanted:
    with st.container(border=True):
        search, label, site, only = st.columns([3, 3, 3, 5])
        text = search.text_input("Search", placeholder="Patient or site", key="patients-search")
        truth = label.multiselect("True class", classes, placeholder="All classes", key="patients-class")
        sites = site.multiselect("Site", sorted(rows["site"].unique()), placeholder="All sites", key="patients-site")
        chosen = only.pills(
            "Only",
            FILTERS,
            selection_mode="multi",
            key="patients-only",
            help=f"confident: the decided class has a probability of at least {CONFIDENT:.0%}. models disagree: not "
            "all models of the run decide for the same class (the warning example `paper` is not asked). referred: "
            "the model's conformal set holds no class or several, so its answer is to refer for the assay.",
        )
    wrong, confident, disagree, referred = (name in chosen for name in FILTERS)
    return Wanted(
        text=text,
        wrong=wrong,
        confident_and_wrong=confident,
        disagreeing=disagree,
        referred=referred,
        classes=tuple(truth),
        sites=tuple(sites),
    )


def _table(listed: pd.DataFrame, *, total: int, model: str) -> None:
    """The list; a click on a row puts the patient into the address, which is what the page follows."""
    wrong = int((~listed["right"]).sum())
    st.caption(
        f"{len(listed):,} of {counted(total, noun='patient')} listed, {wrong:,} of them decided wrongly by {model}"
    )
    # a new key makes the table anew, with the row of the patient that the buttons went to
    key = f"patients-table-{st.session_state.get('patients-turn', 0)}"
    current = listed.index[listed["patient"] == st.query_params.get(PATIENT)].tolist()

    def follow() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        if picked:
            st.query_params[PATIENT] = listed["patient"].iloc[picked[0]]

    shown = listed.assign(
        right=listed["right"].map({True: "✓", False: "✗ wrong"}), confidence=100 * listed["confidence"]
    )
    for name in ("disagreeing", "referred"):
        shown[name] = listed[name].map({True: "yes", False: "no"})
    st.dataframe(
        shown,
        hide_index=True,
        height=286,
        key=key,
        on_select=follow,
        selection_mode="single-row",
        selection_default={"selection": {"rows": current}},
        column_config={
            "patient": "Patient",
            "site": "Site",
            "truth": "True class",
            "decision": f"Decision of {model}",
            "confidence": st.column_config.ProgressColumn(
                "Confidence", format="%.0f %%", min_value=0, max_value=100, help="Probability of the decided class."
            ),
            "right": "Right?",
            "disagreeing": "Models disagree",
            "referred": st.column_config.TextColumn("Refer for the assay", help=REFER_NOTE),
        },
    )


def _heading(patient: str, *, row: pd.DataFrame, listed: pd.DataFrame) -> None:
    before, after = views.patients.neighbours(listed, patient)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(patient, anchor=False, width="content")
        st.badge(f"True class: {row['truth'].iloc[0]}", color="gray")
        st.badge(f"Site {row['site'].iloc[0]}", color="gray")
        st.space("stretch")
        for label, icon, goal in (("Previous", "arrow_back", before), ("Next", "arrow_forward", after)):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"patients-{label}",
                disabled=goal is None,
                on_click=_go_to,
                args=(goal,),
            )


def _clinical(patients: pd.DataFrame, patient: str) -> None:
    parts.section("Clinical data")
    stated = views.patients.clinical(patients, patient)
    st.dataframe(views.runs.two_columns(stated, names="What"), hide_index=True)


def _referrals(abstentions: pd.DataFrame, *, patient: str, model: str, repeats: int) -> None:
    """What answers are no decision: that of the chosen model as a warning, the others by name."""
    found = views.evaluation_decisions.referrals(abstentions, patient=patient, repeats=repeats)
    if model in found:
        st.warning(f"**{model}**: {found[model]}.", icon=":material/assignment_late:")
    others = [name for name in found if name != model]
    if others:
        st.caption(f"Also to be referred for the assay by: {'; '.join(others)}.", help=REFER_NOTE)


def _go_to(patient: str | None) -> None:
    st.query_params[PATIENT] = patient or ""
    st.session_state["patients-turn"] = st.session_state.get("patients-turn", 0) + 1


def _answers(answers: tuple[Answer, ...], *, classes: tuple[str, ...]) -> None:
    parts.section("What each model says", note="Each answer comes from the fold that did not train on this patient.")
    parts.chart(figures.patients.probabilities(answers, classes=classes), key="answers", alt="Probabilities by model")
    folds = sorted({answer.tested_by for answer in answers})
    st.caption(f"Out-of-fold: this patient was tested in {', '.join(folds)}, by models that never trained on them.")
