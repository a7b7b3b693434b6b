"""The confounder baseline: what site and the making of slides alone tell of the label, with no biology at all.

Site is written in the stain (Howard 2021, Nat Commun 12:4423); where the label can be told from it, a model may do so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from core.training.controls.acquisition import Acquisition
from core.training.controls.jobs import Answer
from core.training.controls.linear import answers, normal_scores
from core.training.controls.patients import Patients, Target
from core.training.controls.splits import Split

SITE = "site"
EVERY = "all confounders"

Train = Int64[np.ndarray, " train"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfounderFold:
    """All confounders on one fold."""

    target: Target
    split: Split
    acquired: tuple[Acquisition, ...]

    def __call__(self, patients: Patients) -> tuple[Answer, ...]:
        """One answer for each kind of confounder, and one for all together where there are several."""
        train = self.split.train
        kinds = {kind.name: scaled(kind.values, train) for kind in self.acquired}
        if len(set(patients.sites)) > 1:
            kinds = {SITE: one_hot(patients.sites, train), **kinds}
        if len(kinds) > 1:
            kinds[EVERY] = np.hstack(list(kinds.values()))
        return tuple(self._answer(name, columns) for name, columns in kinds.items())

    def _answer(self, name: str, columns: Float32[np.ndarray, "patients columns"]) -> Answer:
        target = self.target
        return Answer(
            family="confounder",
            target=target.name,
            name=name,
            inputs=columns.shape[1],
            rows=self.split.test,
            label=target.label[self.split.test],
            probabilities=answers(columns, target.label, self.split, classes=target.classes, even=True),
        )


def one_hot(sites: Sequence[str], train: Train) -> Float32[np.ndarray, "patients sites"]:
    """A column for each site of the training patients, less its training mean; 0 for patients of any other site.

    So a site that was never seen stands at the training mean, as every missing value does.
    """
    names = np.array(sites)
    seen = np.unique(names[train])
    columns = (names[:, None] == seen).astype(np.float32)
    known = np.isin(names, seen)[:, None]
    return np.where(known, columns - columns[train].mean(axis=0), 0).astype(np.float32)


def scaled(values: Float64[np.ndarray, "patients facts"], train: Train) -> Float32[np.ndarray, "patients columns"]:
    """Quantile-normalised facts, and for each fact that some training patient lacks a column that says so.

    What is not known is put at the training mean.
    """
    unknown = np.isnan(values)
    known = ~unknown[train]
    total = np.where(known, values[train], 0).sum(axis=0)
    mean = total / np.maximum(known.sum(axis=0), 1)
    filled = np.where(unknown, mean, values)
    facts = normal_scores(filled, train)
    lacking = unknown.astype(np.float32) - unknown[train].mean(axis=0)
    return np.hstack([facts, lacking[:, unknown[train].any(axis=0)]]).astype(np.float32)
