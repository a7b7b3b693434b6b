"""The unit of one sample is told from its values, and asked for where they do not look like the run's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.cohort.units import MAX_LOG2
from core.errors import InputError
from core.serving.checks import QuestionError
from core.serving.units import WORDS, chosen_unit, likely_unit, taken

LOGS = arrays.arrays(np.float64, 30, elements=st.floats(0, MAX_LOG2, width=32))
COUNTS = arrays.arrays(np.float64, 30, elements=st.integers(0, 100_000).map(float))


@given(values=LOGS)
def test_what_fits_a_logarithm_is_taken_for_log2(values: np.ndarray) -> None:
    assert likely_unit(values) == "log2"
    assert chosen_unit(values, stated="", run_unit="log2") == ("log2", None)


@given(values=COUNTS)
def test_large_whole_numbers_are_taken_for_counts_and_asked_about(values: np.ndarray) -> None:
    values[0] = 5000
    assert likely_unit(values) == "counts"
    with pytest.raises(QuestionError) as asked:
        chosen_unit(values, stated="", run_unit="log2")
    assert (asked.value.asks, asked.value.suggested) == ("unit", "counts")
    assert set(asked.value.choices) == {"log2", "tpm", "counts"}


@given(values=COUNTS)
def test_large_fractions_are_taken_for_tpm(values: np.ndarray) -> None:
    values[:2] = 5000, 0.5
    assert likely_unit(values) == "tpm"


@given(values=arrays.arrays(np.float64, 30, elements=st.floats(-5, 5, width=32)), holes=st.integers(0, 10))
def test_many_negative_values_are_taken_for_z_scores_whatever_is_empty(values: np.ndarray, holes: int) -> None:
    values[:15] = -1
    values[20 : 20 + holes] = np.nan
    assert likely_unit(values) == "zscore"


@given(values=LOGS, stated=st.sampled_from(("log2", "tpm", "counts")))
def test_what_is_stated_is_taken_with_a_doubt_where_it_looks_otherwise(values: np.ndarray, stated: str) -> None:
    unit, doubt = chosen_unit(values, stated=stated, run_unit="log2")
    assert unit == stated
    assert (doubt is None) == (stated == "log2")
    assert doubt is None or (WORDS[stated] in doubt and WORDS["log2"] in doubt)


@pytest.mark.parametrize(
    ("run_unit", "stated"), [("log2", "zscore"), ("zscore", "counts"), ("zscore", "tpm"), ("zscore", "log2")]
)
def test_what_cannot_be_brought_to_the_runs_unit_is_refused_with_what_can(run_unit: str, stated: str) -> None:
    with pytest.raises(InputError, match=WORDS[run_unit]):
        chosen_unit(np.zeros(3), stated=stated, run_unit=run_unit)
    assert stated not in taken(run_unit)


def test_a_run_on_z_scores_does_not_suggest_what_it_cannot_take() -> None:
    with pytest.raises(QuestionError) as asked:
        chosen_unit(np.array([1.0, 2000.0, 30.0]), stated="", run_unit="zscore")
    assert (asked.value.choices, asked.value.suggested) == (("zscore",), "")
