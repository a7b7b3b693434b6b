"""A patient's nearest training patients in the fused model's embedding: who they are, what they have in common."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.evaluation import main_mode
from dashboard.views.predictions import fold_words
from dashboard.views.runs import records
from dashboard.words.wording import NOT_STATED, counted, percent

LARGE = 0.5
"""Share of neighbours of one site from which on it is worth a warning."""
TIMES_CHANCE = 2.0
"""And how often more than in the whole cohort."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """One training patient who lies near."""

    patient: str
    truth: str
    site: str
    similarity: float
    """Cosine about the training patients' mean; -1 to 1. Over several folds the largest."""
    decision: str
    """Their own out-of-fold decision by the model; empty where there is none yet."""
    right: bool | None
    same_class: bool
    same_site: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbourhood:
    """Whom a model of one fold places near a patient."""

    fold: str
    near: tuple[Near, ...]
    sentence: str
    """What they have in common."""
    site_warning: str | None
    """Said when the neighbours are of the patient's site more than chance would have it."""


def neighbourhoods(
    rows: pd.DataFrame,
    people: pd.DataFrame,
    decisions: pd.DataFrame,
    *,
    patient: str,
    classes: Sequence[str],
    folds: int,
    repeats: int,
    sites: Counter[str],
    sites_together: bool,
) -> tuple[Neighbourhood, ...]:
    """One for each fold that tested the patient; nobody where the run kept no neighbours.

    Args:
        rows: of the table `neighbours`, of this patient.
        people: of the table `patients`, the patient and the neighbours.
        decisions: of `Store.decisions`, of the neighbours by the model.
        patient: whose neighbours.
        classes: names of the classes.
        folds: how many the run has.
        repeats: how often they were dealt.
        sites: patients of each site in the run.
        sites_together: true when the run was asked to test all patients of a site in the same fold.
    """
    known = {row["patient"]: row for row in records(people)}
    main = decisions[decisions["mode"] == main_mode("fused")]
    decided = {row["patient"]: int(row["predicted"]) for row in records(main)}
    found: dict[tuple[int, int], list[Near]] = {}
    for row in sorted(records(rows), key=lambda row: (row["repeat"], row["fold"], row["rank"])):
        other = row["neighbour"]
        if other in known and patient in known:
            near = _near(known[other], known[patient], float(row["similarity"]), decided.get(other), classes)
            found.setdefault((int(row["repeat"]), int(row["fold"])), []).append(near)
    possible = Counter(sites)
    if sites_together and patient in known:
        del possible[str(known[patient]["site"])]
    return tuple(
        Neighbourhood(
            fold=fold_words([fold], count=folds, repeats=repeats),
            near=tuple(near),
            sentence=sentence(near, classes[int(known[patient]["label"])], sites_together=sites_together),
            site_warning=site_warning(near, sites=possible),
        )
        for fold, near in found.items()
    )


def _near(
    other: dict[str, object], asked: dict[str, object], similarity: float, decided: int | None, classes: Sequence[str]
) -> Near:
    label = int(str(other["label"]))
    return Near(
        patient=str(other["patient"]),
        truth=classes[label],
        site=str(other["site"] or NOT_STATED),
        similarity=similarity,
        decision="" if decided is None else classes[decided],
        right=None if decided is None else decided == label,
        same_class=other["label"] == asked["label"],
        same_site=other["site"] == asked["site"],
    )


def sentence(near: Sequence[Near], truth: str, *, sites_together: bool) -> str:
    """How many share the patient's class, and how many the site."""
    start = (
        f"Of {counted(len(near), noun='nearest training patient')}, {sum(one.same_class for one in near)} are {truth}"
    )
    if sites_together and not any(one.same_site for one in near):
        return f"{start} as this patient is. Nobody of the same site can be near: a site is tested as a whole."
    return f"{start} as this patient is, and {sum(one.same_site for one in near)} come from the same site."


def site_warning(near: Sequence[Near], *, sites: Counter[str]) -> str | None:
    """A warning when the neighbours flock by site; `sites` counts those who could be near."""
    if not near:
        return None
    (site, count), *_ = Counter(one.site for one in near).most_common(1)
    share = sites[site] / max(1, sites.total())
    if count / len(near) < LARGE or count / len(near) < TIMES_CHANCE * share:
        return None
    return (
        f"{count} of {len(near)} neighbours come from the site {site}, which holds {percent(share, whole=1)} of the "
        "patients: the model may have learned the site (stain, scanner), not the tumour."
    )
