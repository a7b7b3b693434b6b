"""Colours that everyone can tell apart and read, measured on what is really set."""

import itertools
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.config import MODELS
from core.report import palette as printed
from dashboard.palette import ACCENT, CLASS_COLOURS, MODEL_STYLES, NEUTRAL, contrast

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())
THEMES = [CONFIG["theme"]["light"], CONFIG["theme"]["dark"]]
# Machado, Oliveira and Fernandes (2009), IEEE TVCG 15(6):1291, severity 1, on linear RGB
VISIONS = {
    "all cones": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# Ottosson (2020): from linear RGB to cone answers, and from their cube roots to OKLab
CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
OKLAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]
LEAST = 0.09
"""In OKLab: a tenth of the way from black to white, several times what is just told apart."""


@pytest.mark.parametrize("theme", THEMES, ids=("light", "dark"))
def test_text_meets_wcag_aa_on_every_background(theme: dict[str, str]):
    backgrounds = (theme["backgroundColor"], theme["secondaryBackgroundColor"])
    for text, background in itertools.product(
        (theme["textColor"], theme["linkColor"], theme["primaryColor"]), backgrounds
    ):
        assert contrast(text, background) >= 4.5, (text, background)


@pytest.mark.parametrize("theme", THEMES, ids=("light", "dark"))
def test_marks_stand_out_from_the_background(theme: dict[str, str]):
    for mark in (*CLASS_COLOURS, ACCENT, NEUTRAL, *(style.colour for style in MODEL_STYLES.values())):
        assert contrast(mark, theme["backgroundColor"]) >= 3, mark


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("vision", VISIONS)
def test_classes_and_models_stay_apart_for_every_eye(vision: str):
    modelled = [MODEL_STYLES[name].colour for name in ("fused", "image", "genes")]
    assert _nearest(CLASS_COLOURS, vision) > LEAST
    assert _nearest(CLASS_COLOURS[:2], vision) > 2 * LEAST
    assert _nearest(modelled, vision) > LEAST


def test_models_of_one_colour_are_told_apart_by_line_or_symbol():
    grey = [style for style in MODEL_STYLES.values() if style.colour == NEUTRAL]
    assert len({style.symbol for style in grey}) == len(grey) > 1


def test_a_report_draws_classes_and_models_as_the_pages_do():
    assert printed.CLASS_COLOURS == CLASS_COLOURS
    assert {name: style.colour for name, style in printed.MODEL_STYLES.items()} == {
        name: style.colour for name, style in MODEL_STYLES.items()
    }


def test_no_class_shares_a_colour_with_a_model_and_each_model_has_its_look():
    assert not set(CLASS_COLOURS) & {style.colour for style in MODEL_STYLES.values()}
    assert set(MODEL_STYLES) == set(MODELS) and len(set(MODEL_STYLES.values())) == len(MODELS)


def _nearest(colours: Sequence[str], vision: str) -> float:
    """Least distance between two of them, as seen."""
    seen = [_oklab(np.clip(np.array(VISIONS[vision]) @ _linear(colour), 0, 1)) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(seen, 2))


def _oklab(linear: np.ndarray) -> np.ndarray:
    return np.array(OKLAB) @ np.cbrt(np.array(CONES) @ linear)


def _linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
