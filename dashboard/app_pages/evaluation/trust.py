"""Trust: whether attention maps and attributions show what a model's answers rest on."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation.rows import TrustScore
from core.evaluation.trust import LARGEST_GAP, LEAST_AGREEMENT
from core.results import Store
from dashboard import views
from dashboard.pieces import topics
from dashboard.views.evaluation.shared import stated
from dashboard.views.evaluation.trust import MEASURES
from dashboard.views.runs import Run

QUESTION = "Can maps and attributions be believed?"
AXES = {
    "agreement": "Rank correlation between networks",
    "deletion": "Fall of the probability beyond chance",
    "insertion": "Probability beyond chance",
    "completeness": "Share left unexplained",
}
REFERENCES = {
    "agreement": (LEAST_AGREEMENT, "trusted to the right"),
    "deletion": (0.0, "trusted to the right"),
    "insertion": (0.0, "trusted to the right"),
    "completeness": (LARGEST_GAP, "trusted to the left"),
}
"""Where the interval must lie."""
WHY = "Over patients; each patient is looked at by the fold that did not learn from them."


def render(store: Store, run: Run) -> None:
    """Each measure as a question, with a verdict a model."""
    table = store.evaluation("trust", run.name)
    if table.empty:
        topics.missing("Trust in maps and attributions was", store=store, run=run)
        return
    for name, asked in MEASURES.items():
        mine = table[table["metric"] == name]
        if not mine.empty:
            topics.section(asked, mine, name=f"trust-{name}", run=run, note=WHY)
            _measure(name, asked, views.evaluation.trust.ordered(stated(mine, TrustScore)))


def _measure(name: str, asked: str, rows: Sequence[TrustScore]) -> None:
    known = [one for one in rows if one.value is not None]
    if known:
        at, called = REFERENCES[name]
        topics.forest(
            views.evaluation.trust.lines(known),
            key=f"trust-{name}",
            alt=asked,
            x=AXES[name],
            reference=at,
            reference_name=called,
        )
        st.markdown(views.evaluation.shared.bullets(views.evaluation.trust.sentences(known)))
    for sentence in views.evaluation.trust.unknown(rows):
        st.caption(f":material/info: {sentence}")
    for sentence in views.evaluation.shared.notes(known):
        st.caption(sentence)
