"""The page of one patient: what the models say, what they looked at, who lies near, and who the patient is."""

from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import InputError
from core.results import RunFolder, Store
from core.results.listing import WARNING_EXAMPLE, Around, Asked
from core.slides import read_provenance
from dashboard import views
from dashboard.access import here
from dashboard.app_pages.patients import facts
from dashboard.app_pages.patients.filters import Scene
from dashboard.app_pages.patients.listing import NEXT_KEY, PREVIOUS_KEY, close_patient, open_patient
from dashboard.pieces import answers, explanation, neighbours, parts, quality
from dashboard.pieces.explanation import Looked
from dashboard.views.patients import Answer, Kept
from dashboard.views.quality import SlideFlags

NO_NEIGHBOURS = (
    "No neighbours were kept for this patient: the run was trained before they were, or without the fused model. "
    "Train again to have them."
)


def render(scene: Scene, patient: str) -> None:
    """The bar that leads through the list, then everything that is known of the patient."""
    around = scene.store.around(scene.asked, patient)
    _bar(scene, around)
    found = _answers(scene, patient)
    if not found:
        _nobody(scene, patient)
        return
    here.seen("patient seen", run=scene.run.name, patient=patient)
    person = scene.store.patients(scene.run.cohort, only=[patient])
    with st.container(gap="xsmall"):
        _heading(scene, patient, person=person, found=found)
        answers.warnings(found, model=scene.model, but=(WARNING_EXAMPLE,))
    answers.answers(found, classes=scene.run.classes, key="answers")
    folder = _folder(scene.store.data, scene.run.name, scene.store.generation_open)
    near = scene.store.neighbours(scene.run.name, patient)
    others = tuple(dict.fromkeys(near.sort_values("rank")["neighbour"]))
    looked = Looked(store=scene.store, run=folder, doubts=partial(_doubts, scene))
    explanation.tissue(looked, patient, found, others=others)
    left, right = parts.pair("patient")
    with left:
        explanation.genes(folder, patient, found)
    with right:
        _nearest(scene, patient)
        quality.flags(_slides(scene, patient))
        facts.clinical(views.patients.clinical(person, patient), follow_up=views.patients.follow_up(person, patient))


@st.cache_resource(max_entries=8, show_spinner=False)
def _folder(data: Path, run: str, generation: int) -> RunFolder:
    """Kept with the folds it has read until a newer catalogue is published; a run of this name may then be another."""
    assert generation > 0
    return RunFolder.open(data, run)


def _answers(scene: Scene, patient: str) -> tuple[Answer, ...]:
    store, run = scene.store, scene.run
    kept = Kept(
        answers=store.answers(run.name, patient=patient),
        predictions=store.of_patient("predictions", run=run.name, patient=patient),
        abstentions=store.of_patient("abstentions", run=run.name, patient=patient),
        thresholds=store.evaluation("thresholds", run.name),
    )
    return views.patients.answers(kept, classes=run.classes, folds=run.folds, repeats=run.repeats)


def _bar(scene: Scene, around: Around) -> None:
    """Back to the list, where the patient stands in it, and the patients before and after."""
    with st.container(horizontal=True, vertical_alignment="center", key="patients-bar"):
        st.button(
            "Back to the list", icon=":material/list:", key="patients-back", on_click=close_patient, args=(around,)
        )
        place = "not among" if around.place is None else f"{around.place:,} of"
        st.text(f"{place} {around.listed:,} listed", width="content")
        told = views.listing.in_words(scene.choice)
        if told:
            st.text(told, width="content")
        st.space("stretch")
        for label, icon, goal, key in (
            ("Previous", "arrow_back", around.before, PREVIOUS_KEY),
            ("Next", "arrow_forward", around.after, NEXT_KEY),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"patients-{label}",
                disabled=goal is None,
                shortcut=key,
                on_click=open_patient,
                args=(goal,),
            )


def _doubts(scene: Scene, patient: str, repeat: int) -> dict[str, str]:
    scrutiny = scene.store.of_patient("scrutiny", run=scene.run.name, patient=patient)
    return views.evaluation.trust.doubts(scrutiny, patient=patient, repeat=repeat)


def _nobody(scene: Scene, patient: str) -> None:
    """Why there is no page for what the address names."""
    lost = scene.store.exclusions(scene.run.cohort)
    why = lost.loc[lost["patient"] == patient, "reason"].tolist()
    if why:
        st.warning("The patient named in the address is not analysed:")
        st.text(why[0])
    else:
        st.warning("The patient named in the address is not in this run. Go back to the list and pick one.")


def _heading(scene: Scene, patient: str, *, person: pd.DataFrame, found: tuple[Answer, ...]) -> None:
    leading = next((one for one in found if one.model == scene.model and one.main), found[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="case-name", width="content"):
            st.text(patient)
        if len(person):
            st.badge(f"True class: {parts.escaped(str(person['class'].iloc[0]))}", color="gray")
            st.badge(f"Site {parts.escaped(str(person['site'].iloc[0]))}", color="gray")
        right, icon = ("right", ":material/check:") if leading.right else ("wrong", ":material/close:")
        st.badge(
            f"{leading.model} decides {parts.escaped(leading.decision)}, which is {right}",
            color="green" if leading.right else "red",
            icon=icon,
        )
    run, store = scene.run, scene.store
    held, sentence = views.patients.proof(
        store.of_patient("folds", run=run.name, patient=patient), folds=run.folds, repeats=run.repeats
    )
    if held:
        st.caption(f":material/verified_user: {sentence}")
    else:
        st.error(sentence, icon=":material/gpp_bad:")


def _nearest(scene: Scene, patient: str) -> None:
    store, run = scene.store, scene.run
    rows = store.neighbours(run.name, patient)
    others = sorted(set(rows["neighbour"]))
    found = views.nearest.neighbourhoods(
        rows,
        store.patients(run.cohort, only=[patient, *others]),
        store.decisions(run.name, model="fused", patients=others),
        patient=patient,
        classes=run.classes,
        folds=run.folds,
        repeats=run.repeats,
        sites=_sites(store, store.data, run.name, run.cohort, store.generation_open),
        sites_together=run.settings.get("split") == "site",
    )
    neighbours.nearest(found, open_patient=open_patient, missing=NO_NEIGHBOURS, key="near")


@st.cache_data(max_entries=8, show_spinner=False)
def _sites(_store: Store, data: Path, run: str, cohort: str, generation: int) -> Counter[str]:
    """Patients of each site whom the fused model answered for."""
    assert data and generation > 0
    asked = Asked(run=run, cohort=cohort, model="fused")
    return Counter(_store.listed(asked, first=0, most=1).sites)


def _slides(scene: Scene, patient: str) -> tuple[SlideFlags, ...]:
    rows = scene.store.of_patient("slides", run=scene.run.name, patient=patient)
    return tuple(
        _flags(scene.store.data, str(slide), file, tiles=int(tiles))
        for slide, file, tiles in zip(rows["slide"], rows["file"], rows["tiles"], strict=True)
    )


def _flags(data: Path, slide: str, file: object, *, tiles: int) -> SlideFlags:
    if not isinstance(file, str):
        return views.quality.unknown(slide, "its features lie elsewhere", tiles=tiles)
    try:
        return views.quality.slide_flags(slide, read_provenance(data / file), tiles=tiles)
    except InputError as error:
        return views.quality.unknown(slide, str(error), tiles=tiles)
