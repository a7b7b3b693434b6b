"""From rows of an evaluation to tables and figures, the same way in every section."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from core.evaluation.values import Estimate
from core.report.document import Block, Cell, Column, Paragraph, Section, Table
from core.report.wording import Measured, bare, estimate, hows, metric_name

Row = TypeVar("Row")
ONCE = ("Class", "Positive class", "Rule")
"""Columns that give way to a note where they say one thing only."""


def absent(title: str, why: str) -> Section:
    """A section that says why it is empty."""
    return Section(title=title, blocks=(Paragraph(text=f"Not computed: {why}."),))


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows by key, both in the order they come."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def pivoted(
    rows: Sequence[Any],
    *,
    name: str,
    title: str,
    heads: tuple[str, ...],
    key: Callable[[Any], tuple[Cell, ...]],
    metrics: Sequence[str] = (),
    notes: tuple[str, ...] = (),
) -> Table:
    """One row for each key, one column for each metric, and the patients they rest on.

    Args:
        heads: of the columns that the key fills.
        metrics: which, in their order; all there are when left out.
    """
    asked = list(metrics) or list(dict.fromkeys(row.metric for row in rows))
    made: list[tuple[Cell, ...]] = []
    for cells, own in grouped(rows, key).items():
        found = {row.metric: estimate(row) for row in own if row.metric in asked}
        made.append((*cells, people([one.n for one in found.values()]), *(found.get(metric) for metric in asked)))
    told = {place: f"{head}: {made[0][place]}." for place, head in enumerate(heads) if _same(head, place, made)}
    columns = (*(Column(head=head) for head in (*heads, "Patients")), *(Column(head=metric_name(one)) for one in asked))
    return Table(
        name=name,
        title=title,
        columns=_without(columns, told),
        rows=tuple(_without(row, told) for row in made),
        notes=(*told.values(), *made_by(made), *notes),
    )


def _same(head: str, place: int, rows: Sequence[tuple[Cell, ...]]) -> bool:
    """True for a column that says the same in every row, which a note says once."""
    return head in ONCE and len({row[place] for row in rows}) == 1


def _without(cells: tuple[Row, ...], places: Collection[int]) -> tuple[Row, ...]:
    return tuple(cell for place, cell in enumerate(cells) if place not in places)


def measured(
    rows: Sequence[Measured],
    *,
    name: str,
    title: str,
    value: str,
    before: tuple[tuple[str, Callable[[Any], Cell]], ...],
    after: tuple[tuple[Column, Callable[[Any], Cell]], ...] = (),
    notes: tuple[str, ...] = (),
) -> Table:
    """One row for each row: what it is of, its number, its patients, and what else is told."""
    made = [(*(get(row) for _, get in before), row.n, estimate(row), *(get(row) for _, get in after)) for row in rows]
    columns = (
        *(Column(head=head) for head, _ in before),
        Column(head="Patients"),
        Column(head=value),
        *(column for column, _ in after),
    )
    return Table(name=name, title=title, columns=columns, rows=tuple(made), notes=(*made_by(made), *notes))


def made_by(rows: Iterable[tuple[Cell, ...]]) -> tuple[str, ...]:
    """How the numbers of these rows were made."""
    return hows([cell for row in rows for cell in row if isinstance(cell, Estimate)])


def people(counts: Sequence[int]) -> Cell:
    """One count, or from which to which."""
    low, high = min(counts, default=0), max(counts, default=0)
    return low if low == high else f"{low} to {high}"


def spread(values: Sequence[float], *, how: str) -> Estimate:
    """The middle of some values, which have no interval of their own."""
    ordered = sorted(values)
    half = len(ordered) // 2
    middle = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return bare(middle, n=len(ordered), how=how)


def some(*blocks: Block | None) -> tuple[Block, ...]:
    """The blocks that are there."""
    return tuple(block for block in blocks if block is not None)
