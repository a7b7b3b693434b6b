"""Studies in which the truth is known."""

import numpy as np
from scipy.special import ndtr, ndtri

from tests.evaluation.drawn import scored_of


def studies(count, *, labels, aurocs, correlation=0.5, seed):
    """Logits of two models, "studies models patients": two normal distributions a class, whose AUROC is known."""
    generator = np.random.default_rng(seed)
    common, own = generator.normal(size=(count, 1, len(labels))), generator.normal(size=(count, 2, len(labels)))
    # AUROC of two normal distributions d standard deviations apart: Phi(d / sqrt(2))
    apart = np.sqrt(2) * ndtri(np.array(aurocs))[:, None]
    return apart * (np.asarray(labels) - 0.5) + np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own


def scored_logits(labels, logits):
    """Scored from the logits of the second class."""
    return scored_of(labels, ndtr(logits))


def refitted(count, *, patients, effect, repeats, folds, seed):
    """Difference in accuracy by study and fold between two models that are equally good, each fitted anew on each fold.

    Each knows two features of its own, as telling as the other's, and decides for the nearer class mean.
    """
    generator = np.random.default_rng(seed)
    positive = np.arange(patients) % 2 == 1
    features = generator.normal(size=(2, count, patients, 2)) + effect * (positive[:, None] - 0.5)
    found = []
    for _ in range(repeats):
        fold = np.empty(patients, dtype=int)
        for side in (positive, ~positive):
            fold[side] = generator.permutation(np.arange(side.sum()) % folds)
        for test in (fold == number for number in range(folds)):
            one, other = (features[:, :, side & ~test].mean(axis=2) for side in (positive, ~positive))
            middle = ((one + other) / 2)[:, :, None]
            decided = np.einsum("mspf,msf->msp", features[:, :, test] - middle, one - other) > 0
            accuracy = (decided == positive[test]).mean(axis=2)
            found.append(accuracy[0] - accuracy[1])
    return np.stack(found, axis=1)
