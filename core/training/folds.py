"""Nested folds: an outer test part dealt by patient or by site, and an inner validation part of the rest."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from core.config import FoldSpec
from core.errors import InputError
from core.types import Cohort, Fold


def deal(cohort: Cohort, spec: FoldSpec, *, seed: int) -> tuple[Fold, ...]:
    """Folds for all repeats: every patient is tested once per repeat.

    With `split="site"` no site is in two parts of a fold, so validation meets new sites as the test does.

    Raises:
        InputError: too few patients of a class, or too few sites.
    """
    labels = np.array([patient.label for patient in cohort.patients])
    sites = np.array([patient.site for patient in cohort.patients])
    groups = sites if spec.split == "site" else None
    _require_enough(cohort, labels, sites, spec)
    return tuple(fold for repeat in range(spec.repeats) for fold in _repeat(cohort, labels, groups, spec, repeat, seed))


def _repeat(
    cohort: Cohort, labels: np.ndarray, groups: np.ndarray | None, spec: FoldSpec, repeat: int, seed: int
) -> list[Fold]:
    ids = np.array([patient.id for patient in cohort.patients])
    folds: list[Fold] = []
    for index, (rest, test) in enumerate(_parts(labels, groups, spec.count, seed + 1000 * repeat)):
        inner = None if groups is None else groups[rest]
        count = max(2, round(1 / spec.validation))
        if inner is not None:
            count = min(count, len(set(inner)))
        train, validation = _best_part(labels[rest], inner, count, seed + 1000 * repeat + index + 1)
        parts = [tuple(map(str, ids[rows])) for rows in (rest[train], rest[validation], test)]
        missing = set(labels) - set(labels[rest[train]])
        if missing:
            names = ", ".join(cohort.classes[label] for label in sorted(missing))
            raise InputError(
                f"fold {index + 1} has no patient of {names} left to learn from; use fewer --folds or --split random"
            )
        folds.append(Fold(repeat=repeat, index=index, train=parts[0], validation=parts[1], test=parts[2]))
    return folds


def _parts(labels: np.ndarray, groups: np.ndarray | None, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    if groups is None:
        return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(labels, labels))
    return list(StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(labels, labels, groups))


def _best_part(labels: np.ndarray, groups: np.ndarray | None, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Of `count` possible validation parts, the one whose size and class shares are closest to what was asked."""
    wanted = np.bincount(labels) / count

    def distance(parts: tuple[np.ndarray, np.ndarray]) -> float:
        return float(np.abs(np.bincount(labels[parts[1]], minlength=len(wanted)) - wanted).sum())

    return min(_parts(labels, groups, count, seed), key=distance)


def _require_enough(cohort: Cohort, labels: np.ndarray, sites: np.ndarray, spec: FoldSpec) -> None:
    counts = np.bincount(labels, minlength=len(cohort.classes))
    short = [f"{name} ({count})" for name, count in zip(cohort.classes, counts, strict=True) if count < spec.count]
    if short:
        raise InputError(
            f"too few patients for {spec.count} folds: {', '.join(short)}; each class needs at least one per fold, "
            "so lower --folds or merge classes in [outcome] classes"
        )
    if spec.split == "site" and len(set(sites)) < max(spec.count, 3):
        raise InputError(
            f"the cohort has {len(set(sites))} site(s), too few to keep sites apart in {spec.count} folds; "
            "use --split random and say that transfer to new sites was not tested, or lower --folds"
        )
