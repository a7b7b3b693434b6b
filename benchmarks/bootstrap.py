"""How long a bootstrap interval of the AUROC takes, against drawing patients in a loop and asking scikit-learn.

    python benchmarks/bootstrap.py

Both draw 1,000 resamples of 657 patients, class by class, and must agree on the values they find.
"""

import time
from collections.abc import Callable

import numpy as np
from sklearn.metrics import roc_auc_score

from core.evaluation import METRICS, Scored, score
from core.evaluation.intervals import resample_weights
from core.evaluation.metrics import evaluate

PATIENTS, POSITIVE, RESAMPLES, ROUNDS = 657, 207, 1000, 5


def cohort(seed: int = 0) -> Scored:
    """Predictions with an AUROC of about 0.84."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation((np.arange(PATIENTS) < POSITIVE).astype(np.int64))
    positive = 1 / (1 + np.exp(-1.4 * (labels - 0.5) - generator.normal(size=PATIENTS)))
    return Scored(
        patients=tuple(map(str, range(PATIENTS))),
        labels=labels,
        probabilities=np.stack([1 - positive, positive], axis=1),
    )


def looped(scored: Scored, weights: np.ndarray) -> np.ndarray:
    """The AUROC of every resample, one scikit-learn call each."""
    rows = np.arange(len(scored.labels))
    drawn = [np.repeat(rows, counts) for counts in weights.astype(np.int64)]
    return np.array([roc_auc_score(scored.labels[one], scored.probabilities[one, 1]) for one in drawn])


def fastest(work: Callable[[], object]) -> float:
    """Least seconds of process time over some rounds."""
    spent: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def main() -> None:
    """Compare, and print."""
    scored = cohort()
    weights = resample_weights(scored.labels, resamples=RESAMPLES, seed=0)
    assert np.allclose(looped(scored, weights), evaluate(scored, weights=weights)["auroc"])
    loop = fastest(lambda: looped(scored, weights))
    every = fastest(lambda: score(scored, resamples=RESAMPLES))
    print(f"{RESAMPLES} resamples of {PATIENTS} patients, seconds of one core, best of {ROUNDS}")
    print(f"  loop over sklearn.roc_auc_score, AUROC alone   {loop:.3f}")
    print(f"  core.evaluation.score, all {len(METRICS)} metrics           {every:.3f}")
    print(f"  ratio                                          {loop / every:.0f} x")


if __name__ == "__main__":
    main()
