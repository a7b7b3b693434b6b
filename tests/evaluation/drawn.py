"""Predictions of all kinds: any number of classes, ties, constant answers."""

import numpy as np
from hypothesis import strategies as st

from core.evaluation import Scored
from core.types import Prediction


def scored_of(labels, probabilities) -> Scored:
    """Scored from plain lists; a flat list holds the probabilities of the second of two classes."""
    rows = np.array(probabilities, dtype=np.float64)
    return Scored(
        patients=tuple(f"p{row:03d}" for row in range(len(labels))),
        labels=np.array(labels, dtype=np.int64),
        probabilities=np.stack([1 - rows, rows], axis=1) if rows.ndim == 1 else rows,
    )


def predictions_of(scored, *, model="fused", mode="both", folds=2, repeat=0):
    """The same as predictions of a run, dealt to folds in turn."""
    return [
        Prediction(
            model=model,
            repeat=repeat,
            fold=row % folds,
            patient=patient,
            label=int(scored.labels[row]),
            mode=mode,
            probabilities=tuple(scored.probabilities[row].tolist()),
        )
        for row, patient in enumerate(scored.patients)
    ]


def noisy(labels, *, skill, seed) -> Scored:
    """Two classes whose logits lie `skill` standard deviations apart."""
    logits = skill * (np.asarray(labels) - 0.5) + np.random.default_rng(seed).normal(size=len(labels))
    return scored_of(labels, 1 / (1 + np.exp(-logits)))


@st.composite
def drawn(draw, classes=(2, 4)):
    """What scored_of takes: at least two patients of every class; probabilities that tie often, or are all the same.

    Scored is made in the test, since beartype's use of `random` is not allowed in here.
    """
    count = draw(st.integers(*classes))
    labels = list(range(count)) * 2 + draw(st.lists(st.integers(0, count - 1), max_size=25))
    levels = draw(st.sampled_from([0, 1, 2, 5, 1000]))
    row = st.lists(st.integers(0, levels), min_size=count, max_size=count)
    raw = np.array(draw(st.lists(row, min_size=len(labels), max_size=len(labels)))) + 0.5
    return labels, raw / raw.sum(axis=1, keepdims=True)
