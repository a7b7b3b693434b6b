"""The control that scikit-learn fits: L2 logistic regression on the genes and the mean tile."""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from core.model import NetworkSpec, Shape, build, flat
from core.training.batches import Inputs, batch_of

STRENGTHS = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Inverse penalties tried; the one with the lowest validation loss is kept."""


def fit_logistic(train: Inputs, validation: Inputs, *, shape: Shape, network: NetworkSpec) -> nn.Module:
    """The fitted regression as a network, so that it is stored and served like the others."""
    rows, held_out = _flat(train), _flat(validation)
    best, chosen = np.inf, None
    for strength in STRENGTHS:
        fitted = LogisticRegression(C=strength, max_iter=1000).fit(rows, train.label)
        shares = fitted.predict_proba(held_out)
        loss = -np.log(shares[np.arange(len(shares)), validation.label] + 1e-12).mean()
        if loss < best:
            best, chosen = loss, fitted
    assert chosen is not None
    weight, bias = chosen.coef_, chosen.intercept_
    if len(weight) == 1:  # two classes: scikit-learn states the second class against the first
        weight, bias = np.vstack([np.zeros_like(weight), weight]), np.array([0.0, bias[0]])
    module = build("logistic", shape, network)
    module.load_state_dict({"linear.weight": torch.tensor(weight), "linear.bias": torch.tensor(bias)})
    return module.eval()


def _flat(inputs: Inputs) -> np.ndarray:
    return flat(batch_of(inputs, range(len(inputs.patients)), sampled=None, most=0)).numpy()
