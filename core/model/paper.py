"""The published single-key cross-attention (arXiv 2503.02849), kept as a warning example.

The image is the query and ONE gene embedding is the only key and value. A softmax over one key is 1 whatever the
query, and there is no residual: the output is a function of the genes alone. `tests/model/test_paper.py` shows it.
"""

from torch import nn

from core.model.batch import Batch, Output, masked_softmax
from core.model.predictors import head
from core.model.settings import NetworkSpec, Shape


class Paper(nn.Module):
    """Cross-attention whose output cannot depend on the image."""

    def __init__(self, shape: Shape, spec: NetworkSpec) -> None:
        super().__init__()
        width = 4 * spec.width
        self.image = nn.Linear(shape.dim, width)
        self.genes = nn.Sequential(
            nn.Dropout(spec.input_dropout), nn.Linear(shape.genes, width), nn.GELU(), nn.Dropout(spec.dropout)
        )
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.deep = head(width, shape, spec)

    def forward(self, batch: Batch) -> Output:
        count = batch.present.sum(dim=1, keepdim=True).clamp_min(1)
        image = self.image((batch.tiles * batch.present[..., None]).sum(dim=1) / count)
        genes = self.genes(batch.genes)[:, None]
        scores = (self.query(image)[:, None] * self.key(genes)).sum(dim=2) / image.shape[1] ** 0.5
        weights = masked_softmax(scores, batch.has_genes[:, None])
        return Output(logits=self.deep((weights[..., None] * self.value(genes)).sum(dim=1)))
