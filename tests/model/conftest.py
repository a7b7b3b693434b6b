"""Small random patients and networks."""

from collections.abc import Callable

import pytest
import torch

from core.model import Batch, NetworkSpec, Shape

SHAPE = Shape(classes=3, genes=30, dim=12, sets=((0, 1, 2), (2, 3, 4, 5), tuple(range(6, 30))))
SPEC = NetworkSpec(width=16, heads=4)

MakeBatch = Callable[..., Batch]


@pytest.fixture
def shape() -> Shape:
    return SHAPE


@pytest.fixture
def spec() -> NetworkSpec:
    return SPEC


@pytest.fixture
def make_batch() -> MakeBatch:
    def make(*, patients: int = 4, tiles: int = 7, seed: int = 0) -> Batch:
        drawn = torch.Generator().manual_seed(seed)
        return Batch(
            tiles=torch.randn(patients, tiles, SHAPE.dim, generator=drawn),
            present=torch.ones(patients, tiles, dtype=torch.bool),
            genes=torch.randn(patients, SHAPE.genes, generator=drawn),
            has_image=torch.ones(patients, dtype=torch.bool),
            has_genes=torch.ones(patients, dtype=torch.bool),
            label=torch.zeros(patients, dtype=torch.int64),
        )

    return make
