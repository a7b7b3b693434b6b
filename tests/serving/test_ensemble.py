"""Serving gives what cross-validation gave, for the same weights and the same patient."""

import numpy as np
import pytest

from core.config import MODELS, FitSpec, FoldSpec, ModelName
from core.errors import InputError
from core.evaluation import main_mode
from core.results import RunFolder
from core.serving.alignment import missing_note, on_panel
from core.serving.ensemble import Ensemble
from core.training.batches import has_places, raw_inputs
from core.training.cross_validation import FitPlan
from core.training.folds import deal
from core.training.gene_tokens import gene_tokens
from core.training.pool import fits
from core.types import Dataset
from tests.stores import run_record
from tests.training.conftest import make


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return make(patients=60, sites=6)


@pytest.fixture(scope="module")
def run(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """All models on three folds, really trained, two epochs each."""
    folder = RunFolder.create(tmp_path_factory.mktemp("data"), run_record(dataset, name="small", models=MODELS))
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
    for result in fits(raw_inputs(dataset), plan, [(fold, model) for fold in folds for model in MODELS], workers=1):
        folder.write_fold(result)
    return folder


@pytest.mark.parametrize("model", MODELS)
def test_each_member_answers_its_own_test_patients_as_in_cross_validation(
    model: ModelName, run: RunFolder, dataset: Dataset
) -> None:
    ensemble = Ensemble.load(run, model, device="cpu")
    mode = main_mode(ensemble.model)
    raw = raw_inputs(dataset)
    shares = ensemble.shares(raw, mode=mode)
    place = {patient: row for row, patient in enumerate(raw.patients)}
    own = [one for one in run.predictions() if one.model == model and one.mode == mode]
    assert len(own) == 60
    for one in own:
        np.testing.assert_allclose(shares[one.fold, place[one.patient]], one.probabilities, atol=1e-6)


def test_a_patient_served_alone_is_answered_as_in_company(run: RunFolder, dataset: Dataset) -> None:
    ensemble, raw = Ensemble.load(run, "fused", device="cpu"), raw_inputs(dataset)
    together = ensemble.shares(raw, mode="both")
    alone = ensemble.shares(raw.take([7]), mode="both")
    np.testing.assert_allclose(alone[:, 0], together[:, 7], atol=1e-6)


def test_what_a_served_patient_looked_at_is_the_mean_of_the_members(run: RunFolder, dataset: Dataset) -> None:
    looked = Ensemble.load(run, "fused", device="cpu").explanation(
        raw_inputs(dataset).take([3]), mode="both", tiles_have_places=True
    )
    assert looked.tile_attention is not None
    assert looked.contributions is not None
    np.testing.assert_allclose(looked.tile_attention.sum(axis=1), 1, atol=1e-4)
    assert len(looked.contributions) == len(looked.sets)


def test_a_missing_gene_is_put_at_the_training_middle(run: RunFolder, dataset: Dataset) -> None:
    raw = raw_inputs(dataset).take([0])
    unknown = raw.with_genes(np.full_like(raw.genes, np.nan))
    scaled = Ensemble.load(run, "genes", device="cpu").members[0].scalers(unknown)
    assert (scaled.genes == 0).all()


def test_genes_are_put_in_the_panels_order_and_the_missing_are_counted() -> None:
    values = np.array([[1.0, 2.0, 3.0, 4.0]], np.float32)
    aligned = on_panel(values, ("D", "A", "B", "X"), ("A", "B", "C", "D"), what="it", least=0.7)
    np.testing.assert_array_equal(aligned, np.array([[2, 3, np.nan, 1]], np.float32))
    assert missing_note(aligned).startswith("1 of 4 genes")


def test_too_small_a_part_of_the_panel_is_refused_with_the_counts() -> None:
    with pytest.raises(InputError, match="1 of 4 genes"):
        on_panel(np.zeros((1, 1), np.float32), ("A",), ("A", "B", "C", "D"), what="the table")
