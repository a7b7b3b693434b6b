"""How patients are dealt."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import FoldSpec
from core.errors import InputError
from core.training.folds import deal
from core.types import Cohort, Patient


def cohort_of(labels: list[int], sites: list[int]) -> Cohort:
    return Cohort(
        name="c",
        outcome="o",
        classes=("a", "b"),
        patients=tuple(
            Patient(id=f"P{row}", label=label, site=f"S{site}", covariates={})
            for row, (label, site) in enumerate(zip(labels, sites, strict=True))
        ),
        fingerprint="",
    )


@st.composite
def dealt(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Label and site of each patient; a cohort is made of it in the test: run-time type checks draw random numbers."""
    sites = draw(st.integers(5, 12))
    return [(label, site) for site in range(sites) for label in (0, 1) for _ in range(draw(st.integers(1, 4)))]


@settings(deadline=None, derandomize=True, max_examples=25)
@given(rows=dealt(), count=st.integers(2, 5), repeats=st.integers(1, 2), seed=st.integers(0, 5))
def test_each_patient_is_tested_once_a_repeat_and_never_learned_from_in_that_fold(
    rows: list[tuple[int, int]], count: int, repeats: int, seed: int
) -> None:
    cohort = cohort_of(*map(list, zip(*rows, strict=True)))
    folds = deal(cohort, FoldSpec(count=count, repeats=repeats), seed=seed)
    everyone = sorted(patient.id for patient in cohort.patients)
    for repeat in range(repeats):
        own = [fold for fold in folds if fold.repeat == repeat]
        assert sorted(patient for fold in own for patient in fold.test) == everyone
    for fold in folds:
        assert sorted(fold.train + fold.test) == everyone
        assert sorted(patient for part in fold.inner for patient in part) == sorted(fold.train)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(rows=dealt(), count=st.integers(2, 5), seed=st.integers(0, 5))
def test_no_site_is_in_two_parts_of_a_fold_when_sites_are_kept_apart(
    rows: list[tuple[int, int]], count: int, seed: int
) -> None:
    cohort = cohort_of(*map(list, zip(*rows, strict=True)))
    site = {patient.id: patient.site for patient in cohort.patients}
    for fold in deal(cohort, FoldSpec(count=count, split="site"), seed=seed):
        parts = [{site[patient] for patient in part} for part in (fold.test, *fold.inner)]
        assert sum(map(len, parts)) == len(set.union(*parts))


def test_random_folds_keep_the_share_of_each_class() -> None:
    cohort = cohort_of([0] * 60 + [1] * 20, list(range(80)))
    labels = {patient.id: patient.label for patient in cohort.patients}
    for fold in deal(cohort, FoldSpec(split="random"), seed=0):
        assert sum(labels[patient] for patient in fold.test) == 4
        assert len(fold.test) == 16


def test_the_same_seed_deals_the_same_folds_and_another_seed_others() -> None:
    cohort = cohort_of([0, 1] * 40, [row % 10 for row in range(80)])
    assert deal(cohort, FoldSpec(), seed=1) == deal(cohort, FoldSpec(), seed=1)
    assert deal(cohort, FoldSpec(), seed=1) != deal(cohort, FoldSpec(), seed=2)


def test_too_few_sites_are_refused_with_the_way_out() -> None:
    cohort = cohort_of([0, 1] * 20, [0, 0, 1, 1] * 10)
    with pytest.raises(InputError, match="--split random"):
        deal(cohort, FoldSpec(split="site"), seed=0)


def test_too_few_patients_of_a_class_are_refused_by_name() -> None:
    cohort = cohort_of([0] * 30 + [1] * 3, list(range(33)))
    with pytest.raises(InputError, match=r"b \(3\)"):
        deal(cohort, FoldSpec(count=5), seed=0)
