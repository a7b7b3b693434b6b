"""What the Evaluation page shows of a run's split: its certificate, sites, folds, what was fitted, optimism."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.evaluation import is_main
from core.evaluation.certificate import fitted_findings
from core.evaluation.rows import Finding, FittedOn, FoldBalance, Optimism, Severity, SiteClass
from dashboard.views.cohort.summary import CrossTable
from dashboard.views.evaluation.shared import Line, cell
from dashboard.views.predictions import model_order, model_place
from dashboard.words.wording import NOT_COMPUTED, counted, listed

ORDER: tuple[Severity, ...] = ("red", "amber", "green")
"""From the worst."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """All findings of one check, told by the worst of them."""

    name: str
    severity: Severity
    sentence: str
    """Of the worst finding; of equally bad ones that with the most patients."""
    where: str
    """The folds with findings as bad; empty for the whole run, or a single fold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldClass:
    """Patients of one class over the test folds."""

    label: str
    folds: tuple[str, ...]
    patients: tuple[int, ...]
    even: tuple[float, ...]
    sites: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """One metric of one model under both ways to split."""

    model: str
    random: float
    preserved: float


def checks(findings: Sequence[Finding], fitted: Sequence[FittedOn]) -> tuple[Check, ...]:
    """One entry a check, the worst first; on whom things were fitted is checked with them."""
    findings = (*findings, *fitted_findings(fitted)) if fitted else findings
    names = dict.fromkeys(one.check for one in findings)
    found = [_check([one for one in findings if one.check == name]) for name in names]
    return tuple(sorted(found, key=lambda one: ORDER.index(one.severity)))


def _check(findings: Sequence[Finding]) -> Check:
    worst = min(findings, key=lambda one: ORDER.index(one.severity)).severity
    told = [one for one in findings if one.severity == worst]
    return Check(
        name=told[0].check,
        severity=worst,
        sentence=max(told, key=lambda one: one.share or 0.0).sentence,
        where=_where(told),
    )


def _where(told: Sequence[Finding]) -> str:
    folds = sorted({(one.repeat or 0, one.fold) for one in told if one.fold is not None})
    if len(folds) < 2:
        return ""
    if len({repeat for repeat, _ in folds}) > 1:
        return f"{len(folds)} folds in all repeats"
    return f"folds {listed([str(fold + 1) for _, fold in folds], most=10)}"


def counts(found: Sequence[Check]) -> dict[Severity, int]:
    """How many checks ended with each colour."""
    return {severity: sum(one.severity == severity for one in found) for severity in ORDER}


def by_site(rows: Sequence[SiteClass], *, classes: Sequence[str]) -> CrossTable:
    """Patients by site and class, the largest site first."""
    table = {site: [0] * len(classes) for site in dict.fromkeys(one.site for one in rows)}
    for one in rows:
        table[one.site][classes.index(one.label)] += one.patients
    sites = sorted(table, key=lambda site: (-sum(table[site]), site))
    return CrossTable(groups=tuple(sites), classes=tuple(classes), counts=tuple(tuple(table[site]) for site in sites))


def one_sided(table: CrossTable) -> str:
    """Which sites hold patients of one class only, as a sentence: there the site alone tells the class."""
    alone = [(site, sum(row)) for site, row in zip(table.groups, table.counts, strict=True) if sum(map(bool, row)) == 1]
    if not alone:
        return f"All {counted(len(table.groups), noun='site')} hold patients of more than one class."
    patients = sum(count for _, count in alone)
    hold = "holds" if len(alone) == 1 else "hold"
    return (
        f"{len(alone)} of {counted(len(table.groups), noun='site')} {hold} patients of one class only "
        f"({counted(patients, noun='patient')}: {listed([site for site, _ in alone], most=8)}); "
        "there the site alone tells the class."
    )


def balance(rows: Sequence[FoldBalance]) -> tuple[FoldClass, ...]:
    """One entry a class, over all folds."""
    repeats = len({one.repeat for one in rows}) > 1
    return tuple(
        _fold_class(label, [one for one in rows if one.label == label], repeats=repeats) for label in _labels(rows)
    )


def _labels(rows: Sequence[FoldBalance]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.label for one in rows))


def _fold_class(label: str, rows: Sequence[FoldBalance], *, repeats: bool) -> FoldClass:
    return FoldClass(
        label=label,
        folds=tuple(f"fold {one.fold + 1}" + (f", repeat {one.repeat + 1}" if repeats else "") for one in rows),
        patients=tuple(one.patients for one in rows),
        even=tuple(one.even for one in rows),
        sites=tuple(one.sites for one in rows),
    )


def dealt(rows: Sequence[FoldBalance]) -> str:
    """How the folds were dealt, each way once."""
    return " ".join(f"{how[:1].upper()}{how[1:]}." for how in dict.fromkeys(one.how.rstrip(".") for one in rows))


def fitted_table(rows: Sequence[FittedOn]) -> pd.DataFrame:
    """One row for each thing that is fitted: by which models, on how many folds, on whom."""
    things = dict.fromkeys((one.what, one.part, one.holds_test) for one in rows)
    return pd.DataFrame([_fitted(thing, rows) for thing in things])


def _fitted(thing: tuple[str, str, bool], rows: Sequence[FittedOn]) -> dict[str, str]:
    mine = [one for one in rows if (one.what, one.part, one.holds_test) == thing]
    least, most = min(one.patients for one in mine), max(one.patients for one in mine)
    what, part, holds_test = thing
    return {
        "Fitted": what,
        "Models": ", ".join(model_order(one.model for one in mine)),
        "On": part,
        "Patients": f"{least:,}" if least == most else f"{least:,} to {most:,}",
        "Folds": f"{len({(one.repeat, one.fold) for one in mine})}",
        "Saw test patients": "✗ yes: a leak" if holds_test else "✓ no",
    }


def gaps(rows: Sequence[Optimism], *, metric: str) -> tuple[Gap, ...]:
    """Every model in its main mode, where both numbers are known."""
    return tuple(
        Gap(model=one.model, random=one.random, preserved=one.preserved)
        for one in _main(rows, metric)
        if one.random is not None and one.preserved is not None
    )


def gap_lines(rows: Sequence[Optimism], *, metric: str) -> tuple[Line, ...]:
    """What a random split adds, for every model in its main mode."""
    return tuple(
        Line(
            label=one.model,
            value=one.value,
            low=one.low,
            high=one.high,
            words=one.how if one.value is None else cell(one, signed=True),
            model=one.model,
        )
        for one in _main(rows, metric)
    )


def gap_table(rows: Sequence[Optimism]) -> pd.DataFrame:
    """Random, site-preserved and difference in words, one row a model and metric."""
    return pd.DataFrame(
        [
            {
                "Model": one.model,
                "Random folds": NOT_COMPUTED if one.random is None else f"{one.random:.3f}",
                "Sites kept apart": NOT_COMPUTED if one.preserved is None else f"{one.preserved:.3f}",
                "Optimism": cell(one, signed=True),
                "Patients": f"{one.n:,}",
            }
            for one in rows
        ]
    )


def main_gaps(rows: Sequence[Optimism], *, metric: str) -> tuple[Optimism, ...]:
    """Rows of one metric, every model in its main mode."""
    return tuple(_main(rows, metric))


def _main(rows: Sequence[Optimism], metric: str) -> list[Optimism]:
    chosen = [one for one in rows if one.metric == metric and is_main(one.model, one.mode)]
    return sorted(chosen, key=lambda one: model_place(one.model))
