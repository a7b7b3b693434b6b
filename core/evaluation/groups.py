"""How patients fall into groups: by site, age, stage and every other clinical column of few values."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from core.types import Cohort, Covariate, Patient

NOT_STATED = "not stated"
NOT_GROUPS = frozenset({"time", "event"})
"""Follow-up, which is known only after the prediction."""
STANDARD = ("age", "stage", "sex", "race", "histology")
MOST_GROUPS = 12
"""A column of more different values is no grouping."""
YOUNGEST, OLDEST = "under 50", "70 and over"
AGES = ((50.0, YOUNGEST), (60.0, "50 to 59"), (70.0, "60 to 69"))

_STAGE = re.compile(r"(?:stage\s*)?(0|iv|i{1,3}|[1-4])\s*[abc]?\d?", re.IGNORECASE)
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_FOLLOW_UP_CELL = re.compile(r"[01]:\D")
"""cBioPortal writes what happened later like 1:DECEASED."""

Groups = Mapping[str, str]
"""Patient id to group."""


def groupings(cohort: Cohort) -> dict[str, Groups]:
    """Every way to group the patients, by its name: site, the standard covariates, then other columns of few values.

    Left out are follow-up, columns that are the same for everyone or hold too many values, and columns that group the
    patients just as an earlier one does.
    """
    found: dict[str, Groups] = {"site": {patient.id: patient.site for patient in cohort.patients}}
    names = dict.fromkeys(name for patient in cohort.patients for name in patient.covariates)
    for name in sorted(names, key=lambda name: (name not in STANDARD, STANDARD.index(name) if name in STANDARD else 0)):
        if name in NOT_GROUPS or name == "site" or _is_follow_up(cohort.patients, name):
            continue
        groups = {patient.id: GROUPED.get(name, plain)(patient.covariates.get(name)) for patient in cohort.patients}
        if 2 <= len(set(groups.values()) - {NOT_STATED}) <= MOST_GROUPS:
            found[name] = groups
    return _distinct(found, _follow_up(cohort))


def in_order(groups: Iterable[str]) -> list[str]:
    """Groups by name, but the youngest first and those without a value last."""
    return sorted(groups, key=lambda name: (name == NOT_STATED, name != YOUNGEST, name))


def age_group(age: Covariate) -> str:
    """Decade of age, in years."""
    if not isinstance(age, float):
        return NOT_STATED
    return next((name for limit, name in AGES if age < limit), OLDEST)


def stage_group(stage: Covariate) -> str:
    """Stage without its letter: "STAGE IIA" and "2b" are II. A stage that was not assessed (X) is not stated."""
    text = plain(stage)
    found = _STAGE.fullmatch(text)
    if found:
        return _ROMAN.get(found[1], found[1].upper())
    return NOT_STATED if text.lower().removeprefix("stage").strip() == "x" else text


def plain(value: Covariate) -> str:
    """The value as it stands."""
    if value is None:
        return NOT_STATED
    return value if isinstance(value, str) else f"{value:g}"


GROUPED: Mapping[str, Callable[[Covariate], str]] = {"age": age_group, "stage": stage_group}
"""Columns whose values are put together."""


def _is_follow_up(patients: Sequence[Patient], name: str) -> bool:
    values = [patient.covariates.get(name) for patient in patients]
    stated = [value for value in values if value is not None]
    return bool(stated) and all(isinstance(value, str) and _FOLLOW_UP_CELL.match(value) for value in stated)


def _follow_up(cohort: Cohort) -> Groups:
    return {patient.id: plain(patient.covariates.get("event")) for patient in cohort.patients}


def _distinct(found: Mapping[str, Groups], follow_up: Groups) -> dict[str, Groups]:
    """Without those that part the patients as follow-up or an earlier one does."""
    seen = {_parts(follow_up)}
    kept: dict[str, Groups] = {}
    for name, groups in found.items():
        parts = _parts(groups)
        # patients of one site only are still told apart from nobody: the site is always stated
        if parts not in seen or name == "site":
            kept[name] = groups
        seen.add(parts)
    return kept


def _parts(groups: Groups) -> Hashable:
    parts: dict[str, set[str]] = {}
    for patient, group in groups.items():
        parts.setdefault(group, set()).add(patient)
    return frozenset(frozenset(part) for part in parts.values())
