"""A fold dealt by hand and trained quickly."""

from core.config import FitSpec, ModelName
from core.training.batches import has_places, raw_inputs
from core.training.cross_validation import FitPlan, FoldInputs, prepare, train_fold
from core.training.gene_tokens import gene_tokens
from core.types import Dataset, Fold, FoldResult

QUICK = FitSpec(width=16, epochs=3, patience=3, tiles=16)


def plan_of(dataset: Dataset, spec: FitSpec = QUICK) -> FitPlan:
    assert dataset.expression is not None
    assert dataset.gene_sets is not None
    return FitPlan(
        classes=2,
        tokens=gene_tokens(dataset.expression.genes, dataset.gene_sets.members),
        spec=spec,
        seed=0,
        device="cpu",
        tiles_have_places=has_places(dataset),
    )


def fold_of(dataset: Dataset, *, parts: int = 3) -> Fold:
    """Every third patient is tested, the others are dealt in turn."""
    ids = [patient.id for patient in dataset.cohort.patients]
    train = tuple(one for row, one in enumerate(ids) if row % 3)
    inner = tuple(train[part::parts] for part in range(parts))
    return Fold(repeat=0, index=1, train=train, inner=inner, test=tuple(ids[::3]))


def prepared(dataset: Dataset) -> FoldInputs:
    return prepare(raw_inputs(dataset), fold_of(dataset))


def trained(dataset: Dataset, model: ModelName) -> FoldResult:
    return train_fold(prepared(dataset), model, plan_of(dataset))
