"""Two runs on the same patients, compared in words: a pure function of their out-of-fold answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scipy.special import ndtri

from core.evaluation import Scored, sentence
from core.evaluation.comparison import shared
from core.evaluation.delong import delong
from core.evaluation.multiplicity import holm
from core.evaluation.power import detectable
from core.types import Difference
from dashboard.views.predictions import model_order
from dashboard.views.runs import Run

NORMAL = float(ndtri(0.975))
LEAST = 2
"""Patients of either class without whom there is no variance."""
DEAL = ("seed", "split", "folds", "repeats")
"""Settings that the deal of the folds follows from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One model of a run minus the same model of the reference."""

    model: str
    difference: Difference
    sentence: str


def not_compared(run: Run, reference: Run) -> str | None:
    """Why no comparison of two runs is made; None where one is."""
    if run.cohort != reference.cohort:
        return (
            f"{run.name} and {reference.name} are not of the same patients with the same labels, so no comparison "
            "between them is made."
        )
    if len(run.classes) != 2:
        return f"{run.name} and {reference.name} tell {len(run.classes)} classes apart; the test is one for two."
    return None


def same_folds(run: Run, reference: Run) -> bool:
    """Whether both were dealt the same folds, as far as their settings tell."""
    return all(run.settings.get(name) == reference.settings.get(name) for name in DEAL)


def compared(
    mine: Mapping[str, Scored], reference: Mapping[str, Scored], *, run: str, against: str
) -> tuple[Compared, ...]:
    """AUROC of every model that both runs have, by DeLong's test; tests corrected by Holm for the number of models."""
    models = model_order(mine.keys() & reference.keys())
    rows = [
        _difference(mine[model], reference[model], names=(f"{model} of {run}", f"{model} of {against}"))
        for model in models
    ]
    corrected = holm([row.delong_p for row in rows])
    told = [replace(row, holm_p=p) for row, p in zip(rows, corrected, strict=True)]
    return tuple(
        Compared(model=model, difference=row, sentence=sentence(row)) for model, row in zip(models, told, strict=True)
    )


def _difference(one: Scored, other: Scored, *, names: tuple[str, str]) -> Difference:
    mine, its = (one, other) if one.patients == other.patients else shared(one, other)
    positives = int((mine.labels == 1).sum())
    n = len(mine.patients)
    blank = Difference(model=names[0], baseline=names[1], metric="auroc", value=None, low=None, high=None, n=n, how="")
    if not LEAST <= positives <= n - LEAST:
        return replace(blank, how="it takes two patients of either class whom both runs have")
    found = delong(mine.probabilities[:, 1], its.probabilities[:, 1], mine.labels == 1)
    return replace(
        blank,
        value=found.value,
        low=found.value - NORMAL * found.se,
        high=found.value + NORMAL * found.se,
        how="DeLong's test and interval, paired by patient",
        delong_p=found.p,
        detectable=detectable(found.se),
    )
