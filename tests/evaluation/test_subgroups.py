"""A group is scored as its patients alone would be, or says how many of them there are."""

import time
from dataclasses import replace

import numpy as np

from core.config import EvaluationSpec
from core.evaluation import METRICS, score, subgroups
from tests.evaluation.drawn import scored_of
from tests.evaluation.runs import evidence_of

SPEC = EvaluationSpec(resamples=100)
LABELS = np.array([0, 0, 1] * 60)
AGES = [{"age": age} for age in np.resize([40.0, 55.0, 65.0, 75.0], 175).tolist()] + [{"age": None}] * 5


def test_a_group_is_scored_as_its_patients_alone():
    evidence = evidence_of(LABELS, covariates=AGES)
    found = {(one.by, one.group, one.metric): one for one in subgroups(evidence, SPEC)}
    everyone = evidence.scored("image", "image")
    young = [row for row, one in enumerate(evidence.cohort.patients) if one.covariates["age"] == 40.0]
    alone = score(scored_of(LABELS[young], everyone.probabilities[young]), resamples=100, seed=0)
    for metric in METRICS:
        one = found["age", "under 50", metric]
        assert (one.value, one.low, one.high, one.n) == (
            alone[metric].value,
            alone[metric].low,
            alone[metric].high,
            len(young),
        )
        assert one.how.endswith("100 resamples") and one.smallest == (LABELS[young] == 1).sum()


def test_a_small_group_shows_its_counts_and_no_score():
    rows = [one for one in subgroups(evidence_of(LABELS, covariates=AGES), SPEC) if one.group == "not stated"]
    assert len(rows) == len(METRICS)
    assert {(one.value, one.n, one.how) for one in rows} == {(None, 5, "not shown: only 5 patients (2 Basal/HER2)")}


def test_a_group_with_few_of_its_rarest_class_shows_no_score_either():
    rows = [{"sex": "Female" if label else ("Male" if row % 2 else "Female")} for row, label in enumerate(LABELS)]
    men = [one for one in subgroups(evidence_of(LABELS, covariates=rows), SPEC) if one.group == "Male"]
    assert all(one.value is None and one.how == "not shown: only 60 patients (0 Basal/HER2)" for one in men)
    assert all(one.n >= 20 and one.smallest < 5 for one in men)


def test_the_groups_of_a_way_hold_every_patient_once():
    rows = [one for one in subgroups(evidence_of(LABELS, repeats=2, covariates=AGES), SPEC) if one.metric == "auroc"]
    assert {one.by for one in rows} == {"site", "age"}
    for by in ("site", "age"):
        assert sum(one.n for one in rows if one.by == by) == len(LABELS)


def test_logistic_regression_on_genes_alone_is_told_too():
    whole = evidence_of(LABELS, models=("genes", "logistic"))
    one = tuple(replace(one, mode="genes") for one in whole.predictions)
    assert {row.model for row in subgroups(replace(whole, predictions=one), SPEC)} == {"genes", "logistic"}


def test_the_fused_model_is_told_in_every_mode():
    rows = subgroups(evidence_of(LABELS, models=("fused", "genes")), SPEC)
    assert {(one.model, one.mode) for one in rows} == {
        ("fused", "both"),
        ("fused", "image"),
        ("fused", "genes"),
        ("genes", "genes"),
    }


def test_the_groups_of_657_patients_take_seconds():
    rng = np.random.default_rng(0)
    labels = rng.permutation([0] * 490 + [1] * 167)
    rows = [{"stage": f"STAGE {one}", "er": "NP"[row % 2]} for row, one in enumerate(rng.choice(["I", "IIA"], 657))]
    evidence = evidence_of(labels, models=("fused", "image", "genes", "late"), covariates=rows)
    began = time.process_time()
    assert subgroups(evidence, EvaluationSpec())
    assert time.process_time() - began < 15
