"""What a report says, before it is HTML, PDF or CSV: frozen values that know no page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from core.evaluation.values import Estimate
from core.report.plots import Plot

Cell = str | int | float | Estimate | None
Tone = Literal["red", "amber", "green", "plain"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """How one column of a table is headed and its numbers are written."""

    head: str
    digits: int = 3
    """Decimals of numbers that are not whole."""
    form: Literal["number", "p", "percent"] = "number"
    """p: small ones as "<0.001"; percent: a share, written in per cent."""
    shown: bool = True
    """False for what stands in the CSV alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A numbered table; its notes say how its numbers were made."""

    name: str
    """Of its CSV, unique in the document: letters, digits and underscores."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.rows, "a table without rows is a sentence"
        assert all(len(row) == len(self.columns) for row in self.rows), "a cell for each column"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A numbered figure."""

    name: str
    title: str
    alt: str
    """What it shows, for who cannot see it."""
    plot: Plot
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A sentence in a frame, which must not be read past."""

    tone: Tone
    text: str


Block = Paragraph | Bullets | Notice | Table | Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A numbered section."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A whole report, in reading order."""

    title: str
    run: str
    made: str
    """When the run was started (ISO 8601): the same run gives the same bytes."""
    facts: tuple[tuple[str, str], ...]
    """What stands under the title: name and value."""
    notices: tuple[Notice, ...]
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        for kind in (Table, Figure):
            names = [one.name for one in self.blocks if isinstance(one, kind)]
            assert len(names) == len(set(names)), "every table and figure has a name of its own"

    @property
    def blocks(self) -> Iterator[Block]:
        """All blocks in order."""
        return (block for section in self.sections for block in section.blocks)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables in order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures in order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    @property
    def numbers(self) -> Mapping[tuple[str, str], int]:
        """("table" or "figure", name) to its number, counted from 1."""
        tables = {("table", table.name): number for number, table in enumerate(self.tables, start=1)}
        return tables | {("figure", figure.name): number for number, figure in enumerate(self.figures, start=1)}
