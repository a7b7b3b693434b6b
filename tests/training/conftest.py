"""A small cohort as arrays, with a signal of which each modality knows a part."""

from collections.abc import Callable

import numpy as np
import pytest

from core.types import Bag, Cohort, Dataset, Expression, GeneSets, Patient

MakeDataset = Callable[..., Dataset]


def make(
    *,
    patients: int = 90,
    tiles: int = 6,
    dim: int = 8,
    genes: int = 24,
    signal: float = 1.0,
    seed: int = 0,
    sites: int = 9,
) -> Dataset:
    """Label = sign of (what the genes know + what the tissue knows); with signal=0 neither knows anything."""
    draw = np.random.default_rng(seed)
    from_genes, from_tissue = draw.normal(size=(2, patients))
    labels = (from_genes + from_tissue > 0).astype(int)
    ids = tuple(f"P{index:03d}" for index in range(patients))
    values = draw.normal(size=(patients, genes)).astype(np.float32)
    values[:, :6] += (2 * signal * from_genes[:, None]).astype(np.float32)
    bags: dict[str, tuple[Bag, ...]] = {}
    for row, patient in enumerate(ids):
        count = tiles + row % 3
        features = draw.normal(size=(count, dim)).astype(np.float32)
        features[:, :3] += np.float32(2 * signal * from_tissue[row])
        origins = np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.int32) * 100
        bags[patient] = (Bag(slide=f"{patient}-A", features=features, origins=origins, side_px=100.0, encoder="test"),)
    names = tuple(f"G{index}" for index in range(genes))
    return Dataset(
        cohort=Cohort(
            name="arrays",
            outcome="class",
            classes=("no", "yes"),
            patients=tuple(
                Patient(id=patient, label=int(label), site=f"S{row % sites}", covariates={})
                for row, (patient, label) in enumerate(zip(ids, labels, strict=True))
            ),
            synthetic=True,
            fingerprint="0" * 64,
        ),
        expression=Expression(patients=ids, genes=names, values=values, unit="log2"),
        gene_sets=GeneSets(source="test", members={"first": names[:6], "second": names[6:12], "third": names[10:20]}),
        bags=bags,
    )


@pytest.fixture(scope="session")
def make_dataset() -> MakeDataset:
    return make
