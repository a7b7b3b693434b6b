"""Each site left out in turn: real refits, none of which saw the site it answers for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from core.evaluation.controls import named
from core.training.controls.jobs import Answer
from core.training.controls.linear import answers, normal_scores
from core.training.controls.patients import Patients, Target
from core.training.controls.splits import UNKNOWN, Split

INNER = 4
"""Inner parts of the training patients, sites kept apart, as the outer deal does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOutSite:
    """Genes, image and both, for the patients of one site."""

    target: Target
    split: Split
    site: str

    def __call__(self, patients: Patients) -> tuple[Answer, ...]:
        """One answer for each modality, and one for both where there are both."""
        scaled = {
            modality: normal_scores(values, self.split.train)
            for modality, values in (("genes", patients.expression), ("image", patients.image))
            if values is not None
        }
        if len(scaled) > 1:
            scaled["both"] = np.hstack(list(scaled.values()))
        return tuple(self._answer(modality, columns) for modality, columns in scaled.items())

    def _answer(self, modality: str, columns: Float32[np.ndarray, "patients columns"]) -> Answer:
        target = self.target
        return Answer(
            family="left-out site",
            target=target.name,
            name=named(modality, self.site),
            inputs=columns.shape[1],
            rows=self.split.test,
            label=target.label[self.split.test],
            # each site has other patients to learn from: with their odds, pooled sites are ranked the wrong way round
            probabilities=answers(columns, target.label, self.split, classes=target.classes, even=True),
        )


def left_out(target: Target, sites: Sequence[str], *, seed: int) -> tuple[tuple[LeftOutSite, ...], tuple[str, ...]]:
    """A job for each site, and why there is none for some."""
    names = np.array(sites)
    if len(set(sites)) < 2:
        return (), ("left-out sites: the cohort has one site, so none can be left out",)
    known = target.label != UNKNOWN
    made: list[LeftOutSite] = []
    reasons: list[str] = []
    for site in sorted(set(sites)):
        train, test = np.flatnonzero((names != site) & known), np.flatnonzero((names == site) & known)
        if len(np.unique(target.label[train])) < 2:
            reasons.append(f"left-out sites: without site {site} the training patients are of one class only")
        elif len(test):
            inner = _inner(target.label[train], names[train], seed)
            made.append(LeftOutSite(target=target, split=Split(train=train, inner=inner, test=test), site=site))
    return tuple(made), tuple(reasons)


def _inner(label: Int64[np.ndarray, " train"], sites: np.ndarray, seed: int) -> tuple[Int64[np.ndarray, " _"], ...]:
    """Parts with sites kept apart where there are several; none where a class has a single patient."""
    rarest = int(np.unique(label, return_counts=True)[1].min())
    different = len(np.unique(sites))
    count = min(INNER, rarest, different if different > 1 else INNER)
    if count < 2:
        return ()
    if different == 1:
        dealt = StratifiedKFold(count, shuffle=True, random_state=seed).split(label, label)
    else:
        dealt = StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(label, label, sites)
    return tuple(np.asarray(part, np.int64) for _, part in dealt if len(part))
