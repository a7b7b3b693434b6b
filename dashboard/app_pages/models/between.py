"""Between runs: one model in the first run against the same model in the others, on the same patients."""

from pathlib import Path

import streamlit as st

from core.evaluation import METRICS
from core.evaluation.between import MOST_RESAMPLED, between
from core.results import Store
from core.types import Difference
from dashboard import views
from dashboard.app_pages.models.scene import Scene
from dashboard.app_pages.models.scores import chosen_metric
from dashboard.pieces import parts, topics
from dashboard.views.runs import Run
from dashboard.words.wording import listed


def render(scene: Scene) -> None:
    """The difference of every other run to the first, with interval and in words."""
    first, *others = scene.runs
    alike = [run for run in others if run.cohort == first.cohort]
    apart = [run.name for run in others if run.cohort != first.cohort]
    if apart:
        st.warning(
            f"Not of the same patients as {first.name}: {listed(apart)}. A difference could come from the patients as "
            "well as from the models, so none is computed.",
            icon=":material/compare_arrows:",
        )
    if not alike:
        if not apart:
            st.info("Choose a second run above to compare it with this one.")
        return
    _compared(scene, (first, *alike))


def _compared(scene: Scene, runs: tuple[Run, ...]) -> None:
    parts.section(
        f"Against {runs[0].name}",
        note="The same model of two runs, scored on the same patients, each by the fold that did not train on them; "
        "all folds pooled. The interval is paired: patients are drawn for both runs at once. An interval that contains "
        "0 means that these patients cannot tell the two runs apart.",
    )
    models = _shared_models(scene.store, runs)
    if not models:
        st.info("These runs have no model in common.")
        return
    model = st.selectbox("Model", models, key="between-model", width=260) or models[0]
    metric = chosen_metric()
    with st.spinner("Drawing patients anew for both runs …", show_time=True):
        rows = _computed(scene.store, scene.store.data, tuple(run.key for run in runs), model)
    mine = tuple(row for row in rows if row.metric == metric)
    if not mine:
        st.info(
            f"Not computed: beyond {MOST_RESAMPLED:,} patients only the AUROC of two classes is compared here. "
            "Choose AUROC."
        )
        return
    lines = views.models.between_lines(mine, model=model)
    topics.forest(
        lines,
        key="between",
        alt=f"{METRICS[metric].label} of each run minus that of {runs[0].name}",
        x=f"Difference in {METRICS[metric].label} to {runs[0].name}",
        reference=0.0,
        reference_name="no difference",
    )
    st.markdown("\n".join(f"- {parts.escaped(line)}" for line in views.evaluation.comparisons.sentences(mine)))
    topics.made_by(mine)
    st.caption("p: corrected by Holm for the number of runs compared.")
    redealt = [run.name for run in runs[1:] if views.runs.redealt(run, runs[0])]
    if redealt:
        st.caption(
            f":material/info: Dealt into other folds than {parts.escaped(runs[0].name)}: "
            f"{parts.escaped(listed(redealt))}. Part of the difference may be the deal."
        )


def _shared_models(store: Store, runs: tuple[Run, ...]) -> tuple[str, ...]:
    there = [{model for model, _ in store.main_answers(run.name)} for run in runs]
    return views.predictions.model_order(set.intersection(*there))


@st.cache_data(max_entries=64, show_spinner=False)
def _computed(_store: Store, data: Path, runs: tuple[tuple[str, str], ...], model: str) -> tuple[Difference, ...]:
    """Of finished runs, whose predictions never change."""
    assert data == _store.data
    answers = {}
    for name, _ in runs:
        modes = dict(_store.main_answers(name))
        answers[f"{model} of {name}"] = _store.scored(name, model=model, mode=modes[model])
    return between(answers)
