"""The part of a patient's page that shows what a model looked at: slide, tiles, gene sets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.results import RunFolder, Store
from core.types import Explanation, Fold
from dashboard import figures, views
from dashboard.pieces import addressed, parts
from dashboard.viewer import component as viewer
from dashboard.viewer.component import AttentionMap, Pane
from dashboard.viewer.known import ids
from dashboard.views.attention import Gene, GeneSet
from dashboard.views.patients import Answer

BESIDE = "beside"
"""In the address: the patient to compare with."""
BESIDE_KEY = "viewer-beside"
TOP_SETS = 12
TOP_GENES = 15
ATTENTION_NOTE = (
    "Attention of each tile, times the number of tiles: 1 is an even share, 2 twice as much. "
    "It shows what the model weighed, not that this tissue is of the decided class."
)
SETS_NOTE = (
    "How much the log-odds of the decided class drop when the set is put at the mean of the training patients. "
    "To the right: speaks for the decision; to the left: against it. "
    "Attention: the set's weight among all gene sets, which says nothing about direction."
)

GENES_NOTE = (
    "Integrated gradients: what each gene adds to the log-odds of the decided class, from the middle of the training "
    "patients to this patient. The Evaluation page, Trust, says how far they add up."
)


Doubts = Callable[[str, int], Mapping[str, str]]
"""Of a patient and a repeat: by model, why its map is of low trust."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a run's models looked at."""

    store: Store
    run: RunFolder
    doubts: Doubts


def tissue(looked: Looked, patient: str, answers: Sequence[Answer], *, others: Sequence[str] = ()) -> None:
    """The patient's slides with the attention on them.

    Args:
        looked: the run, and why its maps are doubted.
        patient: whose slides.
        answers: what the models say of the patient; the first model's map is shown first.
        others: patients that one may want to see beside, the likeliest first; any other can be typed.
    """
    if not ids(looked.store, looked.run.record.name, patient):
        parts.section("Where the model looked", note=ATTENTION_NOTE)
        st.info("There is no slide to show: this cohort's image features were computed elsewhere, or it has no images.")
        return
    _viewer(looked, patient, views.predictions.model_order(answer.model for answer in answers), others=tuple(others))


def genes(run: RunFolder, patient: str, answers: Sequence[Answer]) -> None:
    """The gene sets and the genes that moved the decision."""
    found = _explained(run, patient, answers)
    decisions = {answer.model: answer.decision for answer in reversed(answers)}
    sets = {model: views.attention.top_gene_sets(one, count=TOP_SETS) for model, one in found.items()}
    sets = {model: one for model, one in sets.items() if one}
    if sets:
        gene_sets(sets, decisions)
    single = {model: views.attention.top_genes(one, run.record.genes, count=TOP_GENES) for model, one in found.items()}
    single = {model: one for model, one in single.items() if one}
    if single:
        single_genes(single, decisions)


def _explained(run: RunFolder, patient: str, answers: Sequence[Answer]) -> dict[str, Explanation]:
    models = views.predictions.model_order(answer.model for answer in answers)
    return {model: found for model in models if (found := run.explanation(model, patient)) is not None}


@st.fragment
def _viewer(looked: Looked, patient: str, models: Sequence[str], *, others: tuple[str, ...]) -> None:
    """The viewer and the choice of whom to see beside; a choice there reruns nothing else."""
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.section("Where the model looked", note=ATTENTION_NOTE)
        st.space("stretch")
        beside = _beside(others, patient=patient)
    panes = [_pane(looked, one, models) for one in (patient, beside) if one is not None]
    if not panes[-1].slides:
        st.warning("No slide of the patient to compare with is known to this run. Check the id.")
    if not panes[0].maps:
        st.info("No attention over tiles was kept for this patient: only the fused and the image model keep one.")
    viewer.show([pane for pane in panes if pane.slides], key="viewer")


def _beside(others: tuple[str, ...], *, patient: str) -> str | None:
    """The patient to compare with, as the address has it."""
    named = st.query_params.get(BESIDE)
    asked = named if named != patient else None
    addressed.shown(BESIDE_KEY, asked)
    listed = dict.fromkeys([*others, *([asked] if asked else [])])
    st.selectbox(
        "Compare with another patient",
        [other for other in listed if other != patient],
        index=None,
        placeholder="Compare with another patient",
        label_visibility="collapsed",
        accept_new_options=True,
        key=BESIDE_KEY,
        on_change=_put_beside,
        width=320,
        help="Shows that patient's slide beside this one. The nearest patients are listed; any other id can be typed.",
    )
    return asked


def _put_beside() -> None:
    """Writes the choice into the address, which the next run of the page reads."""
    chosen = st.session_state[BESIDE_KEY]
    addressed.put({BESIDE: [str(chosen)] if chosen else []})


def _pane(looked: Looked, patient: str, models: Sequence[str]) -> Pane:
    run = looked.run
    tested = [fold for fold in run.folds() if patient in fold.test]
    kept = [(model, fold) for model in models for fold in tested if _keeps_map(run, model, patient, fold.repeat)]
    return Pane(
        title=patient,
        slides=ids(looked.store, run.record.name, patient),
        maps=tuple(_map(looked, patient, model=model, fold=fold) for model, fold in kept),
    )


def _map(looked: Looked, patient: str, *, model: str, fold: Fold) -> AttentionMap:
    folds = looked.run.folds()
    words = views.predictions.fold_words(
        [(fold.repeat, fold.index)],
        count=len({one.index for one in folds}),
        repeats=len({one.repeat for one in folds}),
    )
    return AttentionMap(
        model=model,
        repeat=fold.repeat,
        label=f"{model} · {words}",
        doubted=looked.doubts(patient, fold.repeat).get(model),
    )


def _keeps_map(run: RunFolder, model: str, patient: str, repeat: int) -> bool:
    found = run.explanation(model, patient, repeat)
    return found is not None and bool(views.attention.maps(found))


@st.fragment
def gene_sets(sets: Mapping[str, tuple[GeneSet, ...]], decisions: Mapping[str, str]) -> None:
    """Contribution and attention of gene sets by the model that is chosen; decisions are the classes they speak for."""
    parts.section("Gene sets that moved the decision", note=SETS_NOTE)
    first = next(iter(sets))
    model = st.segmented_control("Model", list(sets), default=first, key="sets-model", required=True) or first
    figure = figures.patients.gene_sets(sets[model], decision=decisions[model])
    parts.chart(figure, key="sets", alt="Contribution of gene sets")


@st.fragment
def single_genes(found: Mapping[str, tuple[Gene, ...]], decisions: Mapping[str, str]) -> None:
    """Attribution of single genes by the model that is chosen."""
    parts.section("Genes that moved the decision", note=GENES_NOTE)
    first = next(iter(found))
    model = st.segmented_control("Model", list(found), default=first, key="genes-model", required=True) or first
    told = ", ".join(f"{one.name} {one.attribution:+.2f}" for one in found[model])
    parts.chart(
        figures.patients.genes(found[model], decision=decisions[model]),
        key="genes",
        alt=f"Genes by attribution: {told}",
    )
