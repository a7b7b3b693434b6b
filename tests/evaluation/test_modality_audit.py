"""Modalities that a model uses are told from those it does not."""

import numpy as np
import pytest

from core.config import EvaluationSpec
from core.evaluation.evidence import Evidence
from core.evaluation.modality_audit import modality_checks, modality_effects, silent
from core.types import Cohort, Patient, Prediction, Probe, Scrutiny

PATIENTS = 80
SPEC = EvaluationSpec(resamples=300)
IDS = tuple(f"P{row:02d}" for row in range(PATIENTS))
LABELS = np.arange(PATIENTS) % 2


def shares(logits):
    """Probabilities of both classes."""
    second = 1 / (1 + np.exp(-np.asarray(logits, dtype=np.float64)))
    return [(1 - one, one) for one in second.tolist()]


def cohort():
    """Two classes, one site."""
    people = zip(IDS, LABELS.tolist(), strict=True)
    return Cohort(
        name="c",
        outcome="o",
        classes=("no", "yes"),
        patients=tuple(Patient(id=name, label=label, site="S", covariates={}) for name, label in people),
        fingerprint="",
    )


def predictions(model, logits, repeat=0):
    """Out of fold, two folds."""
    return tuple(
        Prediction(
            model=model, repeat=repeat, fold=row % 2, patient=IDS[row], label=int(LABELS[row]), mode="both",
            probabilities=one,
        )
        for row, one in enumerate(shares(logits))
    )  # fmt: skip


def probes(model, logits, *, removed, by="permuted", draw=0, repeat=0):
    """The same without a modality."""
    return tuple(
        Probe(
            model=model, repeat=repeat, fold=row % 2, patient=IDS[row], label=int(LABELS[row]), removed=removed, by=by,
            draw=draw, probabilities=one,
        )
        for row, one in enumerate(shares(logits))
    )  # fmt: skip


def scrutiny(model, *, image=1.0, genes=1.0, entropy=0.5):
    """The same look at every patient."""
    return tuple(
        Scrutiny(
            model=model, repeat=0, fold=row % 2, patient=name, image_gradient=image, genes_gradient=genes,
            tile_entropy=entropy, agreement=None, deletion=None, insertion=None, completeness=None,
        )
        for row, name in enumerate(IDS)
    )  # fmt: skip


def evidence(**parts):
    """Of models a and b."""
    return Evidence(**{"cohort": cohort(), "folds": (), "models": ("a", "b"), "predictions": ()} | parts)


def noise(seed):
    """One standard normal a patient."""
    return np.random.default_rng(seed).normal(size=PATIENTS)


KNOWS = 2.0 * (LABELS - 0.5) + noise(0)


def test_a_modality_that_the_answer_ignores_contributes_exactly_nothing():
    given = evidence(
        predictions=predictions("a", KNOWS),
        probes=tuple(one for draw in range(5) for one in probes("a", KNOWS, removed="image", draw=draw)),
        scrutiny=scrutiny("a", image=0.0),
    )
    (effect,) = modality_effects(given, SPEC)
    assert (effect.value, effect.low, effect.high) == (0.0, 0.0, 0.0)
    assert effect.whole == effect.without
    assert not effect.contributes
    assert "image contributes 0.000" in effect.sentence
    checks = modality_checks(given, SPEC)
    image, genes = (one for one in checks if one.check == "gradient share")
    assert (image.value, image.passed) == (0.0, False)
    assert (genes.value, genes.passed) == (1.0, True)
    (banner,) = silent((effect,), checks)
    assert banner.startswith("a: image contributes 0.000")
    assert "cannot depend on the image" in banner


def test_a_modality_that_the_answer_needs_is_cleared_and_its_fall_is_that_of_the_auroc():
    gone = [noise(seed) for seed in (1, 2, 3)]
    given = evidence(
        predictions=predictions("a", KNOWS),
        probes=tuple(
            one for draw, logits in enumerate(gone) for one in probes("a", logits, removed="genes", draw=draw)
        ),
    )
    (effect,) = modality_effects(given, SPEC)
    assert effect.contributes
    assert silent((effect,), ()) == ()
    level = [auroc(logits) for logits in (KNOWS, *gone)]
    assert effect.whole == pytest.approx(level[0])
    assert effect.without == pytest.approx(np.mean(level[1:]))
    assert effect.low < effect.value < effect.high


def auroc(logits):
    """By counting pairs."""
    positive, negative = logits[LABELS == 1], logits[LABELS == 0]
    return float((positive[:, None] > negative).mean())


def test_a_modality_is_silent_only_when_neither_way_of_taking_it_shows_a_loss():
    given = evidence(
        predictions=predictions("a", KNOWS) + predictions("b", KNOWS),
        probes=(
            *probes("a", noise(1), removed="image"),
            *probes("a", KNOWS, removed="image", by="mean"),
            *probes("b", KNOWS, removed="image"),
            *probes("b", KNOWS + 0.1 * noise(4), removed="image", by="mean"),
        ),
    )
    effects = modality_effects(given, SPEC)
    assert [(one.model, one.by, one.contributes) for one in effects] == [
        ("a", "permuted", True),
        ("a", "mean", False),
        ("b", "permuted", False),
        ("b", "mean", False),
    ]
    assert [banner[0] for banner in silent(effects, ())] == ["b"]


def test_repeats_of_a_patient_are_averaged_on_both_sides():
    given = evidence(
        predictions=predictions("a", KNOWS) + predictions("a", KNOWS + 0.5 * noise(5), repeat=1),
        probes=probes("a", KNOWS, removed="image") + probes("a", KNOWS + 0.5 * noise(5), removed="image", repeat=1),
    )
    (effect,) = modality_effects(given, SPEC)
    assert (effect.value, effect.n) == (0.0, PATIENTS)


def test_repeats_are_judged_one_by_one_since_each_exchanges_other_patients():
    """Answers averaged over two exchanges hold less noise than either, and would make the modality look idle."""
    answers = [KNOWS + 0.5 * noise(5), KNOWS - 0.5 * noise(5)]
    exchanged = [KNOWS + 9 * noise(6), KNOWS - 9 * noise(6)]
    given = evidence(
        predictions=tuple(one for repeat in (0, 1) for one in predictions("a", answers[repeat], repeat=repeat)),
        probes=tuple(
            one for repeat in (0, 1) for one in probes("a", exchanged[repeat], removed="image", repeat=repeat)
        ),
    )
    (effect,) = modality_effects(given, SPEC)
    assert effect.whole == pytest.approx(np.mean([auroc(one) for one in answers]))
    assert effect.without == pytest.approx(np.mean([auroc(one) for one in exchanged]))
    assert "mean over 2 repeats" in effect.how


def test_patients_that_could_not_be_probed_are_left_out_of_both_sides():
    given = evidence(predictions=predictions("a", KNOWS), probes=probes("a", KNOWS, removed="image")[: PATIENTS // 2])
    (effect,) = modality_effects(given, SPEC)
    assert (effect.value, effect.n) == (0.0, PATIENTS // 2)


def test_an_effect_without_both_classes_is_missing_with_its_reason():
    given = evidence(predictions=predictions("a", KNOWS), probes=probes("a", KNOWS, removed="image")[::2])
    (effect,) = modality_effects(given, SPEC)
    assert (effect.value, effect.whole, effect.without, effect.contributes) == (None, None, None, False)
    assert "1 of 2 classes" in effect.how
    assert silent((effect,), ()) == (effect.sentence,)


@pytest.mark.parametrize(("entropy", "passed"), [(1.0, False), (0.0, False), (0.5, True), (0.999, True)])
def test_attention_that_is_exactly_even_or_on_one_tile_does_not_pass(entropy, passed):
    checks = modality_checks(evidence(scrutiny=scrutiny("b", entropy=entropy)), SPEC)
    (attention,) = (one for one in checks if one.check == "attention entropy")
    assert (attention.passed, attention.value) == (passed, pytest.approx(entropy))


def test_models_of_one_modality_and_without_maps_have_nothing_to_check():
    assert modality_checks(evidence(scrutiny=scrutiny("a", genes=None, entropy=None)), SPEC) == ()


def test_a_model_whose_answer_hangs_on_nothing_passes_by_neither_modality():
    checks = modality_checks(evidence(scrutiny=scrutiny("a", image=0.0, genes=0.0, entropy=None)), SPEC)
    assert [(one.value, one.passed) for one in checks] == [(0.0, False), (0.0, False)]
