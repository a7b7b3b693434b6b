"""A small run of all models that is really trained."""

from dataclasses import replace

import pytest

from core.config import MODELS, EvaluationSpec, FitSpec, FoldSpec
from core.evaluation.certificate import certificate
from core.results import RunFolder
from core.results.judging import judge
from core.training.batches import has_places, raw_inputs
from core.training.cross_validation import FitPlan
from core.training.folds import deal
from core.training.gene_tokens import gene_tokens
from core.training.pool import fits
from core.types import Dataset
from tests.stores import run_record
from tests.training.conftest import make


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return make(patients=60, sites=6)


@pytest.fixture(scope="session")
def run(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """All models on three folds, really trained, two epochs each, and evaluated."""
    record = run_record(dataset, name="small", models=MODELS)
    images = {
        "images": "features",
        "encoder_weights": "/home/somebody/weights.pth",
        "trunk": "resnet50",
        "stain": "none",
    }
    record = replace(record, config={**record.config, **images})
    folder = RunFolder.create(tmp_path_factory.mktemp("data"), record)
    assert dataset.expression is not None
    assert dataset.gene_sets is not None
    folds = deal(dataset.cohort, FoldSpec(count=3), seed=0)
    plan = FitPlan(
        classes=2,
        tokens=gene_tokens(dataset.expression.genes, dataset.gene_sets.members),
        spec=FitSpec(width=16, epochs=2),
        seed=0,
        device="cpu",
        tiles_have_places=has_places(dataset),
    )
    folder.write_dataset(dataset, folds)
    stated = certificate(dataset.cohort, folds, split="site", content={}, derived="", how="drawn at random")
    folder.certificate.write({name: getattr(stated, name) for name in folder.certificate.kinds})
    for result in fits(raw_inputs(dataset), plan, [(fold, model) for fold in folds for model in MODELS], workers=1):
        folder.write_fold(result)
    folder.controls.write({"control_predictions": ()})
    judge(folder, EvaluationSpec(resamples=100))
    return folder
