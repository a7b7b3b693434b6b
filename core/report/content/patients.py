"""Who is analysed: the flow of the cohort, and the patients' table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import quantiles

from core.evaluation.groups import GROUPED, NOT_STATED, in_order
from core.report.content.suppression import HIDDEN, SMALL, suppressed
from core.report.document import Cell, Column, Figure, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.plots import Flow
from core.report.wording import counted
from core.types import Covariate, Exclusion

STAGES = {
    "clinical": "Clinical row usable",
    "outcome": "Outcome in a class",
    "site": "Site known",
    "expression": "Expression there",
    "images": "Images there",
    "tiles": "Tissue found",
}
SHOWN = ("age", "stage", "sex", "race", "histology")
"""Covariates of the patients' table, where the cohort names them."""
LEVELS = 12
"""Most levels of a covariate; a column with more is an identifier or free text."""


def flow(findings: Findings) -> Section:
    """From the clinical table to the analysis."""
    cohort = findings.cohort
    total = len(cohort.patients) + len(cohort.exclusions)
    first = Paragraph(
        text=f"The clinical table lists {counted(total, 'patient')}; {len(cohort.patients)} are analysed. "
        "Patients are counted at the first step that lost them. All models see the same patients."
    )
    if not cohort.exclusions:
        return Section(title="Cohort flow", blocks=(first,))
    lost = Counter((one.stage, _reason(one)) for one in cohort.exclusions)
    rows = tuple((STAGES[stage], reason, count) for stage, reason, count in _ordered(lost))
    table = Table(
        name="exclusions",
        title="Patients who are not analysed, by the step that lost them and the reason.",
        columns=(Column(head="Step"), Column(head="Reason"), Column(head="Patients")),
        rows=rows,
    )
    return Section(title="Cohort flow", blocks=(first, _figure(lost, total), table))


def _reason(one: Exclusion) -> str:
    """Without names: what is wrong with a slide is told with its file, which may carry the patient's name."""
    if one.stage == "tiles":
        return "no slide or file of features that can be used (the cause of each stands in the run folder)"
    return one.reason.replace(one.patient, "the patient")


def _ordered(lost: Mapping[tuple[str, str], int]) -> list[tuple[str, str, int]]:
    order = list(STAGES)
    found = [(stage, reason, count) for (stage, reason), count in lost.items()]
    return sorted(found, key=lambda one: (order.index(one[0]), -one[2], one[1]))


def _figure(lost: Mapping[tuple[str, str], int], total: int) -> Figure:
    stages = [stage for stage in STAGES if any(key[0] == stage for key in lost)]
    kept, gone, left = [f"In the clinical table\nn = {total}"], list[str](), total
    for stage in stages:
        own = [(reason, count) for name, reason, count in _ordered(lost) if name == stage]
        left -= sum(count for _, count in own)
        gone.append("\n".join(_short(own)))
        kept.append(f"{'Analysed' if stage == stages[-1] else STAGES[stage]}\nn = {left}")
    return Figure(
        name="flow",
        title="Flow of patients from the clinical table to the analysis.",
        alt=f"Boxes from top to bottom: {', then '.join(text.replace(chr(10), ', ') for text in kept)}.",
        plot=Flow(kept=tuple(kept), lost=tuple(gone)),
    )


def _short(reasons: Sequence[tuple[str, int]], most: int = 4) -> list[str]:
    lines = [f"{count} {reason}" for reason, count in reasons[:most]]
    rest = sum(count for _, count in reasons[most:])
    return [*lines, f"{rest} for {len(reasons) - most} further reasons"] if rest else lines


def characteristics(findings: Findings) -> Section:
    """The patients' table, by class; small cells are not told."""
    cohort = findings.cohort
    groups = [[one for one in cohort.patients if one.label == label] for label in range(len(cohort.classes))]
    columns = [[patient.covariates for patient in group] for group in [*groups, list(cohort.patients)]]
    rows: list[tuple[Cell, ...]] = [("Patients", "", *(len(column) for column in columns))]
    for name in SHOWN:
        rows += _covariate(name, [[one.get(name) for one in column] for column in columns])
    lacking = [name for name in SHOWN if all(one.covariates.get(name) is None for one in cohort.patients)]
    notes = [
        "Numbers: median (quartiles). Groups: patients and share of the column.",
        f"Cells of fewer than {SMALL} patients are written “<{SMALL}”; where such a cell could be worked out from the "
        f"others, a further one is left out and written “{HIDDEN}”.",
    ]
    notes += [f"The cohort states no {', '.join(lacking)}."] if lacking else []
    heads = ("Covariate", "Value", *cohort.classes, "All")
    table = Table(
        name="patients",
        title=f"The analysed patients, by {cohort.outcome}.",
        columns=tuple(Column(head=head) for head in heads),
        rows=tuple(rows),
        notes=tuple(notes),
    )
    return Section(title="Patients", blocks=(table,))


def _covariate(name: str, columns: Sequence[Sequence[Covariate]]) -> list[tuple[Cell, ...]]:
    stated = [value for value in columns[-1] if value is not None]
    if not stated:
        return []
    if all(isinstance(value, float) for value in stated):
        return _quantity(name, columns)
    columns = [[GROUPED[name](value) if name in GROUPED else value for value in column] for column in columns]
    levels = in_order({str(value) for value in columns[-1] if value is not None} - {NOT_STATED})
    if len(levels) > LEVELS:
        return [(name.capitalize(), f"{len(levels)} different values, not shown", *("" for _ in columns))]
    return _levels(name, columns, levels)


def _quantity(name: str, columns: Sequence[Sequence[Covariate]]) -> list[tuple[Cell, ...]]:
    numbers = [[value for value in column if isinstance(value, float)] for column in columns]
    missing = [[len(column) - len(own) for column, own in zip(columns, numbers, strict=True)]]
    label = f"{name.capitalize()}, years" if name == "age" else name.capitalize()
    rows: list[tuple[Cell, ...]] = [(label, "median (quartiles)", *map(_middle, numbers))]
    told = suppressed(missing, totals=[len(column) for column in columns])[0]
    return [*rows, ("", NOT_STATED, *told)] if missing[0][-1] else rows


def _middle(values: Sequence[float]) -> str:
    """Quartiles of a handful would be the patients themselves."""
    if len(values) < SMALL:
        return f"fewer than {SMALL}"
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def _levels(name: str, columns: Sequence[Sequence[Covariate]], levels: list[str]) -> list[tuple[Cell, ...]]:
    counted_by = [Counter(NOT_STATED if value is None else str(value) for value in column) for column in columns]
    rows = [*levels, NOT_STATED] if any(own[NOT_STATED] for own in counted_by) else levels
    counts = [[own[level] for own in counted_by] for level in dict.fromkeys(rows)]
    told = suppressed(counts, totals=[len(column) for column in columns])
    firsts = [name.capitalize(), *([""] * (len(told) - 1))]
    return [(first, level, *cells) for first, level, cells in zip(firsts, dict.fromkeys(rows), told, strict=True)]
