"""How patients are dealt."""

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import FoldSpec
from core.errors import InputError
from core.training.folds import deal
from core.training.folds import dealt as whole_deal
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


@settings(deadline=None, derandomize=True, max_examples=10)
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


@settings(deadline=None, derandomize=True, max_examples=10)
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


@pytest.mark.parametrize(("sites", "count"), [(1, 5), (2, 5), (4, 5), (2, 2), (3, 2)])
def test_too_few_sites_are_refused_with_the_way_out(sites: int, count: int) -> None:
    cohort = cohort_of([0, 1] * 20, [row // 2 % sites for row in range(40)])
    with pytest.raises(InputError, match=r"another site cannot be tested.*--split random"):
        deal(cohort, FoldSpec(count=count, split="site"), seed=0)


@pytest.mark.parametrize(("sites", "count"), [(3, 3), (4, 2), (5, 5)])
def test_just_enough_sites_are_dealt(sites: int, count: int) -> None:
    cohort = cohort_of([0, 1] * 30, [row // 2 % sites for row in range(60)])
    assert len(deal(cohort, FoldSpec(count=count, split="site"), seed=0)) == count


def test_every_repeat_is_another_deal_and_as_even() -> None:
    cohort = cohort_of([0, 0, 1] * 60, [row // 3 % 12 for row in range(180)])
    folds = deal(cohort, FoldSpec(count=3, repeats=4, split="site"), seed=0)
    partitions = {frozenset(fold.test for fold in folds if fold.repeat == repeat) for repeat in range(4)}
    assert len(partitions) == 4
    assert {len(fold.test) for fold in folds} == {60}


@pytest.mark.parametrize(("split", "word"), [("site", "proven best"), ("random", "not kept apart")])
def test_how_the_folds_were_dealt_is_told(split: Literal["site", "random"], word: str) -> None:
    cohort = cohort_of([0, 1] * 40, [row % 10 for row in range(80)])
    spec = FoldSpec(split=split)
    assert word in whole_deal(cohort, spec, seed=0).how
    assert whole_deal(cohort, spec, seed=0).folds == deal(cohort, spec, seed=0)


def test_a_class_that_one_site_has_is_refused_by_name() -> None:
    cohort = cohort_of([0] * 40 + [1] * 10, [row % 8 for row in range(40)] + [0] * 10)
    with pytest.raises(InputError, match=r"without any patient of b.*too few sites"):
        deal(cohort, FoldSpec(split="site"), seed=0)


def test_too_few_patients_of_a_class_are_refused_by_name() -> None:
    cohort = cohort_of([0] * 30 + [1] * 3, list(range(33)))
    with pytest.raises(InputError, match=r"b \(3\)"):
        deal(cohort, FoldSpec(count=5), seed=0)


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_handful_of_patients_is_dealt_at_random_or_refused_in_a_sentence() -> None:
    folds = deal(cohort_of([0, 1] * 4, [0] * 8), FoldSpec(count=4, split="random"), seed=0)
    assert {len(fold.inner) for fold in folds} == {3}
    with pytest.raises(InputError, match="too few patients"):
        deal(cohort_of([0, 1] * 2, [0] * 4), FoldSpec(count=2, split="random"), seed=0)


def test_three_sites_are_not_told_to_make_do_with_fewer_than_two_folds() -> None:
    with pytest.raises(InputError, match="--folds 3"):
        deal(cohort_of([0, 1] * 3, [0, 0, 1, 1, 2, 2]), FoldSpec(count=2), seed=0)
