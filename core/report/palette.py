"""Colours on white paper, the same as on the dashboard; told apart by line and mark where colour is not seen."""

from dataclasses import dataclass
from typing import Literal

CLASS_COLOURS = ("#0072B2", "#D55E00", "#00A884", "#9C485A", "#AE78FC", "#8A00FC")
"""By place in the cohort's classes, as on the pages."""
NEUTRAL = "#7C7A85"
INK = "#1F1D2B"

Dash = Literal["solid", "dashed", "dotted", "dashdot"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a line or a mark is drawn; `marker` in matplotlib's letters."""

    colour: str = INK
    dash: Dash = "solid"
    marker: str = "o"


MODEL_STYLES = {
    "fused": Style(colour="#7D5FD0"),
    "image": Style(colour="#C2255C", marker="s"),
    "genes": Style(colour="#30A2AE", marker="D"),
    "concat": Style(colour=NEUTRAL, dash="dashed", marker="^"),
    "late": Style(colour=NEUTRAL, dash="dotted", marker="v"),
    "logistic": Style(colour=NEUTRAL, marker="P"),
    "paper": Style(colour=NEUTRAL, dash="dashdot", marker="X"),
}
"""The three models in question have a colour each; the controls are grey, told apart by line and mark."""

_DASHES: tuple[Dash, ...] = ("solid", "dashed", "dotted", "dashdot")
_MARKERS = "osD^vP"


def model_style(model: str) -> Style:
    """Style of a model; one that is not known is drawn as a control."""
    return MODEL_STYLES.get(model, Style(colour=NEUTRAL, marker="*"))


def class_style(index: int) -> Style:
    """Style of the class, or any other group, at this place."""
    return Style(
        colour=CLASS_COLOURS[index % len(CLASS_COLOURS)],
        dash=_DASHES[index % len(_DASHES)],
        marker=_MARKERS[index % len(_MARKERS)],
    )
