"""A comparison in one sentence says who is better, or what could have been shown."""

from dataclasses import replace

import pytest

from core.evaluation.sentences import distinguishable, sentence
from core.types import Difference

CLEAR = Difference(
    model="fused",
    baseline="image",
    metric="auroc",
    value=0.151,
    low=0.12,
    high=0.19,
    n=657,
    how="BCa",
    permutation_p=0.0001,
    holm_p=0.0005,
    detectable=0.05,
)
EQUAL = replace(CLEAR, baseline="genes", value=0.001, low=-0.003, high=0.005, holm_p=0.6, detectable=0.008)


def test_a_clear_difference():
    assert sentence(CLEAR) == "fused is better than image: AUROC +0.151 [0.120, 0.190], p < 0.001 (Holm)"


def test_none_to_be_seen_says_what_could_have_been():
    assert sentence(EQUAL) == (
        "fused is not distinguishable from genes: AUROC +0.001 [-0.003, 0.005]; "
        "these 657 patients could have shown 0.008"
    )


@pytest.mark.parametrize(("metric", "word"), [("auroc", "worse"), ("brier", "better")])
def test_lower_is_better_for_brier_alone(metric, word):
    row = replace(CLEAR, metric=metric, value=-0.151, low=-0.19, high=-0.12, holm_p=0.012)
    assert f"fused is {word} than image" in sentence(row)
    assert sentence(row).endswith("-0.151 [-0.190, -0.120], p = 0.012 (Holm)")


def test_test_and_interval_may_disagree_and_it_says_so():
    careful = sentence(replace(CLEAR, low=0.002, holm_p=0.08))
    assert careful.startswith("fused is not distinguishable from image")
    assert "the interval leaves out 0, the corrected test finds no difference, p = 0.080 (Holm)" in careful
    bold = sentence(replace(CLEAR, low=-0.001, holm_p=0.04))
    assert bold.startswith("fused is better than image")
    assert bold.endswith(
        "(Holm); interval and test disagree: the interval holds 0, the corrected test finds a difference"
    )


def test_without_a_test_the_interval_decides():
    assert distinguishable(replace(CLEAR, holm_p=None)) and not distinguishable(replace(EQUAL, holm_p=None))
    assert sentence(replace(CLEAR, holm_p=None)) == "fused is better than image: AUROC +0.151 [0.120, 0.190]"


def test_nothing_is_distinguishable_by_neither_test_nor_interval():
    row = replace(CLEAR, low=None, high=None, holm_p=None, detectable=None)
    assert sentence(row) == "fused is not distinguishable from image: AUROC +0.151 without an interval"


def test_what_cannot_be_computed_gives_its_reason():
    row = replace(CLEAR, value=None, low=None, high=None, holm_p=None, how="cannot be computed: no patients")
    assert sentence(row) == "fused cannot be compared with image by AUROC: cannot be computed: no patients"


def test_a_tiny_number_is_neither_minus_zero_nor_zero():
    shown = sentence(replace(EQUAL, value=-0.0001, low=-0.0004, high=0.0002, detectable=0.0004))
    assert "+0.000 [0.000, 0.000]" in shown and shown.endswith("could have shown less than 0.001")
