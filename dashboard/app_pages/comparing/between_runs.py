"""The same model of two runs, compared on the patients that both scored."""

from pathlib import Path

import streamlit as st

from core.results import Store
from dashboard import parts, views
from dashboard.app_pages.comparing.scene import Scene
from dashboard.views.run_comparison import Compared
from dashboard.views.runs import Run


def render(scene: Scene) -> None:
    """Sentences on every other run against the first that was chosen; why there are none, where that is so."""
    first, *others = scene.runs
    parts.section(
        "Is another run better?",
        note="The same model of two runs on the same patients, out of fold: difference in AUROC, paired by patient, "
        "with DeLong's interval and test; tests corrected by Holm for the number of models.",
    )
    st.caption(f"Each run against {parts.escaped(first.name)}, which was chosen first.")
    for run in others:
        _against(scene.store, run, first)


def _against(store: Store, run: Run, first: Run) -> None:
    why_not = views.run_comparison.not_compared(run, first)
    if why_not:
        st.info(why_not, icon=":material/compare_arrows:")
        return
    rows = _compared(store, store.data, run.key, first.key)
    if not rows:
        st.info(f"{run.name} and {first.name} have no model in common.", icon=":material/compare_arrows:")
        return
    st.markdown("\n".join(f"- {parts.escaped(row.sentence)}" for row in rows))
    if not views.run_comparison.same_folds(run, first):
        st.caption(
            f":material/info: {parts.escaped(run.name)} was dealt other folds than {parts.escaped(first.name)}: part "
            "of a difference may be the deal."
        )


@st.cache_data(max_entries=64, show_spinner="Comparing the runs …")
def _compared(_store: Store, data: Path, run: tuple[str, str], first: tuple[str, str]) -> tuple[Compared, ...]:
    """Of finished runs, whose predictions never change."""
    assert data == _store.data
    modes = [dict(_store.main_answers(key[0])) for key in (run, first)]
    models = modes[0].keys() & modes[1].keys()
    mine, its = (
        {model: _store.scored(key[0], model=model, mode=of[model]) for model in models}
        for key, of in zip((run, first), modes, strict=True)
    )
    return views.run_comparison.compared(mine, its, run=run[0], against=first[0])
