"""What the Cohort page shows of the chosen patients."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.evaluation import SurvivalCurve, kaplan_meier
from core.evaluation.decisions.proportions import share
from core.results.laid_out import UNSTATED, Facet
from core.results.selections import AGE_YEARS, Bar, Counted, Where
from dashboard.views.runs import records
from dashboard.words.wording import NOT_STATED, STAGE_LABELS, column_words, percent

MOST_SITES = 40
"""Drawn in one chart."""
MOST_STEPS = 200
"""Of one drawn curve: more cannot be told apart on a screen."""
TITLES = {"class": "Class", "site": "Site", "stage": "Stage", "sex": "Sex", "slides": "Slides per patient"}
SITE, CLASS = Facet(name="site"), Facet(name="class")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One cohort to choose."""

    key: str
    name: str
    outcome: str
    classes: tuple[str, ...]
    synthetic: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassCount:
    """Patients of one class."""

    name: str
    patients: int
    share: str
    """Percent of all that are selected, in words."""
    interval: str
    """Its 95 % interval by Wilson, in words; empty without patients."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossTable:
    """Patients by group (rows) and class (columns)."""

    groups: tuple[str, ...]
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One chart that can be clicked: patients of each group who fit all choices but this chart's own."""

    facet: Facet | None
    """None for ages."""
    title: str
    values: tuple[str, ...]
    """Of each group, as the catalogue has it; the first completed year of an age group."""
    counts: CrossTable
    kept: tuple[bool, ...]
    """Whether the group is selected; the others are drawn faded."""
    left_out: int = 0
    """Groups that are not drawn."""


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

    total: int
    patients: int
    """Of them, those selected."""
    classes: tuple[ClassCount, ...]
    panels: tuple[Panel, ...]
    """Class, age, then the other charts but sites; those of one group are left out, as nothing can be chosen there."""
    sites: Panel
    sites_shown: int
    """Sites with a selected patient."""
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


def summarised(counted: Counted, where: Where, *, classes: Sequence[str]) -> CohortView:
    """Counts, panels and survival of a selection."""
    patients = sum(counted.selected.values())
    sites = _panel(SITE, counted.facets[SITE], where, classes)
    others = [
        _panel(facet, bars, where, classes) for facet, bars in counted.facets.items() if facet not in (SITE, CLASS)
    ]
    panels = (_panel(CLASS, counted.facets[CLASS], where, classes), _ages(counted.ages, where, classes), *others)
    return CohortView(
        total=counted.total,
        patients=patients,
        classes=tuple(
            _class_count(name, counted.selected.get(label, 0), whole=patients) for label, name in enumerate(classes)
        ),
        panels=tuple(panel for panel in panels if len(panel.values) > 1),
        sites=_largest(sites),
        sites_shown=len({bar.value for bar in counted.facets[SITE] if bar.chosen}),
        survival=survival(counted.followed, classes=classes),
    )


def title(facet: Facet) -> str:
    """What a chart or a filter is called; a column of the clinical table in plain words."""
    return column_words(facet.name) if facet.covariate else TITLES[facet.name]


def value_name(facet: Facet, value: str) -> str:
    """A value in words."""
    if value == UNSTATED:
        return NOT_STATED
    return value.removesuffix(".0") if facet.covariate else value


def age_name(first: int) -> str:
    """Completed years of an age group."""
    return f"{first}\u2013{first + AGE_YEARS - 1}"


def values_in_order(facet: Facet, bars: Sequence[Bar], *, classes: Sequence[str]) -> tuple[str, ...]:
    """Values of a facet: classes as the cohort has them, stages and numbers by themselves, others the largest first.

    The order is that of the whole cohort, so that no bar moves when something is chosen.
    """
    sizes: dict[str, int] = {}
    for bar in bars:
        sizes[str(bar.value)] = sizes.get(str(bar.value), 0) + bar.everyone
    if facet == CLASS:
        return tuple(name for name in classes if name in sizes)
    by_itself = facet.name in ("stage", "slides") and not facet.covariate

    def place(value: str) -> tuple[bool, int, tuple[tuple[int, str], ...]]:
        return value == UNSTATED, 0 if by_itself else -sizes[value], _natural(value)

    return tuple(sorted(sizes, key=place))


def _panel(facet: Facet, bars: Sequence[Bar], where: Where, classes: Sequence[str]) -> Panel:
    values = values_in_order(facet, bars, classes=classes)
    chosen = where.values(facet)
    found = {(str(bar.value), bar.label): bar.others for bar in bars}
    return Panel(
        facet=facet,
        title=title(facet),
        values=values,
        counts=CrossTable(
            groups=tuple(value_name(facet, value) for value in values),
            classes=tuple(classes),
            counts=tuple(tuple(found.get((value, label), 0) for label in range(len(classes))) for value in values),
        ),
        kept=tuple(not chosen or value in chosen for value in values),
    )


def _ages(bars: Sequence[Bar], where: Where, classes: Sequence[str]) -> Panel:
    """Every group between the youngest and the oldest, also those of nobody."""
    found = {(bar.value, bar.label): bar.others for bar in bars if isinstance(bar.value, int)}
    stated = [value for value, _ in found]
    firsts = range(min(stated), max(stated) + 1, AGE_YEARS) if stated else ()
    low, high = where.ages or (min(stated, default=0), max(stated, default=0) + AGE_YEARS)
    return Panel(
        facet=None,
        title="Age (years)",
        values=tuple(map(str, firsts)),
        counts=CrossTable(
            groups=tuple(map(age_name, firsts)),
            classes=tuple(classes),
            counts=tuple(tuple(found.get((first, label), 0) for label in range(len(classes))) for first in firsts),
        ),
        kept=tuple(low <= first + AGE_YEARS - 1 and first <= high for first in firsts),
    )


def _largest(panel: Panel) -> Panel:
    """The first groups, and those that are chosen: more bars than a screen has room for are not drawn."""
    narrowed = not all(panel.kept)
    drawn = [place for place in range(len(panel.values)) if place < MOST_SITES or (narrowed and panel.kept[place])]
    counts = panel.counts
    return replace(
        panel,
        values=tuple(panel.values[place] for place in drawn),
        counts=CrossTable(
            groups=tuple(counts.groups[place] for place in drawn),
            classes=counts.classes,
            counts=tuple(counts.counts[place] for place in drawn),
        ),
        kept=tuple(panel.kept[place] for place in drawn),
        left_out=len(panel.values) - len(drawn),
    )


def _class_count(name: str, patients: int, *, whole: int) -> ClassCount:
    found = share(float(patients), float(whole))
    between = "" if found is None else f"{100 * found.low:.1f} to {100 * found.high:.1f} %"
    return ClassCount(name=name, patients=patients, share=percent(patients, whole=whole), interval=between)


def shown_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table without columns that say nothing of anybody; what is not stated is left empty."""
    told = rows.replace(UNSTATED, None)
    return told[[name for name in told.columns if name == "patient" or told[name].notna().any()]]


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


def survival(followed: pd.DataFrame, *, classes: Sequence[str]) -> tuple[Survival, ...]:
    """Kaplan-Meier estimates by class.

    Args:
        followed: label, time in months and event of those of whom both are stated.
        classes: names, in the order of the labels.
    """
    ticks = year_ticks(float(followed["time"].max())) if len(followed) else ()
    groups = ((name, followed[followed["label"] == label]) for label, name in enumerate(classes))
    return tuple(_survival_of(group, name=name, ticks=ticks) for name, group in groups if len(group))


def _survival_of(followed: pd.DataFrame, *, name: str, ticks: tuple[float, ...]) -> Survival:
    times = followed["time"].to_numpy(dtype=np.float64)
    events = followed["event"].to_numpy(dtype=np.float64) > 0
    return Survival(
        name=name,
        patients=len(followed),
        events=int(events.sum()),
        curve=_thinned(kaplan_meier(times, events)),
        ticks=ticks,
        at_risk=tuple(int((times >= tick).sum()) for tick in ticks),
    )


def _thinned(curve: SurvivalCurve) -> SurvivalCurve:
    """Every so many steps of a long curve, with the first and the last; each kept point is one of the estimate."""
    if len(curve.times) <= MOST_STEPS:
        return curve
    wanted = np.searchsorted(curve.times, np.linspace(curve.times[0], curve.times[-1], MOST_STEPS))
    kept = np.unique(wanted)
    return SurvivalCurve(
        times=curve.times[kept],
        survival=curve.survival[kept],
        low=curve.low[kept],
        high=curve.high[kept],
        at_risk=curve.at_risk[kept],
    )


def year_ticks(longest: float) -> tuple[float, ...]:
    """Whole years, at most eight of them, from 0 to the longest follow-up in months."""
    step = 12.0 * max(1, int(np.ceil(longest / 12 / 7)))
    return tuple(float(tick) for tick in np.arange(0, longest + 1e-9, step))


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts `Stage 2` before `Stage 10`; Roman stages, `I` < `IA` < `II` < `IIIC` < `IV`, sort as text."""
    return tuple((int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", text.upper()))
