"""Out-of-fold predictions of a run, one row a patient, model and mode: what two pages start from."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from core.config import MODELS
from core.evaluation import Scored, is_main
from core.types import Mode

MODES = ("both", "image", "genes")
COLUMNS = ["model", "mode", "patient", "label", "probabilities", "predicted", "confidence", "folds"]


def pooled(predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean probabilities over repeats, with what follows from them.

    Args:
        predictions: rows of the store for one run.

    Returns:
        One row for each model, mode and patient, models in their usual order: model, mode, patient, label,
        probabilities (array), predicted (index of the most probable class), confidence (its probability), and `folds`,
        the (repeat, fold) pairs that tested the patient.
    """
    if predictions.empty:
        return pd.DataFrame(columns=COLUMNS)
    groups = predictions.groupby(["model", "mode", "patient"], sort=False, observed=True).ngroup().to_numpy()
    first = np.unique(groups, return_index=True)[1]
    probabilities = np.stack(predictions["probabilities"].tolist()).astype(np.float64)
    mean = np.zeros((len(first), probabilities.shape[1]))
    np.add.at(mean, groups, probabilities)
    mean /= np.bincount(groups)[:, None]
    heads = predictions.iloc[first]
    table = pd.DataFrame(
        {
            **{name: heads[name].to_numpy() for name in ("model", "mode", "patient", "label")},
            "probabilities": list(mean),
            "predicted": mean.argmax(axis=1),
            "confidence": mean.max(axis=1),
            "folds": _folds(groups, predictions),
        }
    )
    places = [(model_place(model), MODES.index(mode)) for model, mode in _models_and_modes(table)]
    return table.iloc[sorted(range(len(places)), key=places.__getitem__)].reset_index(drop=True)


def _folds(groups: Int64[np.ndarray, " rows"], predictions: pd.DataFrame) -> list[tuple[tuple[int, int], ...]]:
    """(repeat, fold) of all rows of each group."""
    found: dict[int, list[tuple[int, int]]] = {}
    for group, repeat, fold in zip(
        groups.tolist(), predictions["repeat"].tolist(), predictions["fold"].tolist(), strict=True
    ):
        found.setdefault(group, []).append((repeat, fold))
    return [tuple(sorted(found[group])) for group in range(len(found))]


def main_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the answer that each model is judged by."""
    chosen = np.array([is_main(model, mode) for model, mode in _models_and_modes(table)], dtype=bool)
    return table[chosen]


def _models_and_modes(table: pd.DataFrame) -> list[tuple[str, Mode]]:
    return list(zip(table["model"].tolist(), table["mode"].tolist(), strict=True))


def scored(table: pd.DataFrame) -> Scored:
    """Pooled rows of one model in one mode, as the evaluation takes them."""
    probabilities: Float64[np.ndarray, "patients classes"] = np.stack(list(table["probabilities"]))
    labels = table["label"].to_numpy(dtype=np.int64)
    return Scored(patients=tuple(map(str, table["patient"])), labels=labels, probabilities=probabilities)


def model_order(models: Iterable[str]) -> tuple[str, ...]:
    """Names without duplicates, in the order in which Acinus lists its models; unknown ones last."""
    return tuple(sorted(dict.fromkeys(map(str, models)), key=model_place))


def model_place(model: str) -> int:
    """Place of a model in every list."""
    return {name: place for place, name in enumerate(MODELS)}.get(model, len(MODELS))  # type: ignore[call-overload]


def fold_words(folds: Sequence[tuple[int, int]], *, count: int, repeats: int) -> str:
    """`fold 3 of 5`, counted from one; with repeats, each of them."""
    if repeats == 1:
        return " and ".join(f"fold {fold + 1} of {count}" for _, fold in folds)
    return ", ".join(f"fold {fold + 1} of {count} in repeat {repeat + 1}" for repeat, fold in folds)
