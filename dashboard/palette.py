"""Colours, the same thing in the same colour everywhere, told apart by colour-blind eyes too.

Marks are mid-tones that stand out (3:1) from the light and the dark background alike, so that a chart needs not know
which of the two it lies on. Classes and models never share a colour.
"""

from dataclasses import dataclass

CLASS_COLOURS = ("#0072B2", "#D55E00", "#00A884", "#9C485A", "#AE78FC", "#8A00FC")
"""By place in the cohort's classes. The first two are Okabe and Ito's (2008); each further one lies as far as
can be from those before it, for eyes with all cones and without any one of them, at 3:1 from both backgrounds."""

NEUTRAL = "#7C7A85"
"""What is neither class nor model: totals, reference lines, what was lost."""

ACCENT = "#7D5FD0"
"""The accent as a mark inside a chart."""

ATTENTION_SCALES = ("Viridis", "Cividis", "Greys")
"""Even steps for every eye, and nothing of the first two looks like stained tissue; a map begins with the first."""

DOUBTED_SCALE = "Greys"
"""Of a map that there is reason to doubt: it must not look like the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelStyle:
    """How one model is drawn."""

    colour: str
    dash: str = "solid"
    symbol: str = "circle"


MODEL_STYLES = {
    "fused": ModelStyle(colour=ACCENT),
    "image": ModelStyle(colour="#C2255C", symbol="square"),
    "genes": ModelStyle(colour="#30A2AE", symbol="diamond"),
    "concat": ModelStyle(colour=NEUTRAL, dash="dash", symbol="triangle-up"),
    "late": ModelStyle(colour=NEUTRAL, dash="dot", symbol="triangle-down"),
    "logistic": ModelStyle(colour=NEUTRAL, symbol="cross"),
    "paper": ModelStyle(colour=NEUTRAL, dash="dashdot", symbol="x"),
}
"""The three models in question have a colour each; the controls are grey, told apart by line and symbol."""


RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Runs that are compared, in their order: their models keep their colours."""


def run_dash(place: int) -> str:
    """Line of a run by its place among those that are compared."""
    return RUN_DASHES[place % len(RUN_DASHES)]


def class_colour(index: int) -> str:
    """Colour of the class at this place of the cohort's classes."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def model_style(model: str) -> ModelStyle:
    """Style of a model; a model that Acinus does not know is drawn as a control."""
    return MODEL_STYLES.get(model, ModelStyle(colour=NEUTRAL, dash="longdash", symbol="star"))


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two `#RRGGBB` colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
