"""The nearest training patients, each a way to their own page."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.pieces import parts
from dashboard.pieces.links import link
from dashboard.views.nearest import Near, Neighbourhood

NOTE = (
    "Training patients whom the fused model of the fold that tested this patient places nearest: cosine of the two "
    "embeddings about the training patients' mean. 1: the same direction, 0: unrelated, -1: opposite."
)
WIDTHS = (6, 6, 5, 4, 6)


def nearest(
    found: Sequence[Neighbourhood],
    *,
    open_patient: Callable[[str], None] | str,
    missing: str,
    key: str,
    note: str = NOTE,
) -> None:
    """Whom the model places near, what they have in common, and a button each that opens them.

    Args:
        found: one a fold that tested the patient.
        open_patient: what a click on a neighbour does; or, on another page than Patients, the run whose patients they
            are: their names then lead there.
        missing: said where nobody is known.
        key: unique on the page.
        note: on whose nearest they are.
    """
    parts.section("Nearest patients", note=note)
    if not found:
        st.info(missing, icon=":material/hub:")
        return
    folds = [one.fold for one in found]
    asked = folds[0]
    if len(found) > 1:
        asked = st.segmented_control("By the model of", folds, default=folds[0], required=True, key=f"{key}-fold")
    place = folds.index(asked) if asked in folds else 0
    _neighbourhood(found[place], open_patient=open_patient, key=f"{key}-{place}")


def _neighbourhood(found: Neighbourhood, *, open_patient: Callable[[str], None] | str, key: str) -> None:
    st.caption(parts.escaped(found.sentence))
    if found.site_warning is not None:
        st.warning(parts.escaped(found.site_warning), icon=":material/domain:")
    with st.container(key=f"rows-{key}", gap=None):
        _row("Patient", "True class", "Site", "Similarity", "Own decision", key=f"{key}-head")
        for place, near in enumerate(found.near):
            _near(near, open_patient=open_patient, key=f"{key}-{place}")
    st.caption("● as this patient  ○ another")


def _row(*texts: str, key: str) -> None:
    with st.container(key=key):
        for column, text in zip(st.columns(WIDTHS, vertical_alignment="center"), texts, strict=True):
            column.caption(text)


def _near(near: Near, *, open_patient: Callable[[str], None] | str, key: str) -> None:
    name, truth, site, similarity, decision = st.columns(WIDTHS, vertical_alignment="center")
    if isinstance(open_patient, str):
        with name:
            link("patients", label=parts.escaped(near.patient), icon=None, run=open_patient, patient=near.patient)
    else:
        name.button(parts.escaped(near.patient), key=key, type="tertiary", on_click=open_patient, args=(near.patient,))
    truth.text(_marked(near.truth, same=near.same_class))
    site.text(_marked(near.site, same=near.same_site))
    similarity.text(f"{near.similarity:.2f}")
    decision.text(near.decision + ("" if near.right is None else (" ✓" if near.right else " ✗")) or "none yet")


def _marked(word: str, *, same: bool) -> str:
    return f"{'●' if same else '○'} {word}"
