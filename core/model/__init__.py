"""Networks. torch only: this room knows no file, table or database."""

from collections.abc import Mapping

from torch import nn

from core.model.batch import Batch, Output
from core.model.paper import Paper
from core.model.predictors import Concat, Fused, GenesOnly, ImageOnly, Late, Logistic, flat
from core.model.settings import NetworkSpec, Shape

NETWORKS: Mapping[str, type[nn.Module]] = {
    "fused": Fused,
    "image": ImageOnly,
    "genes": GenesOnly,
    "concat": Concat,
    "late": Late,
    "logistic": Logistic,
    "paper": Paper,
}

__all__ = ["NETWORKS", "Batch", "NetworkSpec", "Output", "Shape", "build", "flat"]


def build(model: str, shape: Shape, spec: NetworkSpec) -> nn.Module:
    """A network with fresh weights, drawn from torch's current random state."""
    return NETWORKS[model](shape, spec)
