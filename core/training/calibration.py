"""Temperature scaling on the validation part."""

from dataclasses import replace
from typing import cast

import numpy as np
import torch
from scipy.optimize import OptimizeResult, minimize_scalar
from torch.nn.functional import cross_entropy

from core.training.batches import Inputs
from core.training.trained import Trained


def calibrated(trained: Trained, validation: Inputs) -> Trained:
    """The temperature in [0.5, 4] with the lowest loss on validation (Guo 2017, arXiv 1706.04599).

    The bounds keep a validation part that happens to be perfectly separated from asking for certainty.
    """
    logits, label = trained.logits(validation), torch.from_numpy(validation.label)

    def loss(log_temperature: float) -> float:
        return float(cross_entropy(logits / float(np.exp(log_temperature)), label))

    found = cast(OptimizeResult, minimize_scalar(loss, bounds=(np.log(0.5), np.log(4.0)), method="bounded"))
    return replace(trained, temperature=float(np.exp(found.x)))
