"""Colours that everyone can tell apart and read, measured on what is really set."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

from core.config import MODELS
from dashboard.palette import ACCENT, CLASS_COLOURS, MODEL_STYLES, NEUTRAL, contrast

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())
THEMES = [CONFIG["theme"]["light"], CONFIG["theme"]["dark"]]
# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
DEFICIENCIES = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


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


@pytest.mark.parametrize("matrix", DEFICIENCIES.values(), ids=DEFICIENCIES)
def test_the_first_classes_stay_apart_for_colour_blind_eyes(matrix: list[list[float]]):
    seen = [np.clip(np.array(matrix) @ _linear(colour), 0, 1) ** (1 / 2.2) for colour in CLASS_COLOURS[:3]]
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(one - other) > 0.2


def test_no_class_shares_a_colour_with_a_model_and_each_model_has_its_look():
    assert not set(CLASS_COLOURS) & {style.colour for style in MODEL_STYLES.values()}
    assert set(MODEL_STYLES) == set(MODELS) and len(set(MODEL_STYLES.values())) == len(MODELS)


def _linear(colour: str) -> np.ndarray:
    return (np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255) ** 2.2
