"""The tables as CSV: the shown numbers in full, each with its interval, its count and how it was made."""

import csv
import io
import re

from core.evaluation.values import Estimate
from core.report.document import Cell, Table

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def to_csv(table: Table) -> str:
    """One header row, then one row a row; an estimate becomes value, low, high, n and how."""
    estimates = [any(isinstance(row[place], Estimate) for row in table.rows) for place in range(len(table.columns))]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    heads = [column.head for column in table.columns]
    writer.writerow([text for head, wide in zip(heads, estimates, strict=True) for text in _heads(head, wide)])
    for row in table.rows:
        writer.writerow([text for cell, wide in zip(row, estimates, strict=True) for text in _cells(cell, wide)])
    return buffer.getvalue()


def _heads(head: str, wide: bool) -> list[str]:
    ends = ("", " low", " high", " n", " how") if wide else ("",)
    return [safe(head + end) for end in ends]


def _cells(cell: Cell, wide: bool) -> list[str]:
    if isinstance(cell, Estimate):
        return [*(written(one) for one in (cell.value, cell.low, cell.high, cell.n)), safe(cell.how)]
    return [written(cell), "", "", "", ""] if wide else [written(cell)]


def written(cell: str | int | float | None) -> str:
    """A number in full (shortest form that reads back the same), text made safe, nothing for what is missing."""
    if cell is None:
        return ""
    return safe(cell) if isinstance(cell, str) else repr(cell)


def safe(text: str) -> str:
    """Text that no spreadsheet runs: names of sites and groups come from outside."""
    return "'" + text if text.startswith(FORMULA) and not _NUMBER.fullmatch(text) else text
