"""From what a trained model says of patients to predictions, calibrated and before."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from core.training.batches import Inputs
from core.training.trained import Answer, Trained, uncalibrated
from core.types import Fold, Mode, Prediction


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """Probabilities of patients, calibrated and before."""

    probabilities: Float32[np.ndarray, "patients classes"]
    uncalibrated: Float32[np.ndarray, "patients classes"]


def held_out_shares(trained: Trained, held_out: Mapping[Mode, np.ndarray]) -> dict[Mode, Shares]:
    """What every training patient got from the member that did not learn from them, by mode."""
    return {
        mode: Shares(
            probabilities=np.exp(trained.calibrations[mode](terms)).astype(np.float32),
            uncalibrated=uncalibrated(terms),
        )
        for mode, terms in held_out.items()
    }


def predictions(
    trained: Trained, inputs: Inputs, answers: Mapping[Mode, Answer | Shares], fold: Fold
) -> tuple[Prediction, ...]:
    """One prediction for each patient and mode."""
    return tuple(
        Prediction(
            model=trained.model,
            repeat=fold.repeat,
            fold=fold.index,
            patient=patient,
            label=int(inputs.label[row]),
            mode=mode,
            probabilities=_floats(answer.probabilities[row]),
            uncalibrated=_floats(answer.uncalibrated[row]),
        )
        for mode, answer in answers.items()
        for row, patient in enumerate(inputs.patients)
    )


def _floats(shares: np.ndarray) -> tuple[float, ...]:
    return tuple(float(share) for share in shares)
