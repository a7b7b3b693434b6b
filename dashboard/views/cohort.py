"""What the Cohort page shows of the chosen patients."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation import SurvivalCurve, kaplan_meier
from dashboard.views.runs import records
from dashboard.wording import NOT_STATED, STAGE_LABELS, percent


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One cohort to choose."""

    key: str
    name: str
    outcome: str
    classes: tuple[str, ...]
    synthetic: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which patients are shown; an empty choice leaves nobody out."""

    sites: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    ages: tuple[float, float] | None = None
    """Years, both included; patients whose age is not stated are then left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassCount:
    """Patients of one class."""

    name: str
    patients: int
    share: str
    """Percent of all that are shown, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossTable:
    """Patients by group (rows) and class (columns)."""

    groups: tuple[str, ...]
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ages:
    """Stated ages of one class, in years."""

    name: str
    years: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Survival:
    """Kaplan-Meier estimate for one class; times in months."""

    name: str
    patients: int
    """Those whose time and event are stated."""
    events: int
    curve: SurvivalCurve
    ticks: tuple[float, ...]
    """Months at which the patients still followed are counted; the same for every class."""
    at_risk: tuple[int, ...]
    """Patients still followed, one count a tick."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of the way from the clinical table to the analysis."""

    label: str
    left: int
    lost: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortView:
    """Everything the page draws; class order is the cohort's own throughout."""

    patients: int
    classes: tuple[ClassCount, ...]
    by_site: CrossTable
    by_stage: CrossTable
    ages: tuple[Ages, ...]
    survival: tuple[Survival, ...]
    """Empty when the clinical table names no follow-up."""


def entries(cohorts: pd.DataFrame) -> tuple[Entry, ...]:
    """The cohorts there are."""
    return tuple(
        Entry(
            key=str(row["cohort"]),
            name=str(row["name"]),
            outcome=str(row["outcome"]),
            classes=tuple(map(str, row["classes"])),
            synthetic=bool(row["synthetic"]),
        )
        for row in records(cohorts)
    )


def selected(patients: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The rows of `patients` that the selection keeps."""
    keep = pd.Series(True, index=patients.index)
    if selection.sites:
        keep &= patients["site"].isin(list(selection.sites))
    if selection.classes:
        keep &= patients["class"].isin(list(selection.classes))
    if selection.stages:
        keep &= stages(patients).isin(list(selection.stages))
    if selection.ages is not None:
        low, high = selection.ages
        keep &= numbers(patients, "age").between(low, high)
    return patients[keep]


def summarised(patients: pd.DataFrame, *, classes: Sequence[str]) -> CohortView:
    """Counts, ages and survival of these patients, by class."""
    total = len(patients)
    counts = {name: int((patients["class"] == name).sum()) for name in classes}
    return CohortView(
        patients=total,
        classes=tuple(ClassCount(name=n, patients=c, share=percent(c, whole=total)) for n, c in counts.items()),
        by_site=_cross_table(patients["site"].astype(str), patients["class"], classes, by_size=True),
        by_stage=_cross_table(stages(patients), patients["class"], classes, by_size=False),
        ages=tuple(_ages(patients[patients["class"] == name], name) for name in classes),
        survival=_survival(patients, classes),
    )


def stages(patients: pd.DataFrame) -> pd.Series:
    """Tumour stage in words, `not stated` where the table has none."""
    return patients["stage"].astype("object").where(patients["stage"].notna(), NOT_STATED).astype(str)


def stage_choices(patients: pd.DataFrame) -> tuple[str, ...]:
    """Stages that occur, from early to late, what is not stated last."""
    return tuple(sorted(set(stages(patients)), key=lambda stage: (stage == NOT_STATED, _natural(stage))))


def numbers(patients: pd.DataFrame, column: str) -> pd.Series:
    """A column as floats; not-a-number where nothing is stated."""
    return pd.to_numeric(patients[column], errors="coerce").astype(float)


def age_range(patients: pd.DataFrame) -> tuple[int, int] | None:
    """Youngest and oldest stated age in whole years; None when fewer than two ages occur."""
    ages = numbers(patients, "age").dropna()
    if ages.empty or np.floor(ages.min()) == np.ceil(ages.max()):
        return None
    return int(np.floor(ages.min())), int(np.ceil(ages.max()))


def flow(exclusions: pd.DataFrame, *, analysed: int) -> tuple[Step, ...]:
    """From the clinical table to the analysed patients; steps that lost nobody are kept, which says something too."""
    lost = {stage: int((exclusions["stage"] == stage).sum()) for stage in STAGE_LABELS}
    left = analysed + sum(lost.values())
    steps = [Step(label="Clinical table", left=left, lost=0)]
    for stage, label in STAGE_LABELS.items():
        if stage == "tiles" and not lost[stage]:
            continue
        left -= lost[stage]
        steps.append(Step(label=label, left=left, lost=lost[stage]))
    return tuple(steps)


def reasons(exclusions: pd.DataFrame) -> pd.DataFrame:
    """Step, reason and number of patients lost to it, in the order of the steps, the largest first."""
    table = exclusions.groupby(["stage", "reason"], observed=True).size().rename("Patients").reset_index()
    order = {stage: place for place, stage in enumerate(STAGE_LABELS)}
    table = table.assign(place=table["stage"].map(order)).sort_values(["place", "Patients"], ascending=[True, False])
    table["Step"] = table["stage"].map(STAGE_LABELS)
    return table.rename(columns={"reason": "Reason"})[["Step", "Reason", "Patients"]].reset_index(drop=True)


def _cross_table(groups: pd.Series, names: pd.Series, classes: Sequence[str], *, by_size: bool) -> CrossTable:
    codes, found = pd.factorize(groups)
    counts = np.zeros((len(found), len(classes)), dtype=int)
    np.add.at(counts, (codes, pd.Index(classes).get_indexer(pd.Index(names))), 1)
    places = range(len(found))
    if by_size:
        order = sorted(places, key=lambda place: (-counts[place].sum(), found[place]))
    else:
        order = sorted(places, key=lambda place: (found[place] == NOT_STATED, _natural(found[place])))
    return CrossTable(
        groups=tuple(str(found[place]) for place in order),
        classes=tuple(classes),
        counts=tuple(tuple(counts[place].tolist()) for place in order),
    )


def _ages(patients: pd.DataFrame, name: str) -> Ages:
    return Ages(name=name, years=tuple(numbers(patients, "age").dropna().tolist()))


def _survival(patients: pd.DataFrame, classes: Sequence[str]) -> tuple[Survival, ...]:
    followed = patients[numbers(patients, "time").notna() & numbers(patients, "event").notna()]
    ticks = year_ticks(float(numbers(followed, "time").max())) if len(followed) else ()
    groups = ((name, followed[followed["class"] == name]) for name in classes)
    return tuple(_survival_of(group, name=name, ticks=ticks) for name, group in groups if len(group))


def _survival_of(patients: pd.DataFrame, *, name: str, ticks: tuple[float, ...]) -> Survival:
    times = numbers(patients, "time").to_numpy(dtype=np.float64)
    events = numbers(patients, "event").to_numpy() > 0
    return Survival(
        name=name,
        patients=len(patients),
        events=int(events.sum()),
        curve=kaplan_meier(times, events),
        ticks=ticks,
        at_risk=tuple(int((times >= tick).sum()) for tick in ticks),
    )


def year_ticks(longest: float) -> tuple[float, ...]:
    """Whole years, at most eight of them, from 0 to the longest follow-up in months."""
    step = 12.0 * max(1, int(np.ceil(longest / 12 / 7)))
    return tuple(float(tick) for tick in np.arange(0, longest + 1e-9, step))


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts `Stage 2` before `Stage 10`; Roman stages, `I` < `IA` < `II` < `IIIC` < `IV`, sort as text."""
    return tuple((int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", text.upper()))
