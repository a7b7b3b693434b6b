"""How controls score."""

import numpy as np
import pytest

from core.config import EvaluationSpec
from core.evaluation.controls import REPORTED, control_scores, named
from core.evaluation.evidence import Evidence
from core.types import Cohort, ControlPrediction, Patient

SPEC = EvaluationSpec(resamples=200)
PEOPLE = 80
COHORT = {"name": "drawn", "outcome": "pam50", "classes": ("no", "yes"), "fingerprint": "0" * 64}


def evidence_of(*controls) -> Evidence:
    people = tuple(Patient(id=f"p{row:03d}", label=row % 2, site="S", covariates={}) for row in range(PEOPLE))
    return Evidence(
        cohort=Cohort(patients=people, **COHORT),
        folds=(),
        models=(),
        predictions=(),
        controls=tuple(one for rows in controls for one in rows),
    )


def rows_of(name, *, family="ladder", skill=2.0, patients=range(PEOPLE), draw=0, target="pam50", inputs=5):
    shift = np.random.default_rng((draw, len(name))).normal(size=PEOPLE)
    return [
        ControlPrediction(
            family=family,
            target=target,
            name=name,
            inputs=inputs,
            draw=draw,
            patient=f"p{row:03d}",
            label=row % 2,
            probabilities=(1 - share, share),
        )
        for row in patients
        for share in [float(1 / (1 + np.exp(-(skill * (row % 2 - 0.5) + shift[row]))))]
    ]


def found(evidence, name, metric="auroc"):
    (one,) = [row for row in control_scores(evidence, SPEC) if (row.name, row.metric) == (name, metric)]
    return one


def test_each_control_has_every_metric_once_with_an_interval_around_it():
    scores = control_scores(evidence_of(rows_of("all genes"), rows_of("stain", family="confounder")), SPEC)
    assert sorted((one.name, one.metric) for one in scores) == sorted(
        (name, metric) for name in ("all genes", "stain") for metric in REPORTED
    )
    assert all(one.low <= one.value <= one.high and (one.n, one.draws) == (PEOPLE, 1) for one in scores)


def test_the_same_inputs_are_scored_apart_for_each_outcome():
    scores = control_scores(evidence_of(rows_of("all genes"), rows_of("all genes", target="er")), SPEC)
    assert sorted({(one.target, one.name) for one in scores}) == [("er", "all genes"), ("pam50", "all genes")]


def test_random_sets_have_the_mean_and_the_spread_over_the_sets():
    draws = [rows_of("random 3", draw=draw, skill=float(draw % 5)) for draw in range(1, 11)]
    one = found(evidence_of(*draws), "random 3")
    each = [found(evidence_of(rows), "random 3").value for rows in draws]
    assert one.draws == 10 and "random gene sets" in one.how
    assert one.value == pytest.approx(np.mean(each))
    assert (one.low, one.high) == pytest.approx(tuple(np.percentile(each, (2.5, 97.5))))


def test_a_small_site_shows_no_score_but_counts_among_the_small_ones():
    large = rows_of(named("genes", "A"), family="left-out site", patients=range(30))
    small = [
        rows_of(named("genes", site), family="left-out site", patients=range(start, start + 15))
        for site, start in (("B", 30), ("C", 45))
    ]
    evidence = evidence_of(large, *small)
    assert found(evidence, "genes · A").value is not None
    for site in "BC":
        one = found(evidence, f"genes · {site}")
        assert (one.value, one.low, one.high, one.n) == (None, None, None, 15)
        assert "too few patients: 15" in one.how
    assert found(evidence, "genes · small sites").n == 30
    assert found(evidence, "genes · all sites").n == 60


def test_a_site_with_hardly_a_patient_of_one_class_shows_no_score():
    mostly = [*range(0, 60, 2), 1, 3]
    one = found(evidence_of(rows_of("genes · A", family="left-out site", patients=mostly)), "genes · A")
    assert one.value is None and "2 of the rarest class" in one.how


def test_modalities_are_pooled_apart():
    evidence = evidence_of(
        rows_of("genes · A", family="left-out site"), rows_of("image · A", family="left-out site", skill=0.0)
    )
    assert found(evidence, "genes · all sites").value > 0.8 > found(evidence, "image · all sites").value


def test_patients_without_prediction_and_inputs_that_vary_are_said():
    rows = [*rows_of("far", patients=range(30), inputs=7), *rows_of("far", patients=range(30, 60), inputs=9)]
    one = found(evidence_of(rows), "far")
    assert "7 to 9 inputs" in one.how and "20 patients without prediction" in one.how


def test_a_rung_says_how_many_genes_were_taken_away():
    evidence = evidence_of(rows_of("all genes", inputs=100), rows_of("without PAM50", inputs=93))
    assert "7 genes taken away" in found(evidence, "without PAM50").how
    assert "taken away" not in found(evidence, "all genes").how


def test_one_class_only_gives_no_value_and_the_reason():
    one = found(evidence_of(rows_of("all genes", patients=range(0, 60, 2))), "all genes")
    assert one.value is None and "classes" in one.how


def test_without_controls_there_are_no_rows():
    assert control_scores(evidence_of(), SPEC) == ()
