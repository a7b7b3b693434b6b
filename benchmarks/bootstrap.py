"""How long bootstrap resamples take, against drawing patients in a loop and asking scikit-learn for the AUROC.

    OMP_NUM_THREADS=1 python benchmarks/bootstrap.py

Both score the same 1,000 resamples of 657 patients, drawn class by class, and must agree on the values they find. Ours
counts the drawing, the loop does not. A run's evaluation draws 2,000 and makes BCa intervals of them.
"""

import time
from collections.abc import Callable

import numpy as np
from sklearn.metrics import roc_auc_score

from core.evaluation import METRICS, Scored, score
from core.evaluation.intervals import resample_weights
from core.evaluation.metrics import evaluate

PATIENTS, POSITIVE, RESAMPLES, ROUNDS = 657, 207, 1000, 15


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


def ours(scored: Scored, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Metrics of every resample, drawing them included."""
    return evaluate(scored, weights=resample_weights(scored.labels, resamples=RESAMPLES, seed=0), names=names)


def taken(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of process time, by turns; the first turn warms up."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS + 1):
        for name, work in works.items():
            began = time.process_time()
            work()
            spent[name].append(time.process_time() - began)
    return {name: float(np.median(every[1:])) for name, every in spent.items()}


def main() -> None:
    """Compare, and print."""
    scored = cohort()
    weights = resample_weights(scored.labels, resamples=RESAMPLES, seed=0)
    assert np.allclose(looped(scored, weights), ours(scored, ("auroc",))["auroc"])
    every = f"all {len(METRICS)} metrics"
    seconds = taken(
        {
            "loop over sklearn.roc_auc_score, AUROC alone": lambda: looped(scored, weights),
            "core.evaluation, AUROC alone": lambda: ours(scored, ("auroc",)),
            f"core.evaluation, {every}": lambda: ours(scored, tuple(METRICS)),
            f"core.evaluation.score, {every} with BCa intervals": lambda: score(scored, resamples=RESAMPLES),
        }
    )
    loop = next(iter(seconds.values()))
    print(f"{RESAMPLES} resamples of {PATIENTS} patients, seconds of one core, median of {ROUNDS}, and times as fast")
    for name, spent in seconds.items():
        print(f"  {name:<62} {spent:.4f} {loop / spent:6.1f} x")


if __name__ == "__main__":
    main()
