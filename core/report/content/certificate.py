"""The split certificate: what was checked before the first fit, and on whom everything was fitted."""

from collections import Counter

from core.evaluation.rows import Finding, FittedOn, FoldBalance, SiteClass
from core.report.content.assembling import absent, grouped, people, some
from core.report.document import Block, Cell, Column, Figure, Notice, Section, Table
from core.report.findings import Findings
from core.report.palette import class_style
from core.report.plots import Bars, Stack
from core.report.wording import model_name

TITLE = "Split certificate"
WORDS = {"red": "red: must be accepted", "amber": "amber: told", "green": "green: in order"}


def certificate(findings: Findings) -> Section:
    """Findings, classes by site, balance of the folds, and where transformers were fitted."""
    found = findings.of(Finding)
    if not found and not findings.of(FoldBalance):
        return absent(TITLE, "the run was made before split certificates were written")
    worst = [Notice(tone=one.severity, text=one.sentence) for one in found if one.severity != "green"]
    blocks: tuple[Block | None, ...] = (
        *_accepted(findings),
        *dict.fromkeys(worst),
        _findings(found),
        *_sites(findings),
        _balance(findings),
        _fitted(findings),
    )
    return Section(title=TITLE, blocks=some(*blocks))


def _accepted(findings: Findings) -> tuple[Notice, ...]:
    reason = str(findings.record.config.get("accept") or "")
    text = f"Red findings were accepted by the authors, who gave this reason: “{reason}”"
    return (Notice(tone="red", text=text),) if reason else ()


def _findings(found: tuple[Finding, ...]) -> Table | None:
    if not found:
        return None
    rows = tuple((one.check, WORDS[one.severity], _place(one), one.count, one.share, one.sentence) for one in found)
    heads = ("Check", "Severity", "Fold", "Count")
    return Table(
        name="certificate",
        title="Checks of the split.",
        columns=(
            *(Column(head=head) for head in heads),
            Column(head="Share", form="percent"),
            Column(head="What was found"),
        ),
        rows=tuple(
            (*row[:3], "" if row[3] is None else row[3], "" if row[4] is None else row[4], row[5]) for row in rows
        ),
    )


def _place(one: Finding) -> str:
    return "whole run" if one.fold is None else f"{one.fold + 1}, repeat {(one.repeat or 0) + 1}"


def _sites(findings: Findings) -> tuple[Block, ...]:
    rows = findings.of(SiteClass)
    if not rows:
        return ()
    counts = {(one.site, one.label): one.patients for one in rows}
    sizes = Counter[str]()
    for one in rows:
        sizes[one.site] += one.patients
    sites = [site for site, _ in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))]
    classes = findings.cohort.classes
    stacks = tuple(
        Stack(
            label=label,
            values=tuple(float(counts.get((site, label), 0)) for site in sites),
            colour=class_style(place).colour,
        )
        for place, label in enumerate(classes)
    )
    figure = Figure(
        name="sites",
        title="Patients of each class by site.",
        alt=f"Stacked bars, one for each of {len(sites)} sites; the numbers stand in the table.",
        plot=Bars(categories=tuple(sites), stacks=stacks, axis="Patients"),
    )
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (site, *(counts.get((site, label), 0) for label in classes), sizes[site]) for site in sites
    )
    heads = ("Site", *classes, "All")
    table = Table(
        name="classes_by_site",
        title="Patients of each class by site.",
        columns=tuple(Column(head=head) for head in heads),
        rows=cells,
    )
    return figure, table


def _balance(findings: Findings) -> Table | None:
    rows = findings.of(FoldBalance)
    if not rows:
        return None
    cells: list[tuple[Cell, ...]] = []
    for (repeat, fold), own in grouped(rows, lambda one: (one.repeat, one.fold)).items():
        by = {one.label: one for one in own}
        told = [f"{by[label].patients} ({by[label].even:.1f})" for label in findings.cohort.classes if label in by]
        cells.append((repeat + 1, fold + 1, own[0].sites, *told))
    labels = [label for label in findings.cohort.classes if any(one.label == label for one in rows)]
    return Table(
        name="fold_balance",
        title="Patients of each class in every test fold; in brackets what an even deal would give.",
        columns=tuple(Column(head=head) for head in ("Repeat", "Fold", "Sites", *labels)),
        rows=tuple(cells),
        notes=tuple(f"How: {how}." for how in dict.fromkeys(one.how for one in rows)),
    )


def _fitted(findings: Findings) -> Table | None:
    groups = grouped(findings.of(FittedOn), lambda one: (one.what, one.model, one.part))
    if not groups:
        return None
    rows = tuple(
        (
            what,
            model_name(model),
            part,
            len(own),
            people([one.patients for one in own]),
            _leak([one.holds_test for one in own]),
        )
        for (what, model, part), own in groups.items()
    )
    heads = ("What is fitted", "Model", "On whom", "Fits", "Patients", "Holds a patient of its test fold")
    return Table(
        name="fitted_on",
        title="On whom everything that is fitted was fitted.",
        columns=tuple(Column(head=head) for head in heads),
        rows=rows,
    )


def _leak(holds: list[bool]) -> str:
    return f"yes, in {sum(holds)} of {len(holds)} fits: a leak" if any(holds) else "no"
