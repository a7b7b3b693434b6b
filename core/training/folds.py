"""Nested folds: an outer test part dealt by patient or by site, and the rest dealt once more into inner parts."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from core.config import FoldSpec
from core.errors import InputError
from core.types import Cohort, Fold


def deal(cohort: Cohort, spec: FoldSpec, *, seed: int) -> tuple[Fold, ...]:
    """Folds for all repeats: every patient is tested once per repeat.

    With `split="site"` no site is in two parts of a fold, so that the inner parts meet new sites as the test does.

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
        count = spec.inner if inner is None else min(spec.inner, len(set(inner)))
        dealt = _parts(labels[rest], inner, count, seed + 1000 * repeat + index + 1)
        _require_every_class(cohort, [labels[rest[learned]] for learned, _ in dealt], index)
        folds.append(
            Fold(
                repeat=repeat,
                index=index,
                train=_named(ids[rest]),
                inner=tuple(_named(ids[rest[part]]) for _, part in dealt),
                test=_named(ids[test]),
            )
        )
    return folds


def _named(ids: np.ndarray) -> tuple[str, ...]:
    return tuple(map(str, ids))


def _parts(labels: np.ndarray, groups: np.ndarray | None, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    if groups is None:
        return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(labels, labels))
    return list(StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(labels, labels, groups))


def _require_every_class(cohort: Cohort, learned: list[np.ndarray], index: int) -> None:
    missing = {label for labels in learned for label in set(range(len(cohort.classes))) - set(labels.tolist())}
    if missing:
        names = ", ".join(cohort.classes[label] for label in sorted(missing))
        raise InputError(
            f"fold {index + 1} has a part without any patient of {names} to learn from, because too few sites have "
            "one; use fewer --folds, or --split random and say that transfer to new sites was not tested"
        )


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
