"""Which maps and attributions can be believed, by rules that are stated."""

import numpy as np
import pytest

from core.config import EvaluationSpec
from core.evaluation.evidence import Evidence
from core.evaluation.trust import low_trust, trust
from core.types import Cohort, Patient, Scrutiny

SPEC = EvaluationSpec(resamples=300)


def look(row=0, *, repeat=0, **measures):
    """One patient, looked at well unless stated otherwise."""
    whole = {
        "image_gradient": 1.0,
        "genes_gradient": 1.0,
        "tile_entropy": 0.5,
        "agreement": 0.8,
        "deletion": 0.1,
        "insertion": 0.1,
        "completeness": 0.001,
    }
    return Scrutiny(model="fused", repeat=repeat, fold=0, patient=f"P{row:02d}", **{**whole, **measures})


def scores(*scrutiny):
    """By measure."""
    people = tuple(Patient(id=f"C{row}", label=row, site="S", covariates={}) for row in (0, 1))
    cohort = Cohort(name="c", outcome="o", classes=("no", "yes"), patients=people, fingerprint="")
    given = Evidence(cohort=cohort, folds=(), models=("fused",), predictions=(), scrutiny=scrutiny)
    return {one.metric: one for one in trust(given, SPEC)}


def around(middle, *, spread, patients=40):
    """Values of patients, as floats."""
    return (middle + spread * np.random.default_rng(0).normal(size=patients)).tolist()


@pytest.mark.parametrize(
    ("measure", "middle", "spread", "trusted"),
    [
        ("agreement", 0.6, 0.2, True),
        ("agreement", 0.31, 0.4, False),
        ("agreement", 0.1, 0.1, False),
        ("deletion", 0.1, 0.1, True),
        ("deletion", 0.01, 0.2, False),
        ("insertion", 0.1, 0.1, True),
        ("insertion", -0.1, 0.1, False),
        ("completeness", 0.01, 0.002, True),
        ("completeness", 0.2, 0.05, False),
    ],
)
def test_a_measure_is_trusted_when_its_whole_interval_keeps_the_rule(measure, middle, spread, trusted):
    found = scores(*(look(row, **{measure: value}) for row, value in enumerate(around(middle, spread=spread))))
    one = found[measure]
    assert one.low < one.value < one.high
    assert (one.n, one.trusted) == (40, trusted)
    assert "trusted when the interval lies" in one.how


def test_means_are_over_patients_with_repeats_averaged_first():
    found = scores(look(0, agreement=1.0), look(0, repeat=1, agreement=0.0), look(1, agreement=0.2))
    assert found["agreement"].value == pytest.approx(0.35)
    assert found["agreement"].n == 2


def test_a_few_patients_near_even_odds_do_not_carry_completeness_away():
    found = scores(*(look(row, completeness=1e6 if row < 3 else 0.001) for row in range(40)))
    assert found["completeness"].value == pytest.approx(0.001)
    assert found["completeness"].trusted


def test_what_a_model_does_not_have_is_missing_with_its_reason_and_what_it_does_not_take_is_not_asked():
    found = scores(look(agreement=None, deletion=None, insertion=None, genes_gradient=None, completeness=None))
    assert set(found) == {"agreement", "deletion", "insertion"}
    assert all((one.value, one.n, one.trusted) == (None, 0, False) for one in found.values())
    assert "at least 8 tiles" in found["deletion"].how


def test_a_patients_map_is_greyed_with_the_reason():
    assert low_trust(look()) is None
    assert low_trust(look(agreement=None, deletion=None)) is None
    assert "0.12" in str(low_trust(look(agreement=0.12)))
    assert "falls no more" in str(low_trust(look(deletion=0.0)))
    assert str(low_trust(look(agreement=0.1, deletion=-0.2))).count(";") == 1
