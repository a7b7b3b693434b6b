"""From the predictions of a run to scores per fold and pooled over all folds."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.evaluation.intervals import RESAMPLES, score
from core.evaluation.values import Estimate, Scored
from core.types import Mode, Prediction, Score


def main_mode(model: str) -> Mode:
    """The mode in which a model is compared with others: unimodal baselines have one modality, all others both."""
    if model == "image":
        return "image"
    return "genes" if model == "genes" else "both"


def is_main(model: str, mode: Mode) -> bool:
    """Whether this is the answer a model is judged by: the fused model has several, every other one.

    Unlike `main_mode` it holds for logistic regression in a cohort of one modality too, which answers in that one.
    """
    return model != "fused" or mode == main_mode(model)


def pooled(predictions: Iterable[Prediction], *, classes: int) -> Scored:
    """All patients of these predictions, in the order of their ids; repeats of a patient are averaged.

    The predictions must be of one model in one mode, at most one for a patient and repeat.
    """
    rows: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        rows.setdefault(prediction.patient, []).append(prediction)
    patients = sorted(rows)
    probabilities = np.empty((len(patients), classes))
    labels = np.empty(len(patients), dtype=np.int64)
    for row, patient in enumerate(patients):
        mine = rows[patient]
        assert len({one.repeat for one in mine}) == len(mine), "a patient is tested once per repeat"
        assert len({one.label for one in mine}) == 1, "a patient has one label"
        probabilities[row] = np.mean([one.probabilities for one in mine], axis=0)
        labels[row] = mine[0].label
    return Scored(patients=tuple(patients), labels=labels, probabilities=probabilities)


def fold_scores(
    predictions: Sequence[Prediction], *, classes: int, seed: int, resamples: int = RESAMPLES
) -> tuple[Score, ...]:
    """Every metric of every model and mode: one per test fold, then one pooled over all test folds and repeats."""
    made: list[Score] = []
    for (model, mode), mine in _by_model(predictions).items():
        for place, some in (*_by_fold(mine).items(), ((None, None), mine)):
            found = score(pooled(some, classes=classes), resamples=resamples, seed=seed)
            made.extend(_scores(found, model=model, mode=mode, place=place))
    return tuple(made)


def _scores(
    found: Mapping[str, Estimate], *, model: str, mode: Mode, place: tuple[int | None, int | None]
) -> Iterable[Score]:
    repeat, fold = place
    for metric, one in found.items():
        yield Score(
            model=model,
            mode=mode,
            repeat=repeat,
            fold=fold,
            metric=metric,
            value=one.value,
            low=one.low,
            high=one.high,
            n=one.n,
            how=one.how,
        )


def _by_model(predictions: Sequence[Prediction]) -> dict[tuple[str, Mode], list[Prediction]]:
    groups: dict[tuple[str, Mode], list[Prediction]] = {}
    for prediction in predictions:
        groups.setdefault((prediction.model, prediction.mode), []).append(prediction)
    return groups


def _by_fold(predictions: Sequence[Prediction]) -> dict[tuple[int, int], list[Prediction]]:
    groups: dict[tuple[int, int], list[Prediction]] = {}
    for prediction in predictions:
        groups.setdefault((prediction.repeat, prediction.fold), []).append(prediction)
    return dict(sorted(groups.items()))
