"""How good the patient's slides are."""

from collections.abc import Sequence

import streamlit as st

from dashboard.pieces import parts
from dashboard.views.quality import SlideFlags

NOTE = "Told from a thumbnail and from the tiles that were read; it leaves no slide out by itself."


def flags(slides: Sequence[SlideFlags]) -> None:
    """What is amiss with each slide, worst first, in plain words."""
    parts.section("Slide quality", note=NOTE)
    if not slides:
        st.caption("No slide of this patient is known here: the image features were computed elsewhere, or are none.")
    for slide in slides:
        with st.container(border=True, gap="xsmall"):
            _slide(slide)


def _slide(slide: SlideFlags) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(slide.slide, width="content")
        st.badge(slide.tiles, color="gray")
        if slide.unknown:
            st.badge("quality not known", color="gray")
        elif not slide.problems:
            st.badge("nothing amiss", color="green", icon=":material/check:")
        for word, _ in slide.problems:
            st.badge(word, color="orange")
    for _, sentence in slide.problems:
        st.text(sentence)
    if slide.unknown:
        st.caption("Nothing is known of its quality:")
        st.text(slide.unknown)
