"""Curves: ROC, precision-recall, calibration and decision curves of the chosen runs, laid over each other."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation import Curve
from core.evaluation.comparison import MAIN
from core.results import Store
from dashboard import figures, views
from dashboard.app_pages.models.scene import Scene
from dashboard.pieces import parts
from dashboard.views.overlays import ByThreshold, Line, Place
from dashboard.words.wording import percent


def render(scene: Scene) -> None:
    """What is asked for above; four charts below."""
    models, positive = _asked(scene)
    if not models:
        st.info("Choose at least one model.")
        return
    places = views.overlays.places(scene.runs, models)
    made = [(place, _by_threshold(scene.store, place, positive)) for place in places if _answered(scene, place)]
    word = scene.classes[positive]
    left, right = parts.pair("thresholds")
    with left:
        _roc(views.overlays.curve_lines(made, kind=_roc_of), word)
    with right:
        _precision_recall(views.overlays.curve_lines(made, kind=_pr_of), word, prevalence=_prevalence(scene, positive))
    left, right = parts.pair("probabilities")
    with left:
        _calibration(views.overlays.calibration_lines(places, _rows(scene, "reliability"), positive=word), word)
    with right:
        benefits = _rows(scene, "net_benefit")
        everyone = views.overlays.treat_all(benefits, positive=word)
        _decision(views.overlays.decision_lines(places, benefits, positive=word), word, everyone=everyone)


def _asked(scene: Scene) -> tuple[list[str], int]:
    """Models, and the class that curves are about."""
    present = views.predictions.model_order(model for run in scene.runs for model in _models(scene.store, run.name))
    several = len(scene.runs) > 1
    first = [MAIN] if several and MAIN in present else list(present)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        models = st.pills(
            "Models",
            present,
            selection_mode="multi",
            default=first,
            key=f"curve-models-{several}",
            help="A model keeps its colour and symbol; with several runs, the pattern of the line tells the run.",
        )
        positive = views.models.positive_default(scene.classes)
        if len(scene.classes) > 2:
            word = st.selectbox("Class against the rest", scene.classes, width=260, key="curve-class")
            positive = scene.classes.index(word)
    return models, positive


def _models(store: Store, run: str) -> list[str]:
    return [model for model, _ in store.main_answers(run)]


def _answered(scene: Scene, place: Place) -> bool:
    return place.model in _models(scene.store, place.run.name)


def _by_threshold(store: Store, place: Place, positive: int) -> ByThreshold:
    return _computed(store, store.data, place.run.key, place.model, positive)


@st.cache_data(max_entries=512, show_spinner=False)
def _computed(_store: Store, data: Path, run: tuple[str, str], model: str, positive: int) -> ByThreshold:
    """Of a finished run, whose predictions never change."""
    assert data == _store.data
    modes = dict(_store.main_answers(run[0]))
    return views.overlays.by_threshold(_store.scored(run[0], model=model, mode=modes[model]), positive=positive)


def _prevalence(scene: Scene, positive: int) -> float:
    counts = pd.concat([scene.store.confusions(run.name) for run in scene.runs])
    return views.models.prevalence(counts, positive=positive)


def _rows(scene: Scene, table: str) -> pd.DataFrame:
    return pd.concat([scene.store.evaluation(table, run.name) for run in scene.runs])


def _roc_of(one: ByThreshold) -> Curve:
    return one.roc


def _pr_of(one: ByThreshold) -> Curve:
    return one.pr


def _roc(lines: tuple[Line, ...], word: str) -> None:
    parts.section(
        "ROC",
        note="How many of the class are found (up), at the price of how many others called by mistake (right).",
    )
    st.caption(f"Finding {word}; all folds pooled, each model in its main mode.")
    parts.chart(figures.overlays.roc(lines), key="roc", alt=f"ROC curves for {word}")


def _precision_recall(lines: tuple[Line, ...], word: str, *, prevalence: float) -> None:
    parts.section(
        "Precision and recall",
        note="Precision: share of those called who truly are. Recall: share of the class that is found.",
    )
    st.caption(f"Finding {word}, {percent(prevalence, whole=1)} of the patients.")
    figure = figures.overlays.precision_recall(lines, prevalence=prevalence)
    parts.chart(figure, key="pr", alt=f"Precision-recall curves for {word}")


def _calibration(lines: tuple[Line, ...], word: str) -> None:
    parts.section(
        "Calibration",
        note="Patients in bins of like probability: on the dotted line, as many are of the class as was predicted.",
    )
    if not lines:
        st.info("Not computed for these runs: see the Evaluation page.")
        return
    st.caption("Probabilities as the run answers, with 95 % intervals; with more than three curves, on hover.")
    parts.chart(figures.overlays.calibration(lines, positive=word), key="calibration", alt=f"Calibration for {word}")


def _decision(lines: tuple[Line, ...], word: str, *, everyone: tuple[list[float], list[float]]) -> None:
    parts.section(
        "Decision curve",
        note="Net benefit: true positives less false ones, weighed by the odds of the probability from which on one "
        "would act. A model is of use where it lies above treating everyone and treating nobody.",
    )
    if not lines:
        st.info("Not computed for these runs: see the Evaluation page.")
        return
    st.caption(f"Acting on {word} from each threshold probability on.")
    parts.chart(figures.overlays.decision(lines, everyone=everyone), key="decision", alt=f"Decision curves for {word}")
