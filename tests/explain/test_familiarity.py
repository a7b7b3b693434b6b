"""How unlike the training patients one patient is: ranked among those that each fold did not know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explain.familiarity import FEWEST, Familiarity, Reference

COLUMNS, PATIENTS = 30, 60


def cohort(seed: int = 0) -> np.ndarray:
    """Patients who differ mostly along three directions."""
    draw = np.random.default_rng(seed)
    return draw.normal(size=(PATIENTS, 3)) @ draw.normal(size=(3, COLUMNS)) + 0.3 * draw.normal(
        size=(PATIENTS, COLUMNS)
    )


def dealt(patients: int = PATIENTS, folds: int = 5) -> list[tuple[list[int], list[int]]]:
    rows = range(patients)
    return [
        ([row for row in rows if row % folds != fold], [row for row in rows if row % folds == fold])
        for fold in range(folds)
    ]


@pytest.fixture(scope="module")
def familiar() -> Familiarity:
    found = Familiarity.fit(cohort(), dealt())
    assert found is not None
    return found


def test_each_patient_is_held_against_references_that_do_not_know_them(familiar: Familiarity) -> None:
    assert len(familiar.references) == 5 and len(familiar.tested) == PATIENTS
    assert all(len(one.known) == PATIENTS * 4 // 5 for one in familiar.references)


def test_a_patient_of_the_same_kind_is_not_told_apart(familiar: Familiarity) -> None:
    shares = [familiar.unlikeness(cohort()[row] + 0.01).share for row in range(20)]
    assert np.median(shares) < 0.6


@pytest.mark.parametrize("how", ["noise", "unit", "constant"])
def test_another_platform_another_unit_and_nothing_at_all_are_told_apart(familiar: Familiarity, how: str) -> None:
    draw = np.random.default_rng(5)
    strange = {
        "noise": 3 * draw.normal(size=COLUMNS),
        "unit": 2.0 ** (5 + cohort()[0]),
        "constant": np.full(COLUMNS, 9.0),
    }[how]
    found = familiar.unlikeness(strange)
    assert found.flagged and found.patients == PATIENTS


@given(share=st.floats(0, 1))
def test_the_farther_a_patient_is_moved_the_more_are_nearer(share: float) -> None:
    familiar = Familiarity.fit(cohort(), dealt())
    assert familiar is not None
    away = np.random.default_rng(1).normal(size=COLUMNS)
    near, far = (familiar.unlikeness(cohort()[3] + step * away).share for step in (2 * share, 2 * share + 1))
    assert near <= far


def test_unknown_values_count_as_the_mean(familiar: Familiarity) -> None:
    reference = familiar.references[0]
    known = cohort()[7]
    unknown = known.copy()
    unknown[:5] = np.nan
    at_mean = known.copy()
    at_mean[:5] = reference.mean[:5]
    np.testing.assert_allclose(reference.distance(unknown[None]), reference.distance(at_mean[None]), rtol=1e-5)


def test_a_known_patient_lies_nearer_than_any_other(familiar: Familiarity) -> None:
    reference = Reference.fit(cohort())
    distances = reference.distance(cohort())
    strangers = reference.distance(cohort() + 2 * np.random.default_rng(2).normal(size=(PATIENTS, COLUMNS)))
    assert distances.max() < strangers.min()


def test_it_is_read_back_the_same(familiar: Familiarity) -> None:
    again = Familiarity.of_arrays(familiar.arrays())
    one = cohort(seed=9)[0]
    assert again.unlikeness(one) == familiar.unlikeness(one)
    np.testing.assert_array_equal(again.tested, familiar.tested)


def test_too_few_training_patients_tell_nothing() -> None:
    assert Familiarity.fit(cohort()[:FEWEST], dealt(patients=FEWEST, folds=2)) is None
    assert Familiarity.fit(cohort(), []) is None
