"""The page of a case that has been answered for: as that of a patient, from the same pieces."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.results import RunFolder, Store
from core.results.listing import WARNING_EXAMPLE
from dashboard import views
from dashboard.app_pages.new_case import checking
from dashboard.cases.folder import CaseFolder
from dashboard.pieces import answers, explanation, neighbours, parts, quality
from dashboard.viewer import component as viewer
from dashboard.viewer.component import AttentionMap, Pane
from dashboard.viewer.known_cases import MEAN_PLACE, case_slide_id
from dashboard.views.cases.answers import CaseView, Explained
from dashboard.views.nearest import Neighbourhood
from dashboard.words.wording import counted

ANSWERS_NOTE = (
    "Each model's answer is the mean of the models of all folds; the whisker goes from the lowest of them to the "
    "highest."
)
NEAR_NOTE = (
    "Training patients whom the fused model of a fold places nearest to this case: cosine of the two embeddings about "
    "the training patients' mean. 1: the same direction, 0: unrelated, -1: opposite."
)
NO_NEAR = (
    "Nearest patients are named where slide and expression were both given, and the run trained the fused model and "
    "is still there."
)
TOO_OLD = "This case was predicted by an older version of Acinus, whose file lacks what is shown here. Predict it anew."
CHECKS_NOTE = "What was looked at before the models answered, and how the case compares with the training patients."


def render(case: CaseFolder, store: Store) -> None:
    """Answer, doubts, and everything it rests on."""
    content = case.prediction()
    view = views.cases.answers.view(content)
    if view is None:
        st.warning(TOO_OLD, icon=":material/update:")
        return
    _heading(case, view)
    _doubts(view)
    note = f"{ANSWERS_NOTE} Decides or refers: {parts.escaped(view.decided_how)}."
    answers.answers(view.answers, classes=view.classes, key="answers", note=note)
    _tissue(case, view)
    left, right = parts.pair("case")
    with left:
        _genes(view)
    with right:
        neighbours.nearest(
            _near(store, content, view), open_patient=view.run, missing=NO_NEAR, key="near", note=NEAR_NOTE
        )
        if view.flags:
            quality.flags(view.flags)
        _checks(view)


def _heading(case: CaseFolder, view: CaseView) -> None:
    kept = case.kept
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="case-name", width="content"):
            st.text(f"{view.decision}, {view.probability} by {view.leading}")
        if kept is not None:
            st.badge(
                parts.escaped(kept.label or views.cases.answers.UNNAMED), icon=":material/bookmark:", color="violet"
            )
        if view.refer is not None:
            word, icon, colour = ("refer", "assignment_late", "orange") if view.refer else ("decides", "check", "green")
            st.badge(word, icon=f":material/{icon}:", color=colour)
        parts.synthetic_badge(view.synthetic)
    who = f"Bundle {view.bundle} of run" if view.bundle else "Run"
    st.caption(f"{view.basis} {who} {parts.escaped(view.run)}: {parts.escaped(view.outcome)}.")


def downloads(case: CaseFolder) -> None:
    """The case as a page to print, as a table and as everything that is known of it."""
    content = case.prediction()
    view, name = views.cases.answers.view(content), f"acinus-case-{case.id[:8]}"
    sheet = case.result / "case.pdf"
    if sheet.is_file():
        st.download_button(
            "One-page PDF",
            data=sheet.read_bytes,
            file_name=f"{name}.pdf",
            mime="application/pdf",
            icon=":material/picture_as_pdf:",
            on_click="ignore",
            key="case-pdf",
        )
    if view is not None:
        parts.csv_button(views.cases.answers.export(view), label="CSV", name=f"{name}.csv")
    st.download_button(
        "JSON",
        data=json.dumps(content, indent=2),
        file_name=f"{name}.json",
        mime="application/json",
        icon=":material/data_object:",
        on_click="ignore",
        key="case-json",
        help="Everything that is known of the case, as docs/cases.md describes it.",
    )


def _doubts(view: CaseView) -> None:
    with st.container(gap="xsmall"):
        answers.warnings(view.answers, model=view.leading, but=(WARNING_EXAMPLE,))
        for sentence in view.unlike:
            st.warning(parts.escaped(sentence), icon=":material/explore_off:")
        if view.undecided:
            st.warning(view.undecided, icon=":material/balance:")
        for note in view.notes:
            st.caption(f":material/info: {parts.escaped(note)}")


def _tissue(case: CaseFolder, view: CaseView) -> None:
    parts.section("Where the model looked", note=explanation.ATTENTION_NOTE)
    if not view.slides:
        st.info("No slide was given: there is no tissue to show.", icon=":material/info:")
        return
    maps = tuple(one for explained in view.explained for one in _maps(explained))
    if not maps:
        st.info(
            "No attention over tiles: only the fused and the image model keep one, and the run trained neither.",
            icon=":material/info:",
        )
    slide = case.request().slide
    if slide is not None and (case.path / slide).exists():
        viewer.show([Pane(title="This case", slides=(("Slide", case_slide_id(case)),), maps=maps)], key="viewer")
        return
    st.warning(
        "The slide file is not where it was; this is the picture that was kept of it.", icon=":material/link_off:"
    )
    for one in view.slides:
        st.image(case.result / (one.overlay or one.thumbnail), caption=counted(one.tiles, noun="tile"))


def _maps(explained: Explained) -> list[AttentionMap]:
    """The mean first, then every fold's."""
    if not explained.folds:
        return []
    words = [f"mean of {counted(len(explained.folds), noun='fold')}", *explained.fold_words]
    return [
        AttentionMap(
            model=explained.model,
            repeat=place,
            label=f"{explained.model} · {told}",
            doubted=explained.low_trust if place == MEAN_PLACE else None,
        )
        for place, told in enumerate(words)
    ]


def _genes(view: CaseView) -> None:
    decisions = {one.model: one.decision for one in view.answers}
    sets = {one.model: one.gene_sets[: explanation.TOP_SETS] for one in view.explained if one.gene_sets}
    if sets:
        explanation.gene_sets(sets, decisions)
    single = {one.model: one.genes for one in view.explained if one.genes}
    if single:
        explanation.single_genes(single, decisions)


def _checks(view: CaseView) -> None:
    parts.section("What was checked", note=CHECKS_NOTE)
    checking.lines(view.checks, missing=False)
    if view.missing_genes:
        checking.genes(view.missing_genes)


def _near(store: Store, content: Mapping[str, Any], view: CaseView) -> tuple[Neighbourhood, ...]:
    """Nobody where the run that answered is not in the catalogue, or not any more."""
    run = next((one for one in views.runs.runs(store.runs()) if one.key == (view.run, view.started)), None)
    if run is None:
        return ()
    if view.bundle:
        patients = [one.id for one in RunFolder.open(store.data, run.name).cohort().patients]
        content = views.cases.answers.named(content, patients)
    others = sorted({str(one["patient"]) for one in content["neighbours"]})
    everybody = store.patients(run.cohort)
    return views.cases.answers.neighbourhoods(
        content,
        everybody[everybody["patient"].isin(others)],
        store.decisions(run.name, model="fused", patients=others),
        decision=view.decision,
        folds=run.folds,
        repeats=run.repeats,
        sites=Counter(map(str, everybody["site"])),
    )
