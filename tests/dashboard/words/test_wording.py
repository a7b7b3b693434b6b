"""Numbers and names in words."""

import pytest

from core.config import MODELS
from dashboard.words.wording import MODEL_NOTES, column_words, counted, decimals, interval, listed, percent, significant


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.87349, 0.84051, 0.9, "0.873 [0.841, 0.900]"),
        (0.5, None, None, "0.500"),
        (None, None, None, "not computed"),
        (float("nan"), 0.1, 0.2, "not computed"),
        (0.5, float("nan"), 0.6, "0.500"),
        (-0.0004, -0.0001, 0.2, "0.000 [0.000, 0.200]"),
    ],
)
def test_an_interval_has_three_digits_and_nothing_made_up(value, low, high, words):
    assert interval(value, low=low, high=high) == words


def test_a_measured_number_has_three_digits_that_say_something_and_no_power_of_ten():
    assert [significant(value) for value in (0, 0.2, 0.00123, 12.34, 2104.5, -17_240)] == [
        "0",
        "0.200",
        "0.00123",
        "12.3",
        "2,100",
        "-17,200",
    ]


def test_a_column_has_the_digits_of_its_largest_value():
    assert [decimals(values) for values in ([0.2, 0.05], [0.2, 12.3], [212.0, 3.0], [], [float("nan")])] == [
        3,
        1,
        0,
        0,
        0,
    ]


def test_a_share_has_sensible_digits():
    assert [percent(part, whole=1000) for part in (0, 4, 99, 100, 1000)] == ["0 %", "0.4 %", "9.9 %", "10 %", "100 %"]
    assert percent(1, whole=0) == "–"


def test_counts_and_lists_read_as_sentences():
    assert counted(1, noun="patient") == "1 patient"
    assert counted(1204, noun="patient") == "1,204 patients"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert listed(list("abcdefg"), most=3) == "a, b, c and 4 more"


def test_every_model_is_explained():
    assert set(MODEL_NOTES) == set(MODELS)


@pytest.mark.parametrize(
    ("name", "words"),
    [("er_ihc", "ER IHC"), ("tumour_grade", "Tumour grade"), ("ImmuneSubtype", "ImmuneSubtype"), ("_", "_")],
)
def test_names_of_columns_are_put_into_words(name: str, words: str):
    assert column_words(name) == words
