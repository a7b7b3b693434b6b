"""The same model of two runs on the same patients, in words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.evaluation import Scored
from dashboard.views.run_comparison import compared, not_compared, same_folds
from dashboard.views.runs import Run
from tests.dashboard.conftest import Visit, shown

PATIENTS = 200


def answers(*, skill: float, seed: int, patients: int = PATIENTS) -> Scored:
    """Every second patient is positive; `skill` is how far their probabilities lie above the others'."""
    labels = np.arange(patients) % 2
    logits = np.random.default_rng(seed).normal(size=patients) + skill * labels
    positive = 1 / (1 + np.exp(-logits))
    names = tuple(f"P{number:04d}" for number in range(patients))
    return Scored(patients=names, labels=labels.astype(np.int64), probabilities=np.stack([1 - positive, positive], 1))


def run(name: str, **other: object) -> Run:
    made = Run(
        name=name,
        started="2026-01-01T00:00:00+00:00",
        finished=True,
        progress="",
        cohort="abc",
        cohort_name="here",
        cohort_folder="here",
        outcome="pam50",
        classes=("Luminal", "Basal/HER2"),
        synthetic=False,
        folds=5,
        repeats=1,
        encoder_note="",
        reads_slides=False,
        reads_genes=True,
        facts={},
        settings={"seed": "0", "split": "site", "folds": "5", "repeats": "1"},
    )
    return replace(made, **other)  # type: ignore[arg-type]


def test_a_better_run_is_told_and_an_equal_one_is_not_told_apart():
    mine = {"fused": answers(skill=2.5, seed=1), "genes": answers(skill=1.0, seed=2)}
    first = {"fused": answers(skill=0.5, seed=3), "genes": answers(skill=1.0, seed=2)}
    better, same = compared(mine, first, run="b", against="a")
    assert better.sentence.startswith("fused of b is better than fused of a: AUROC +")
    assert "p < 0.001 (Holm)" in better.sentence
    assert same.model == "genes" and "is not distinguishable from" in same.sentence
    assert same.difference.value == 0 and same.difference.n == PATIENTS


def test_turning_the_comparison_round_turns_its_sign_and_its_interval():
    one, other = {"fused": answers(skill=1.5, seed=1)}, {"fused": answers(skill=1.0, seed=2)}
    (there,), (back,) = compared(one, other, run="b", against="a"), compared(other, one, run="a", against="b")
    a, b = there.difference, back.difference
    assert None not in (a.value, b.value, a.low, b.high)
    assert a.value == pytest.approx(-(b.value or 0)) and a.low == pytest.approx(-(b.high or 0))
    assert a.holm_p == pytest.approx(b.holm_p)


def test_only_patients_whom_both_scored_count():
    one, other = {"fused": answers(skill=1.0, seed=1)}, {"fused": answers(skill=1.0, seed=1, patients=150)}
    (row,) = compared(one, other, run="b", against="a")
    assert row.difference.n == 150


def test_a_model_of_one_run_alone_is_left_out_and_too_few_patients_are_said():
    one = {"fused": answers(skill=1.0, seed=1, patients=3), "image": answers(skill=1.0, seed=1)}
    (row,) = compared(one, {"fused": one["fused"]}, run="b", against="a")
    assert row.difference.value is None and "two patients of either class" in row.sentence


def test_runs_of_other_patients_and_of_more_classes_are_not_compared():
    assert not_compared(run("b"), run("a")) is None
    other = not_compared(run("b", cohort="xyz"), run("a"))
    assert other is not None and "not of the same patients" in other
    three = ("A", "B", "C")
    many = not_compared(run("b", classes=three), run("a", classes=three))
    assert many is not None and "3 classes" in many


def test_another_deal_of_the_folds_is_noticed():
    assert same_folds(run("b"), run("a"))
    assert not same_folds(run("b", settings=dict(run("a").settings) | {"seed": "1"}), run("a"))


def test_the_page_compares_two_runs_in_sentences(visit: Visit, full_data: Path):
    app = visit("models", full_data)
    app.multiselect(key="runs").set_value(["run-0", "run-1"]).run()
    assert not app.exception
    said = shown(app)
    assert "Is another run better?" in said and "of run\\-1" in said and "was dealt other folds than" in said
