"""Differences are paired: the same draws of the same patients for both models."""

import time
from dataclasses import replace

import numpy as np
from hypothesis import given

from core.config import EvaluationSpec
from core.evaluation import METRICS, difference, differences, fold_scores, main_mode, pooled, score
from core.evaluation.comparison import differences_of, fold_differences
from core.evaluation.corrected_t import corrected_t
from core.evaluation.delong import delong
from core.evaluation.evidence import Evidence
from core.evaluation.multiplicity import holm
from core.evaluation.permutation import permutation_p
from core.evaluation.power import detectable
from core.evaluation.scoring import scores
from core.types import Cohort, Fold, Patient
from tests.evaluation.drawn import drawn, noisy, predictions_of, scored_of

LABELS = [0, 0, 1] * 40


@given(case=drawn())
def test_a_model_is_exactly_as_good_as_itself(case):
    scored = scored_of(*case)
    for one in difference(scored, scored, resamples=30).values():
        assert (one.value, one.low, one.high) == (0.0, 0.0, 0.0)


def test_the_difference_is_that_of_the_values_and_turns_its_sign():
    one, other = noisy(LABELS, skill=2, seed=0), noisy(LABELS, skill=1, seed=1)
    forth, back = difference(one, other, seed=3), difference(other, one, seed=3)
    for name in METRICS:
        assert forth[name].value == score(one)[name].value - score(other)[name].value
        assert forth[name].value == -back[name].value
        assert np.allclose([forth[name].low, forth[name].high], [-back[name].high, -back[name].low])


def test_pairing_narrows_the_interval_of_models_that_err_on_the_same_patients():
    one = noisy(LABELS, skill=1.5, seed=0)
    # the same probabilities but for a little noise
    other = replace(one, probabilities=one.probabilities * 0.98 + 0.01)
    paired = difference(one, other)["brier"]
    alone = score(one)["brier"]
    assert paired.high - paired.low < 0.2 * (alone.high - alone.low)


def test_only_patients_that_both_have_are_compared():
    one, other = noisy(LABELS, skill=2, seed=0), noisy(LABELS, skill=1, seed=1)
    fewer = replace(
        other, patients=other.patients[:90], labels=other.labels[:90], probabilities=other.probabilities[:90]
    )
    assert difference(one, fewer)["auroc"].n == 90


def test_the_model_is_compared_with_every_other_in_its_main_mode():
    predictions = [
        *predictions_of(noisy(LABELS, skill=2, seed=0)),
        *predictions_of(noisy(LABELS, skill=9, seed=1), mode="genes"),
        *predictions_of(noisy(LABELS, skill=1, seed=2), model="image", mode="image"),
        *predictions_of(noisy(LABELS, skill=1, seed=3), model="concat"),
    ]
    made = differences(predictions, classes=2, seed=0, resamples=100)
    assert {(row.model, row.baseline) for row in made} == {("fused", "image"), ("fused", "concat")}
    assert len(made) == 2 * len(METRICS)
    auroc = next(row for row in made if row.baseline == "image" and row.metric == "auroc")
    expected = (
        score(noisy(LABELS, skill=2, seed=0))["auroc"].value - score(noisy(LABELS, skill=1, seed=2))["auroc"].value
    )
    assert auroc.value == expected
    assert auroc.how == (
        "BCa bootstrap over patients, paired, stratified by class, 100 resamples; 100 permutations; "
        "no t-test over folds, since 0 of 2 can be used"
    )


def run(*, repeats=1, dealt=4):
    """Predictions of three models and the folds they were made in; image is far worse than the others."""
    made = []
    for repeat in range(repeats):
        for seed, (model, mode, skill) in enumerate(
            [("fused", "both", 3), ("image", "image", 0.2), ("concat", "both", 3)]
        ):
            scored = noisy(LABELS, skill=skill, seed=10 * repeat + seed)
            made += predictions_of(scored, model=model, mode=mode, folds=dealt, repeat=repeat)
    people = {fold: tuple(f"p{row:03d}" for row in range(fold, 120, dealt)) for fold in range(dealt)}
    folds = []
    for repeat in range(repeats):
        for index, test in people.items():
            train = tuple(one for other, names in people.items() if other != index for one in names)
            folds.append(Fold(repeat=repeat, index=index, train=train, inner=(train[::2], train[1::2]), test=test))
    return made, folds


def test_every_test_finds_the_clear_difference_and_none_the_other():
    predictions, folds = run()
    made = {(row.baseline, row.metric): row for row in differences(predictions, folds=folds, classes=2, seed=0)}
    clear, equal = made["image", "auroc"], made["concat", "auroc"]
    assert max(clear.permutation_p, clear.delong_p, clear.folds_p, clear.holm_p) < 0.01
    assert min(equal.permutation_p, equal.delong_p, equal.folds_p, equal.holm_p) > 0.05
    assert clear.how.endswith("2000 resamples; 2000 permutations; t-test over 4 of 4 folds")
    assert all(row.delong_p is None for (_, metric), row in made.items() if metric != "auroc")


def test_the_tests_are_those_of_the_parts():
    predictions, folds = run()
    made = {(row.baseline, row.metric): row for row in differences(predictions, folds=folds, classes=2, seed=3)}
    one, other = (
        pooled((row for row in predictions if row.model == model), classes=2) for model in ("fused", "concat")
    )
    expected = delong(one.probabilities[:, 1], other.probabilities[:, 1], one.labels == 1)
    row = made["concat", "auroc"]
    assert (row.delong_p, row.detectable) == (expected.p, detectable(expected.se))
    assert row.permutation_p == permutation_p(one, other, permutations=2000, seed=3)["auroc"]
    for metric in METRICS:
        rows = [made[baseline, metric] for baseline in ("image", "concat")]
        assert tuple(row.holm_p for row in rows) == holm([row.permutation_p for row in rows])


def test_the_t_test_knows_how_many_were_learned_from():
    predictions, folds = run()
    mine, its = ([row for row in predictions if row.model == model] for model in ("fused", "image"))
    gaps = np.array([values["brier"] for values in fold_differences(mine, its, classes=2).values()])
    made = {(row.baseline, row.metric): row for row in differences(predictions, folds=folds, classes=2, seed=0)}
    assert made["image", "brier"].folds_p == corrected_t(gaps, ratio=30 / 90)


def test_each_repeat_brings_its_own_folds():
    predictions, folds = run(repeats=2)
    made = differences(predictions, folds=folds, classes=2, seed=0, resamples=100)
    assert all("t-test over 8 of 8 folds" in row.how and row.n == 120 for row in made)


def test_the_evaluation_of_a_run_compares_its_main_model():
    predictions, folds = run()
    cohort = Cohort(
        name="drawn",
        outcome="subtype",
        classes=("Luminal", "Basal/HER2"),
        patients=tuple(
            Patient(id=f"p{row:03d}", label=label, site="A2", covariates={}) for row, label in enumerate(LABELS)
        ),
        fingerprint="0",
    )
    evidence = Evidence(
        cohort=cohort,
        folds=tuple(folds),
        models=("fused", "image", "concat"),
        predictions=tuple(predictions),
        seed=5,
    )
    spec = EvaluationSpec(resamples=100)
    assert differences_of(evidence, spec) == differences(predictions, folds=folds, classes=2, seed=5, resamples=100)
    assert scores(evidence, spec) == fold_scores(predictions, classes=2, seed=5, resamples=100)


def test_six_models_on_657_patients_are_compared_in_seconds():
    labels = [0] * 450 + [1] * 207
    names = ("fused", "image", "genes", "concat", "late", "logistic", "paper")
    made = [
        one
        for seed, model in enumerate(names)
        for one in predictions_of(noisy(labels, skill=1, seed=seed), model=model, mode=main_mode(model), folds=5)
    ]
    began = time.process_time()
    assert len(differences(made, classes=2, seed=0)) == 6 * len(METRICS)
    assert time.process_time() - began < 15


def test_three_classes_have_no_delong_but_all_else():
    labels = [0, 1, 2] * 20
    drawn_rows = np.random.default_rng(0).random((2, 60, 3)) + np.eye(3)[labels]
    one, other = (scored_of(labels, rows / rows.sum(axis=1, keepdims=True)) for rows in drawn_rows)
    predictions = [*predictions_of(one), *predictions_of(other, model="concat")]
    row = differences(predictions, classes=3, seed=0, resamples=100)[0]
    assert row.metric == "auroc" and row.delong_p is None
    assert None not in (row.permutation_p, row.holm_p, row.detectable)


def test_with_one_class_what_cannot_be_computed_has_no_tests_either():
    one, other = scored_of([0] * 6, [0.1, 0.2, 0.3, 0.6, 0.2, 0.3]), scored_of([0] * 6, [0.3, 0.7, 0.3, 0.2, 0.1, 0.1])
    predictions = [*predictions_of(one), *predictions_of(other, model="concat")]
    made = {row.metric: row for row in differences(predictions, classes=2, seed=0, resamples=100)}
    auroc = made["auroc"]
    assert (auroc.value, auroc.permutation_p, auroc.delong_p, auroc.detectable) == (None,) * 4
    assert auroc.how == "cannot be computed: patients of only 1 of 2 classes"
    assert made["brier"].permutation_p is not None


def test_without_the_model_there_is_nothing_to_compare():
    predictions = predictions_of(noisy(LABELS, skill=1, seed=0), model="image", mode="image")
    assert differences(predictions, classes=2, seed=0) == ()


def test_an_equal_pair_excludes_nothing_and_a_clear_one_excludes_zero():
    weak, strong = noisy(LABELS, skill=0.5, seed=5), noisy(LABELS, skill=4, seed=6)
    assert difference(strong, weak)["auroc"].low > 0
    twin = difference(noisy(LABELS, skill=2, seed=7), noisy(LABELS, skill=2, seed=8))["auroc"]
    assert twin.low < 0 < twin.high
