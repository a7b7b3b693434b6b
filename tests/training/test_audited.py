"""The audit on trained models: half of the signal planted in the tissue, half in the genes."""

from collections.abc import Callable

import pytest

from core.config import EvaluationSpec, FitSpec, ModelName
from core.evaluation.evidence import Evidence
from core.evaluation.modality_audit import modality_checks, modality_effects, silent
from core.training.batches import raw_inputs
from core.training.cross_validation import prepare, train_fold
from core.types import Dataset, Fold
from tests.training.prepared import plan_of

MakeDataset = Callable[..., Dataset]
SPEC = EvaluationSpec(resamples=300)
FIT = FitSpec(width=16, epochs=30, patience=6, rate=2e-3, genes_wide_rate=3e-3)


def halves(dataset: Dataset) -> tuple[Fold, ...]:
    """Each half is tested once."""
    ids = [patient.id for patient in dataset.cohort.patients]
    parts = (tuple(ids[::2]), tuple(ids[1::2]))
    return tuple(
        Fold(repeat=0, index=index, train=train, inner=(train[::2], train[1::2]), test=test)
        for index, (train, test) in enumerate((parts, parts[::-1]))
    )


def evidence(dataset: Dataset, *models: ModelName) -> Evidence:
    folds, raw = halves(dataset), raw_inputs(dataset)
    results = [train_fold(prepare(raw, fold), model, plan_of(dataset, FIT)) for fold in folds for model in models]
    return Evidence(
        cohort=dataset.cohort,
        folds=folds,
        models=models,
        predictions=tuple(one for result in results for one in result.predictions),
        probes=tuple(one for result in results for one in result.probes),
        scrutiny=tuple(one for result in results for one in result.scrutiny),
    )


@pytest.mark.slow
def test_the_published_attention_is_found_to_ignore_the_image_and_the_fusion_to_use_both(
    make_dataset: MakeDataset,
) -> None:
    found = evidence(make_dataset(patients=160), "fused", "paper")
    effects, checks = modality_effects(found, SPEC), modality_checks(found, SPEC)
    contributes = {(one.model, one.removed, one.by): one.contributes for one in effects}
    for by in ("permuted", "mean"):
        assert contributes["fused", "image", by]
        assert contributes["fused", "genes", by]
        assert contributes["paper", "genes", by]
    dead = [one for one in effects if (one.model, one.removed) == ("paper", "image")]
    assert [(one.value, one.low, one.high) for one in dead] == [(0.0, 0.0, 0.0)] * 2
    assert [(one.model, one.modality) for one in checks if one.check == "gradient share" and not one.passed] == [
        ("paper", "image")
    ]
    (banner,) = silent(effects, checks)
    assert banner.startswith("paper: image contributes 0.000")


@pytest.mark.slow
def test_where_nothing_is_planted_no_modality_is_found_to_contribute(make_dataset: MakeDataset) -> None:
    found = evidence(make_dataset(patients=160, signal=0.0), "fused")
    effects = modality_effects(found, SPEC)
    assert not any(one.contributes for one in effects if one.by == "permuted")
    assert len(silent(effects, ())) == 2
