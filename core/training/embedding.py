"""Where patients lie in what a trained model makes of both modalities, and who of the training patients is near."""

import numpy as np
from jaxtyping import Float32

from core.explain import nearest, similarity
from core.training.batches import Inputs
from core.training.trained import Trained, answered
from core.types import Fold, Neighbour

NEIGHBOURS = 10
"""Training patients kept for each tested one."""


def embedded(trained: Trained, scaled: Inputs) -> Float32[np.ndarray, "patients members width"] | None:
    """Each patient by each member, with both modalities; None where the model has no embedding of both."""
    batches: list[np.ndarray] = []
    for _, outputs in answered(trained.members, scaled, mode="both", device=trained.device):
        found = [output.embedding for output in outputs if output.embedding is not None]
        if not found:
            return None
        batches.append(np.stack([one.float().cpu().numpy() for one in found], axis=1))
    return np.concatenate(batches)


def neighbours(
    trained: Trained, test: Inputs, fold: Fold, *, known: Float32[np.ndarray, "train members width"]
) -> tuple[Neighbour, ...]:
    """The nearest training patients of every tested one.

    Args:
        known: embeddings of the fold's training patients, in its order.
    """
    asked = embedded(trained, test)
    assert asked is not None, "training patients were embedded by the same model"
    similar = similarity(asked, known)
    return tuple(
        Neighbour(
            model=trained.model,
            repeat=fold.repeat,
            fold=fold.index,
            patient=patient,
            neighbour=fold.train[place],
            rank=rank,
            similarity=float(similar[row, place]),
        )
        for row, (patient, places) in enumerate(zip(test.patients, nearest(similar, count=NEIGHBOURS), strict=True))
        for rank, place in enumerate(places.tolist(), start=1)
    )
