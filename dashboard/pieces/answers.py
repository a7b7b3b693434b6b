"""What each model says: a row an answer, in a chart and in a table."""

from collections.abc import Sequence

import streamlit as st

from dashboard import figures, views
from dashboard.pieces import parts, tables
from dashboard.views.patients import Answer
from dashboard.words.wording import listed

OUT_OF_FOLD_NOTE = "Each answer comes from the fold that did not train on this patient."
SET_NOTE = (
    "A conformal set holds every class that fits the patient as well as it fits nearly all training patients of that "
    "class. With exactly one class in it the model decides; with none or several its answer is to refer for the assay."
)
THRESHOLD_NOTE = (
    "Chosen on inner parts of the fold's training patients, by the rule that the Evaluation page names; the decision "
    "beside it is the most probable class."
)
NOTES = {
    "Calibrated": "Probability of the decided class, as the run answers.",
    "Uncalibrated": "The networks' own probability of the same class.",
    "Threshold in use": THRESHOLD_NOTE,
    "Conformal set": SET_NOTE,
}


def answers(found: Sequence[Answer], *, classes: Sequence[str], key: str, note: str = OUT_OF_FOLD_NOTE) -> None:
    """The answers with calibrated and uncalibrated probability, threshold and conformal set."""
    parts.section("What each model says", note=note)
    told = "; ".join(f"{one.label}: {one.decision} {max(one.probabilities):.0%}" for one in found)
    parts.chart(figures.patients.probabilities(found, classes=classes), key=key, alt=f"Probabilities by model. {told}")
    with st.expander("As a table, with uncalibrated probabilities and thresholds"):
        tables.words(views.patients.table(found), alt="Answers of each model", notes=NOTES)


def warnings(found: Sequence[Answer], *, model: str, but: Sequence[str]) -> None:
    """What keeps the leading answer from being taken as it is: it is to be referred, or other models differ."""
    leading = next((one for one in found if one.model == model and one.main), None)
    if leading is None:
        return
    if leading.standing.refer:
        told = parts.escaped(leading.standing.words)
        st.warning(f"**{model}** does not decide: {told}.", icon=":material/assignment_late:")
    others = views.patients.disagreement(found, decision=leading.decision, but=but)
    if others is not None:
        st.caption(f":material/call_split: {parts.escaped(others)}")
    referred = [one.label for one in found if one.standing.refer and one is not leading]
    if referred:
        names = listed(referred, most=9)
        st.caption(f":material/assignment_late: Also to be referred for the assay by {names}.", help=SET_NOTE)
