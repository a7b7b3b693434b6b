"""Out-of-fold predictions of a run, one row a patient, model and mode: what two pages start from."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from jaxtyping import Float64

from core.config import MODELS
from core.evaluation import Scored, main_mode

MODES = ("both", "image", "genes")


def pooled(predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean probabilities over repeats, with what follows from them.

    Args:
        predictions: rows of the store for one run.

    Returns:
        One row for each model, mode and patient, models in their usual order: model, mode, patient, label,
        probabilities (array), predicted (index of the most probable class), confidence (its probability), and `folds`,
        the (repeat, fold) pairs that tested the patient.
    """
    rows: list[dict[str, Any]] = []
    grouped = predictions.groupby(["model", "mode", "patient"], sort=True, observed=True)
    for (model, mode, patient), group in cast(Iterable[tuple[tuple[str, str, str], pd.DataFrame]], grouped):
        mean = np.mean(np.stack([np.asarray(row, dtype=np.float64) for row in group["probabilities"]]), axis=0)
        rows.append(
            {
                "model": str(model),
                "mode": str(mode),
                "patient": str(patient),
                "label": int(group["label"].iloc[0]),
                "probabilities": mean,
                "predicted": int(mean.argmax()),
                "confidence": float(mean.max()),
                "folds": tuple(sorted(zip(group["repeat"].astype(int), group["fold"].astype(int), strict=True))),
            }
        )
    columns = ["model", "mode", "patient", "label", "probabilities", "predicted", "confidence", "folds"]
    table = pd.DataFrame(rows, columns=columns)
    places = [(model_place(str(row.model)), MODES.index(row.mode)) for row in table.itertuples()]
    return table.iloc[sorted(range(len(places)), key=places.__getitem__)].reset_index(drop=True)


def main_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of each model's main mode: `image` and `genes` with their one modality, all others with both."""
    return table[
        [str(mode) == main_mode(str(model)) for model, mode in zip(table["model"], table["mode"], strict=True)]
    ]


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
