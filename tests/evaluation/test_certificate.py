"""What the split certificate finds, and what it stops."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from core.config import FoldSpec
from core.errors import InputError
from core.evaluation.certificate import certificate, fitted_findings, require_accepted
from core.evaluation.circularity import derivation
from core.evaluation.rows import FittedOn
from core.evaluation.site_association import association
from core.training.content import content_of
from core.training.folds import dealt
from core.types import Bag, Cohort, Dataset, Expression, Fold, Patient

Split = Literal["site", "random"]


def cohort_of(labels: list[int], sites: list[str], ids: list[str] | None = None) -> Cohort:
    names = ids or [f"P{row:03d}" for row in range(len(labels))]
    return Cohort(
        name="c",
        outcome="o",
        classes=("a", "b"),
        patients=tuple(
            Patient(id=name, label=label, site=site, covariates={})
            for name, label, site in zip(names, labels, sites, strict=True)
        ),
        fingerprint="",
    )


def several_sites(sites: int = 12, each: int = 10) -> Cohort:
    return cohort_of([row % 2 for row in range(sites * each)], [f"S{row // each}" for row in range(sites * each)])


def unlike(cohort: Cohort) -> dict[str, tuple[str, ...]]:
    return {patient.id: (patient.id,) for patient in cohort.patients}


def certified(cohort: Cohort, split: Split, *, content=None, derived: str = ""):
    deal = dealt(cohort, FoldSpec(count=3, split=split), seed=0)
    return certificate(
        cohort, deal.folds, split=split, content=content or unlike(cohort), derived=derived, how=deal.how
    )


def severity(found, check: str) -> set[str]:
    return {finding.severity for finding in found.findings if finding.check == check}


def test_folds_that_keep_sites_apart_are_green_throughout() -> None:
    found = certified(several_sites(), "site")
    assert {finding.severity for finding in found.findings} == {"green"}
    assert not found.red
    require_accepted(found, "")


def test_random_folds_over_several_sites_are_red_in_every_fold_and_stop_the_run() -> None:
    found = certified(several_sites(), "random")
    red = [finding for finding in found.findings if finding.check == "sites shared"]
    assert [finding.severity for finding in red] == ["red"] * 3
    assert all(finding.share is not None and finding.share > 0.9 for finding in red)
    assert severity(found, "inner sites shared") == {"amber"}
    with pytest.raises(InputError, match=r"sites shared \(3 folds\).*--accept"):
        require_accepted(found, "  ")
    require_accepted(found, "to measure the optimism of a random split")


@pytest.mark.parametrize(("site", "word"), [("A2", "come from one site"), ("", "No site")])
def test_one_site_is_no_leak_but_transfer_cannot_be_tested(site: str, word: str) -> None:
    found = certified(cohort_of([0, 1] * 20, [site] * 40), "random")
    assert severity(found, "sites shared") == {"amber"}
    assert any(word in finding.sentence and "cannot be tested" in finding.sentence for finding in found.findings)
    assert not found.red


def test_two_samples_of_one_person_in_train_and_test_are_a_leak() -> None:
    ids = [f"TCGA-A{row % 9}-{row // 2:04d}-0{1 if row % 2 else 6}A" for row in range(40)]
    # both samples of a person carry one site in their names; here the clinical table files them under two patients
    ids = [name.replace(name[5:7], f"A{row // 2 % 9}") for row, name in enumerate(ids)]
    found = certified(cohort_of([0, 1] * 20, [name[5:7] for name in ids], ids), "random")
    leaks = [finding for finding in found.findings if finding.check == "patients shared"]
    assert {leak.severity for leak in leaks} == {"red"}
    assert "one identifier" in leaks[0].sentence


def test_a_slide_that_stands_under_two_patients_is_red_across_and_amber_within_a_part() -> None:
    cohort = several_sites()
    folds = dealt(cohort, FoldSpec(count=3, split="site"), seed=0).folds
    first, second, outside = folds[0].test[0], folds[0].test[1], folds[0].train[0]
    for other, expected in ((outside, "red"), (second, "amber")):
        content = unlike(cohort) | {first: ("own", "same"), other: ("same",)}
        found = certificate(cohort, folds, split="site", content=content, derived="", how="")
        # the other two folds have both of a pair from one fold in train, which is no leak
        assert severity(found, "content shared") == {expected}


def test_content_tells_equal_slides_and_expression_rows_and_nothing_else() -> None:
    cohort = cohort_of([0, 1, 0, 1], ["A", "B", "C", "D"])
    ids = tuple(patient.id for patient in cohort.patients)
    values = np.array([[1, 2], [3, 4], [5, 6], [1, 2]], dtype=np.float32)
    features = [np.full((3, 2), row, dtype=np.float32) for row in (0, 1, 1, 1)]
    places = [None, None, np.zeros((3, 2), dtype=np.int32), None]
    dataset = Dataset(
        cohort=cohort,
        expression=Expression(patients=ids, genes=("TP53", "MYC"), values=values, unit="log2"),
        gene_sets=None,
        bags={
            name: (Bag(slide=name, features=one, origins=place, encoder="e"),)
            for name, one, place in zip(ids, features, places, strict=True)
        },
    )
    content = content_of(dataset)
    assert [len(content[name]) for name in ids] == [2] * 4
    assert set(content[ids[0]]) & set(content[ids[3]]) and set(content[ids[1]]) & set(content[ids[3]])
    assert not set(content[ids[1]]) & set(content[ids[2]])


def test_a_test_part_without_a_class_is_named() -> None:
    cohort = cohort_of([0] * 8 + [1] * 4, ["A", "B", "C"] * 4)
    ids = [patient.id for patient in cohort.patients]
    fold = Fold(repeat=0, index=0, train=tuple(ids[4:]), inner=(tuple(ids[4:9]), tuple(ids[9:])), test=tuple(ids[:4]))
    found = certificate(cohort, [fold], split="site", content=unlike(cohort), derived="", how="")
    (missing,) = (finding for finding in found.findings if finding.check == "class missing")
    assert missing.severity == "amber" and "nobody in the test part is b" in missing.sentence


def test_balance_counts_every_patient_of_a_class_once_a_repeat() -> None:
    cohort = several_sites()
    found = certified(cohort, "site")
    assert sum(row.patients for row in found.balance if row.label == "a") == 60
    assert {row.even for row in found.balance} == {20.0}
    assert all("proven best" in row.how for row in found.balance)
    assert sum(row.patients for row in found.site_classes) == 120


def test_a_class_that_follows_the_site_is_told_with_what_the_site_alone_reaches() -> None:
    labels = [int(row % 10 < (8 if row // 10 % 2 else 2)) for row in range(120)]
    found = certified(cohort_of(labels, [f"S{row // 10}" for row in range(120)]), "site")
    (tied,) = (finding for finding in found.findings if finding.check == "class tied to site")
    assert tied.severity == "amber"
    assert "balanced accuracy of 0.80" in tied.sentence and "0.50" in tied.sentence


@pytest.mark.parametrize("seed", range(5))
def test_unrelated_sites_are_hardly_ever_called_tied_and_site_alone_guesses(seed: int) -> None:
    draw = np.random.default_rng(seed)
    found = association(draw.integers(0, 30, 400), draw.integers(0, 2, 400))
    assert found is not None
    assert found.v < 0.2 and found.p > 0.01
    assert found.site_alone == pytest.approx(0.5, abs=0.1)


def test_perfectly_tied_sites_reach_one() -> None:
    labels = np.repeat([0, 1, 2], 40)
    found = association(labels, labels)
    assert found is not None
    assert (found.v, found.site_alone) == (pytest.approx(1), 1.0)
    assert found.p == pytest.approx(1 / 1001)


@pytest.mark.parametrize(
    ("outcome", "declared", "genes", "image", "circular"),
    [
        ("pam50", None, True, True, True),
        ("PAM50_subtype", None, False, True, False),
        ("claudin_low", None, True, False, True),
        ("er_ihc", None, True, True, False),
        ("er_ihc", "expression", True, True, True),
        ("pam50", "neither", True, True, False),
        ("grade", "images", True, True, True),
        ("grade", "images", True, False, False),
    ],
)
def test_outcomes_computed_from_the_inputs_are_told(outcome, declared, genes, image, circular) -> None:
    derived = derivation(outcome, declared=declared, genes=genes, image=image)
    assert bool(derived) == circular
    found = certified(several_sites(), "site", derived=derived)
    assert severity(found, "outcome derived from inputs") == {"amber" if circular else "green"}


def test_a_scaler_that_saw_a_test_patient_is_red() -> None:
    clean = FittedOn(
        what="gene scaler", model="all", repeat=0, fold=0, patients=80, part="training patients", holds_test=False
    )
    (green,) = fitted_findings([clean])
    assert green.severity == "green" and "gene scaler" in green.sentence
    (red,) = fitted_findings([clean, replace(clean, fold=1, holds_test=True)])
    assert red.severity == "red" and red.fold == 1
    (unknown,) = fitted_findings([])
    assert unknown.severity == "amber"
