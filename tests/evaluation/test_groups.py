"""Patients are grouped by what was known of them, each way to group once."""

import pytest

from core.evaluation.groups import NOT_STATED, age_group, groupings, in_order, stage_group
from tests.evaluation.runs import evidence_of


def cohort_of(columns):
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return evidence_of([0, 1] * (len(rows) // 2), covariates=rows).cohort


@pytest.mark.parametrize(
    ("stage", "group"),
    [
        ("STAGE IIA", "II"),
        ("Stage IV", "IV"),
        ("IIIC", "III"),
        ("stage ia", "I"),
        ("2b", "II"),
        (3.0, "III"),
        ("IA2", "I"),
        ("STAGE X", NOT_STATED),
        (None, NOT_STATED),
        ("early", "early"),
    ],
)
def test_stages_are_put_together_without_their_letter(stage, group):
    assert stage_group(stage) == group


@pytest.mark.parametrize(
    ("age", "group"),
    [
        (49.9, "under 50"),
        (50.0, "50 to 59"),
        (69.9, "60 to 69"),
        (70.0, "70 and over"),
        (None, NOT_STATED),
        ("about 60", NOT_STATED),
    ],
)
def test_ages_are_put_together_by_decade(age, group):
    assert age_group(age) == group


def test_groups_stand_in_order_with_those_without_a_value_last():
    assert in_order({"70 and over", NOT_STATED, "under 50", "50 to 59"}) == [
        "under 50",
        "50 to 59",
        "70 and over",
        NOT_STATED,
    ]


def test_follow_up_constants_many_values_and_repetitions_are_no_groupings():
    er = ["Positive", "Negative", "Positive", None] * 10
    columns = {
        "sample_id": [f"s{row}" for row in range(40)],
        "er_ihc": er,
        "er": ["yes" if one == "Positive" else one and "no" for one in er],
        "grade": [1.0, 2.0, 3.0, 3.0] * 10,
        "weight": [float(row) for row in range(40)],
        "country": ["X"] * 40,
        "pfs_status": ["0:CENSORED", "1:PROGRESSION"] * 20,
        "os": ["alive"] * 10 + ["dead"] * 30,
        "age": [30.0, 55.0, 65.0, 75.0] * 10,
        "time": [1.0, 2.0] * 20,
        "event": [0.0] * 10 + [1.0] * 30,
    }
    found = groupings(cohort_of(columns))
    assert list(found) == ["site", "age", "er_ihc", "grade"]
    assert set(found["er_ihc"].values()) == {"Positive", "Negative", NOT_STATED}
    assert set(found["grade"].values()) == {"1", "2", "3"}


def test_without_covariates_patients_are_still_grouped_by_site():
    assert list(groupings(evidence_of([0, 1] * 10).cohort)) == ["site"]
