"""Expression of one case: table, sample, unit and genes checked one by one, then put onto the run's panel."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from core.cohort.expression import Measured, in_unit, read_measured
from core.errors import InputError
from core.serving.alignment import Coverage, covered, on_panel, require
from core.serving.checks import Checklist, QuestionError
from core.serving.units import WORDS, chosen_unit
from core.types import RunRecord

MOST_CHOICES = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseExpression:
    """One sample on the panel of a run."""

    values: Float32[np.ndarray, "1 genes"]
    """On the run's scale; NaN where the table lacks the gene."""
    coverage: Coverage
    unit: str
    """That the file was read in."""
    notes: tuple[str, ...]


def case_expression(
    given: Path | Measured, record: RunRecord, checks: Checklist, *, sample: str, unit: str, least: float
) -> CaseExpression:
    """The case's sample of a table.

    Args:
        given: the table, or what was read of it already.
        record: of the run that is to answer.
        checks: told of every step.
        sample: its name; needed where the table has several.
        unit: as stated; empty where nothing was said.
        least: share of the panel that must be there.

    Raises:
        InputError: the table cannot be read, or has too little of the panel.
        QuestionError: sample or unit have to be stated.
    """
    if not record.genes:
        raise InputError(f"run {record.name} was trained without expression; leave --expression out")
    with checks.at("table"):
        table = given if isinstance(given, Measured) else read_measured(given, genes=record.genes)
        rows = "genes in rows" if table.orientation == "genes-in-rows" else "samples in rows"
        sizes = f"{len(table.genes):,} genes, {_samples(table)}"
        checks.passed("table", f"{sizes}; {rows}.")
    with checks.at("sample"):
        mine = _of_case(table, sample)
        checks.passed("sample", "The sample you named." if sample else "The only one in the table.")
    with checks.at("unit"):
        read_in, doubt = chosen_unit(mine.values[0], stated=unit, run_unit=record.unit)
        found = in_unit(mine, unit=read_in, clip=record.clip, genes=record.genes)
        if doubt is None:
            checks.passed("unit", f"{_capital(WORDS[read_in])}{_brought(read_in, record.unit)}.")
        else:
            checks.warned("unit", f"The values were {doubt}.")
    with checks.at("coverage"):
        coverage = covered(found.genes, record.genes)
        checks.note("coverage", genes=coverage.missing)
        require(coverage, what=table.path.name, least=least)
        checks.passed("coverage", _covered(coverage))
    values = on_panel(found.values, found.genes, record.genes, what=table.path.name, least=least)
    return CaseExpression(values=values, coverage=coverage, unit=read_in, notes=_news(found.notes, table))


def _of_case(table: Measured, sample: str) -> Measured:
    if not sample and len(table.samples) == 1:
        return table
    if sample in table.samples:
        return table.only(sample)
    of = _samples(table)
    raise QuestionError(
        f"--sample names none of the {of} of the expression file; check it"
        if sample
        else f"the expression file has {of}; name the case's own (--sample)",
        asks="sample",
        choices=sorted(table.samples)[:MOST_CHOICES],
    )


def _news(notes: Sequence[str], table: Measured) -> tuple[str, ...]:
    """Notes without the one that the table's check says already."""
    facing = table.orientation.replace("-", " ")
    return tuple(note.removeprefix("expression: ") for note in notes if f"expression: {facing}" not in note)


def _samples(table: Measured) -> str:
    return f"{len(table.samples):,} sample{'' if len(table.samples) == 1 else 's'}"


def _brought(unit: str, run_unit: str) -> str:
    if unit == run_unit:
        return ", as the run was trained on"
    return f", brought to the run's log2(x + 1){' of counts per million' if unit == 'counts' else ''}"


def _covered(coverage: Coverage) -> str:
    if not coverage.missing:
        return f"{coverage.words} of the run's panel."
    count = len(coverage.missing)
    return (
        f"{coverage.words} of the run's panel; {count:,} missing {'gene was' if count == 1 else 'genes were'} put at "
        "the training middle."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
