"""The one linear model of all controls: L2 logistic regression, its strength chosen on inner parts of training."""

import numpy as np
from jaxtyping import Float32, Float64, Int64
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from core.training.controls.splits import Split
from core.training.scaling import QuantileScaler

Columns = Float32[np.ndarray, "patients columns"]
Facts = Float64[np.ndarray, "patients columns"]
Label = Int64[np.ndarray, " patients"]
Shares = Float64[np.ndarray, "test classes"]

LEVELS = 201
"""Ranks at which a column's training values are kept."""
STRENGTHS = (0.1, 1.0, 10.0, 100.0)
"""Inverse penalties tried, for rows of mean length 1, so that one means the same for 3 columns and for 3,000; the one
with the lowest loss over all inner parts is kept."""
_ALMOST_NOTHING = 1e-9
"""Added to squared lengths of 1, so that the factor exists where patients are alike."""


def answers(columns: Columns, label: Label, split: Split, *, classes: int, even: bool = False) -> Shares:
    """Class probabilities of the test patients.

    Args:
        columns: scaled by what was fitted on `split.train`; rows of others than train and test are not looked at.
        label: of all patients.
        split: whom to learn from, in which inner parts, and whom to answer for.
        classes: of the label; one without a training patient gets probability 0.
        even: count log-odds from the mean of the training patients. A control that knows nothing of a patient then says
            0.5 in every fold; with the fold's own odds it would say more where the test part has less, and pooled
            patients would be ranked the wrong way round.
    """
    rows = coordinates(columns[np.concatenate([split.train, split.test])], learned=len(split.train))
    known, asked, truth = rows[: len(split.train)], rows[len(split.train) :], label[split.train]
    fitted = _fitted(known, truth, _strength(known, truth, split))
    logits = _logits(fitted, asked)
    if even:
        # rounded, because what is equal in theory must be a tie in the ranking
        logits = np.round(logits - _logits(fitted, known).mean(axis=0), 6)
    shares = np.zeros((len(asked), classes))
    shares[:, fitted.classes_] = np.exp(log_softmax(logits, axis=1))
    return shares


def normal_scores(values: Columns | Facts, train: Int64[np.ndarray, " train"]) -> Columns:
    """Quantile-normalised columns, by the training patients.

    The knots are those of `QuantileScaler.fit`; sorting finds them thirty times quicker, and controls fit many.
    """
    learned = np.sort(values[train].astype(np.float32), axis=0)
    at = np.linspace(0, len(learned) - 1, min(LEVELS, max(len(learned), 2)))
    low = np.floor(at).astype(np.int64)
    above = learned[np.minimum(low + 1, len(learned) - 1)] - learned[low]
    knots = learned[low] + above * (at - low).astype(np.float32)[:, None]
    return QuantileScaler(knots=knots)(values)


def coordinates(columns: Columns, *, learned: int) -> Float64[np.ndarray, "patients axes"]:
    """The same patients on fewer axes: as long, and at the same angles, which is all that an L2 penalty sees.

    With more columns than the first `learned` patients, the lower triangle of the Cholesky factor of their inner
    products takes the columns' place; its first rows depend on no later patient.
    """
    rows = columns.astype(np.float64)
    length = (rows[:learned] ** 2).sum(axis=1).mean()
    if not length:
        return rows
    if rows.shape[1] <= learned:
        return rows / np.sqrt(length)
    products = rows @ rows.T / length
    factor: np.ndarray = np.linalg.cholesky(products + _ALMOST_NOTHING * np.eye(len(rows)))
    return factor[:, :learned]


def _strength(known: np.ndarray, truth: np.ndarray, split: Split) -> float:
    """The one with the lowest loss over the inner parts that can be judged."""
    every = np.arange(len(known))
    deals = [(np.setdiff1d(every, part), part) for part in split.inner]
    deals = [(rest, part) for rest, part in deals if len(np.unique(truth[rest])) > 1]
    losses = [
        sum(_loss(_fitted(known[rest], truth[rest], strength), known[part], truth[part]) for rest, part in deals)
        for strength in STRENGTHS
    ]
    return STRENGTHS[int(np.argmin(losses))]


def _fitted(rows: np.ndarray, truth: np.ndarray, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=2000).fit(rows, truth)


def _loss(fitted: LogisticRegression, rows: np.ndarray, truth: np.ndarray) -> float:
    """Of patients whose class was learned: the others cost the same whatever the strength."""
    learned = np.isin(truth, fitted.classes_)
    said = log_softmax(_logits(fitted, rows[learned]), axis=1)
    return float(-said[np.arange(len(said)), np.searchsorted(fitted.classes_, truth[learned])].sum())


def _logits(fitted: LogisticRegression, rows: np.ndarray) -> np.ndarray:
    logits = rows @ fitted.coef_.T + fitted.intercept_
    # two classes: scikit-learn states the second class against the first
    return logits if logits.shape[1] > 1 else np.hstack([np.zeros_like(logits), logits])
