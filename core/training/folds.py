"""Nested folds: an outer test part dealt by patient or by site, and the rest dealt once more into inner parts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64
from sklearn.model_selection import StratifiedKFold

from core.config import FoldSpec
from core.errors import InputError
from core.training.dealing import INNER_NODES, OUTER_NODES, SiteDeal, deal_sites
from core.types import Cohort, Fold

RANDOM = "patients dealt one by one at random, stratified by class; sites are not kept apart"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deal:
    """The folds of all repeats."""

    folds: tuple[Fold, ...]
    how: str
    """How they were dealt, and whether the deal is proven best."""


def deal(cohort: Cohort, spec: FoldSpec, *, seed: int) -> tuple[Fold, ...]:
    """Folds for all repeats: every patient is tested once per repeat.

    With `split="site"` no site is in two parts of a fold, so that the inner parts meet new sites as the test does.

    Raises:
        InputError: too few patients of a class, or too few sites.
    """
    return dealt(cohort, spec, seed=seed).folds


def dealt(cohort: Cohort, spec: FoldSpec, *, seed: int) -> Deal:
    """The folds of `deal` with how they were dealt."""
    _require_enough(cohort, spec)
    if spec.split == "random":
        folds = [fold for repeat in range(spec.repeats) for fold in _random(cohort, spec, repeat=repeat, seed=seed)]
        how = RANDOM
    else:
        folds, how = _by_site(cohort, spec, seed=seed)
    _require_every_class(cohort, folds, spec)
    return Deal(folds=tuple(folds), how=how)


def _random(cohort: Cohort, spec: FoldSpec, *, repeat: int, seed: int) -> list[Fold]:
    labels = np.array([patient.label for patient in cohort.patients])
    first = seed + 1000 * repeat
    test = _shuffled(labels, spec.count, first)
    folds: list[Fold] = []
    for index in range(spec.count):
        rest = np.flatnonzero(test != index)
        inner = np.full(len(labels), -1)
        inner[rest] = _shuffled(labels[rest], _parts(labels[rest], spec.inner), first + index + 1)
        folds.append(_fold(cohort, test == index, inner, repeat=repeat, index=index))
    return folds


def _parts(labels: np.ndarray, wanted: int) -> int:
    """Inner parts that so few patients allow: no more than the commonest class has."""
    most = int(np.bincount(labels).max())
    if most < 2:
        raise InputError("too few patients: the training part of a fold has one of each class; use more patients")
    return min(wanted, most)


def _shuffled(labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Part of each patient, stratified by class."""
    part = np.zeros(len(labels), dtype=np.int64)
    for index, (_, chosen) in enumerate(StratifiedKFold(count, shuffle=True, random_state=seed).split(labels, labels)):
        part[chosen] = index
    return part


def _by_site(cohort: Cohort, spec: FoldSpec, *, seed: int) -> tuple[list[Fold], str]:
    names = sorted({patient.site for patient in cohort.patients})
    place = {name: row for row, name in enumerate(names)}
    site = np.array([place[patient.site] for patient in cohort.patients])
    counts = np.zeros((len(names), len(cohort.classes)), dtype=np.int64)
    np.add.at(counts, (site, np.array([patient.label for patient in cohort.patients])), 1)
    folds: list[Fold] = []
    outer: list[SiteDeal] = []
    inner: list[SiteDeal] = []
    for repeat in range(spec.repeats):
        test = deal_sites(counts, spec.count, seed=(seed, repeat), nodes=OUTER_NODES, left=2, vary=True)
        outer.append(test)
        for index in range(spec.count):
            rest = np.flatnonzero(test.fold != index)
            part = _inner(counts[rest], spec.inner, seed=(seed, repeat, index + 1))
            inner.append(part)
            parts = np.full(len(names), -1)
            parts[rest] = part.fold
            folds.append(_fold(cohort, (test.fold == index)[site], parts[site], repeat=repeat, index=index))
    return folds, _how(outer, inner)


def _inner(counts: Int64[np.ndarray, "sites classes"], wanted: int, *, seed: tuple[int, ...]) -> SiteDeal:
    return deal_sites(counts, min(wanted, len(counts)), seed=seed, nodes=INNER_NODES)


def _how(outer: Sequence[SiteDeal], inner: Sequence[SiteDeal]) -> str:
    ways = Counter(deal.how for deal in outer)
    told = [way if len(ways) == 1 else f"{way} ({count} of {len(outer)} deals)" for way, count in ways.items()]
    best = f"{sum(deal.nearly for deal in inner)} of {len(inner)} within one patient of the best"
    return f"sites kept apart, dealt by {'; '.join(told)}; inner parts likewise, {best}"


def _fold(cohort: Cohort, tested: np.ndarray, parts: np.ndarray, *, repeat: int, index: int) -> Fold:
    """A fold from who is tested and, for the others, in which inner part they are (-1 for the tested)."""
    ids = np.array([patient.id for patient in cohort.patients])
    return Fold(
        repeat=repeat,
        index=index,
        train=_named(ids[~tested]),
        inner=tuple(_named(ids[parts == part]) for part in range(parts.max() + 1)),
        test=_named(ids[tested]),
    )


def _named(ids: np.ndarray) -> tuple[str, ...]:
    return tuple(map(str, ids))


def _require_every_class(cohort: Cohort, folds: Sequence[Fold], spec: FoldSpec) -> None:
    """Each member of a model must meet every class."""
    label = {patient.id: patient.label for patient in cohort.patients}
    for fold in folds:
        held = [{label[patient] for patient in part} for part in fold.inner]
        learned = [set[int]().union(*held[:own], *held[own + 1 :]) for own in range(len(held))]
        missing = sorted(set(range(len(cohort.classes))) - set.intersection(*learned))
        if missing:
            names = ", ".join(cohort.classes[one] for one in missing)
            few = "sites have" if spec.split == "site" else "patients are"
            raise InputError(
                f"fold {fold.index + 1} has a part without any patient of {names} to learn from, because too few {few} "
                f"one; use fewer --folds{_OR_RANDOM if spec.split == 'site' else ', or merge classes'}"
            )


_OR_RANDOM = ", or --split random and say that transfer to new sites was not tested"


def _require_enough(cohort: Cohort, spec: FoldSpec) -> None:
    counts = Counter(patient.label for patient in cohort.patients)
    short = [f"{name} ({counts[label]})" for label, name in enumerate(cohort.classes) if counts[label] < spec.count]
    if short:
        raise InputError(
            f"too few patients for {spec.count} folds: {', '.join(short)}; each class needs at least one per fold, "
            "so lower --folds or merge classes in [outcome] classes"
        )
    if spec.split == "site":
        _require_sites(len({patient.site for patient in cohort.patients}), spec)


def _require_sites(sites: int, spec: FoldSpec) -> None:
    if sites == 1:
        raise InputError(
            "the cohort has one site, so transfer to another site cannot be tested with it; use --split random and "
            "say so, or name the patients' sites in [site] of cohort.toml"
        )
    # half of three sites would leave one to learn from, which cannot be dealt into inner parts
    needed = max(spec.count, 4 if spec.count == 2 else 3)
    if sites < needed:
        raise InputError(
            f"the cohort has {sites} sites, too few to keep them apart in {spec.count} folds, which need {needed}; "
            "transfer to another site cannot be tested with this cohort as it is: use --split random and say so"
            f"{_other_count(sites, spec)}"
        )


def _other_count(sites: int, spec: FoldSpec) -> str:
    if spec.count == 2:
        return ", or --folds 3" if sites == 3 else ""
    return ", or lower --folds" if sites > 2 else ""
