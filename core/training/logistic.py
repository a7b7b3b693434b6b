"""The control that scikit-learn fits: L2 logistic regression on the genes and the mean tile."""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from core.model import NetworkSpec, Shape, build, flat
from core.training.batches import Inputs, batch_of

STRENGTHS = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2)
"""Inverse penalties tried; the one with the lowest loss over all inner parts is kept."""


def fit_logistic(
    train: Inputs, inner: Sequence[Sequence[int]], *, shape: Shape, network: NetworkSpec
) -> list[nn.Module]:
    """One regression per inner part, fitted on the other parts, as networks: stored and served like the others."""
    rows, label = _flat(train), train.label
    tried = [[_fitted(rows, label, part, strength) for part in inner] for strength in STRENGTHS]
    losses = [sum(_loss(one, rows, label, part) for one, part in zip(fits, inner, strict=True)) for fits in tried]
    return [_as_network(one, shape, network) for one in tried[int(np.argmin(losses))]]


def _fitted(rows: np.ndarray, label: np.ndarray, part: Sequence[int], strength: float) -> LogisticRegression:
    learned = np.setdiff1d(np.arange(len(rows)), list(part))
    return LogisticRegression(C=strength, max_iter=1000).fit(rows[learned], label[learned])


def _loss(fitted: LogisticRegression, rows: np.ndarray, label: np.ndarray, part: Sequence[int]) -> float:
    shares: np.ndarray = np.asarray(fitted.predict_proba(rows[list(part)]))
    return float(-np.log(shares[np.arange(len(part)), label[list(part)]] + 1e-12).sum())


def _as_network(fitted: LogisticRegression, shape: Shape, network: NetworkSpec) -> nn.Module:
    module = build("logistic", shape, network)
    weight, bias = fitted.coef_, fitted.intercept_
    if len(weight) == 1:  # two classes: scikit-learn states the second class against the first
        weight, bias = np.vstack([np.zeros_like(weight), weight]), np.concatenate([[0.0], np.atleast_1d(bias)])
    module.load_state_dict({"linear.weight": torch.tensor(weight), "linear.bias": torch.tensor(bias)})
    return module.eval()


def _flat(inputs: Inputs) -> np.ndarray:
    return flat(batch_of(inputs, range(len(inputs.patients)), sampled=None, most=0)).numpy()
